/** A Prometheus of a test's own: on loopback, in a folder of its own, gone with the test. */
import { type ChildProcess, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { spawnTethered } from "../../faults/injectors/tether.ts";
import { type Probe, waitFor } from "../drivers/clock.ts";
import { claimAddress, type RunAddress } from "../drivers/local/addresses.ts";

const READY_MS = 30_000;

export interface PrometheusOptions {
  /** Scrapes nothing unless this says so: the text of `prometheus.yml`. */
  readonly config?: string;
  /** Puts files beside the configuration, or blocks into `data`, before it starts. */
  readonly prepare?: (folder: string) => void;
}

/** One row of an answer: its labels and its values, in order of time (seconds). */
export interface Row {
  readonly labels: Readonly<Record<string, string>>;
  readonly values: readonly { readonly at: number; readonly value: number }[];
}

const rowsOf = z
  .object({
    status: z.literal("success"),
    data: z.object({
      result: z.union([
        z.array(
          z.object({
            metric: z.record(z.string(), z.string()),
            value: z.tuple([z.number(), z.string()]).optional(),
            values: z.array(z.tuple([z.number(), z.string()])).optional(),
          }),
        ),
        z.tuple([z.number(), z.string()]),
      ]),
    }),
  })
  .transform(({ data: { result } }): readonly Row[] => {
    const point = ([at, value]: [number, string]) => ({ at, value: Number(value) });
    if (result.length === 2 && typeof result[0] === "number") {
      return [{ labels: {}, values: [point(result as [number, string])] }];
    }
    return (
      result as { metric: Row["labels"]; value?: [number, string]; values?: [number, string][] }[]
    ).map(({ metric, value, values = value === undefined ? [] : [value] }) => ({
      labels: metric,
      values: values.map(point),
    }));
  });

export class TestPrometheus implements AsyncDisposable {
  readonly url: string;
  readonly #folder: string;
  readonly #child: ChildProcess;
  readonly #address: RunAddress;

  private constructor(parts: { folder: string; child: ChildProcess; address: RunAddress }) {
    const { folder, child, address } = parts;
    this.#folder = folder;
    this.#child = child;
    this.#address = address;
    this.url = `http://${address.host}:${address.basePort}`;
  }

  /** Resolves when it takes samples and questions. */
  static async start({ config = "", prepare }: PrometheusOptions = {}): Promise<TestPrometheus> {
    const folder = mkdtempSync(join(tmpdir(), "bft-chaos-prometheus-"));
    mkdirSync(join(folder, "data"));
    prepare?.(folder);
    writeFileSync(join(folder, "prometheus.yml"), config === "" ? "global: {}\n" : config);
    const address = await claimAddress(1);
    const child = launch(folder, address);
    const started = new TestPrometheus({ folder, child, address });
    try {
      await waitFor(() => started.#lookWhetherReady(), {
        what: "Prometheus",
        deadlineMs: READY_MS,
      });
    } catch (error) {
      const said = readFileSync(join(folder, "log"), "utf8").trim();
      await started[Symbol.asyncDispose]();
      throw new Error(`Prometheus did not start: ${said || "(nothing in its log)"}`, {
        cause: error,
      });
    }
    return started;
  }

  get remoteWriteUrl(): string {
    return `${this.url}/api/v1/write`;
  }

  /** @param at seconds; now, unless given */
  query(query: string, at?: number): Promise<readonly Row[]> {
    return this.#ask("query", { query, ...(at === undefined ? {} : { time: String(at) }) });
  }

  /** @param step seconds */
  queryRange(
    query: string,
    { start, end, step }: { readonly start: number; readonly end: number; readonly step: number },
  ): Promise<readonly Row[]> {
    const times = { start: String(start), end: String(end), step: String(step) };
    return this.#ask("query_range", { query, ...times });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const ended = once(this.#child, "exit");
      this.#child.kill("SIGKILL");
      await ended;
    }
    await this.#address.release();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #lookWhetherReady(): Promise<Probe<true>> {
    const { exitCode, signalCode } = this.#child;
    if (exitCode !== null || signalCode !== null) throw new Error("the process ended");
    const answer = await fetch(`${this.url}/-/ready`).catch(String);
    if (typeof answer === "string") return { saw: answer };
    return answer.ok ? { found: true } : { saw: `status ${answer.status}` };
  }

  async #ask(path: string, parameters: Readonly<Record<string, string>>): Promise<readonly Row[]> {
    const body = new URLSearchParams(parameters);
    const answer = await fetch(`${this.url}/api/v1/${path}`, { method: "POST", body });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${parameters["query"]}: ${text}`);
    return rowsOf.parse(JSON.parse(text));
  }
}

function launch(folder: string, { host, basePort }: RunAddress): ChildProcess {
  const log = openSync(join(folder, "log"), "a");
  const args = [
    `--config.file=${join(folder, "prometheus.yml")}`,
    `--storage.tsdb.path=${join(folder, "data")}`,
    // A run of long ago is looked at too.
    "--storage.tsdb.retention.time=100y",
    `--web.listen-address=${host}:${basePort}`,
    "--web.enable-remote-write-receiver",
    "--log.level=warn",
  ];
  try {
    return spawnTethered("prometheus", args, { stdio: ["ignore", log, log] });
  } finally {
    closeSync(log);
  }
}

/** What promtool has to say; empty = it is content. */
export function promtool(args: readonly string[], input = ""): string {
  const { status, stdout, stderr, error } = spawnSync("promtool", [...args], {
    encoding: "utf8",
    input,
  });
  if (error !== undefined) throw error;
  const said = `${stdout}${stderr}`.trim();
  return status === 0 ? "" : said || `exit code ${status}`;
}
