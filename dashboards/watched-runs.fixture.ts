/** Runs that a Prometheus of the test's own, with our rules, watches while they take place. */
import { once } from "node:events";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { spawnTethered } from "../faults/injectors/tether.ts";
import { TestPrometheus } from "../harness/prometheus/prometheus.fixture.ts";

const program = join(import.meta.dirname, "..", "harness", "cli", "main.ts");

/**
 * An outage of more than nine seconds while three of four replicas are there, then a dead replica,
 * and a verdict that is not the expected one: what the alerts are for.
 */
const watched = `
apiVersion: bft-chaos/v1
kind: Scenario
metadata: { name: watched }
seed: 11
cluster: { protocol: pbft-sig, f: 1, service: kv, timers: { request: 9s } }
workload: { rate: 100/s, clients: 64, keys: 64, mix: { write: 50%, read: 40%, cas: 10% } }
phases: { warmup: 2s, faults: 24s, quiet: 60s }
faults:
  - { name: cut-primary, fault: partition, at: 1s, for: 14s, isolate: primary, semantics: drop }
  - { name: kill-backup, fault: crash, at: 16s, for: 7s, target: backup }
expect: { verdict: HALTED_SAFELY, shed: 90% }
`;

/** More liars than f, who drive the others from view to view. */
const climbers = `
apiVersion: bft-chaos/v1
kind: Scenario
metadata: { name: climbers }
seed: 12
cluster: { protocol: pbft-sig, f: 1, service: kv }
workload: { rate: 100/s, clients: 16 }
phases: { warmup: 1s, faults: 6s, quiet: 20s }
faults:
  - { name: climber, fault: byzantine, at: 1s, for: 4s, target: [r1, r2], behaviour: view-climber }
expect: { verdict: OUT_OF_CONTRACT, shed: 90% }
`;

const resultsSchema = z.object({
  id: z.string(),
  verdict: z.string(),
  throughput: z.object({ achieved: z.number() }),
  latencyMs: z.object({ p50: z.number(), p99: z.number() }),
  outageMs: z.number(),
});

export type Results = z.infer<typeof resultsSchema>;

export class WatchedRuns implements AsyncDisposable {
  readonly prometheus: TestPrometheus;
  /** Of the run that the dashboards are shown for. */
  readonly results: Results;
  /** When the first of them began: seconds. */
  readonly begunAt: number;
  readonly #folder: string;

  private constructor(parts: {
    prometheus: TestPrometheus;
    results: Results;
    begunAt: number;
    folder: string;
  }) {
    this.prometheus = parts.prometheus;
    this.results = parts.results;
    this.begunAt = parts.begunAt;
    this.#folder = parts.folder;
  }

  static async play(): Promise<WatchedRuns> {
    const ours = join(import.meta.dirname, "prometheus");
    const prometheus = await TestPrometheus.start({
      config: readFileSync(join(ours, "prometheus.yml"), "utf8"),
      prepare: (folder) => cpSync(join(ours, "rules"), join(folder, "rules"), { recursive: true }),
    });
    const folder = mkdtempSync(join(tmpdir(), "bft-chaos-watched-"));
    try {
      const begunAt = Date.now() / 1e3;
      const to = ["--prometheus", prometheus.url, "--out", folder];
      for (const [name, text] of Object.entries({ watched, climbers })) {
        const file = join(folder, `${name}.yaml`);
        writeFileSync(file, text);
        // One of them comes out otherwise than it expects, on purpose.
        await bftChaos(["run", file, ...to], [0, 2]);
      }
      await bftChaos(["bench", "overhead", "--quick", "--rounds", "1", ...to], [0]);
      const text = readFileSync(join(folder, "watched", "latest", "results.json"), "utf8");
      const results = resultsSchema.parse(JSON.parse(text));
      return new WatchedRuns({ prometheus, results, begunAt, folder });
    } catch (error) {
      await prometheus[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.prometheus[Symbol.asyncDispose]();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

async function bftChaos(args: readonly string[], codes: readonly number[]): Promise<void> {
  const child = spawnTethered(process.execPath, [program, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  child.stdout?.on("data", (chunk: Buffer) => (said += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => (said += chunk.toString()));
  await once(child, "close");
  const { exitCode } = child;
  if (exitCode === null || !codes.includes(exitCode)) {
    throw new Error(`bft-chaos ${args.join(" ")} ended with ${exitCode}: ${said}`);
  }
}
