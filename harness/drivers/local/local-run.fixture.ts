/** Runs the command line as a user does, in a process group of its own as a terminal would. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { LedgerEntry } from "../../observations/observations.ts";
import { type Probe, waitFor } from "../clock.ts";
import { findRuns, OWNER_VARIABLE, RUN_VARIABLE, residueOf } from "../processes/machine-litter.ts";
import { ownerName, ownerOf } from "../processes/owner.ts";
import { processesWith } from "../processes/proc.ts";

const CLI = fileURLToPath(new URL("../../cli/main.ts", import.meta.url));
const CLEAN_DEADLINE_MS = 10_000;

export interface ScenarioParts {
  readonly name: string;
  readonly faults?: string;
  readonly cluster?: string;
  readonly phases?: string;
  readonly expect?: string;
}

export class Bench {
  readonly folder = mkdtempSync(join(tmpdir(), "bft-chaos-test-"));
  readonly #children: ChildProcess[] = [];

  /** Small and quick: half a second of warm-up, two seconds of faults. */
  scenario({
    name,
    faults = "[]",
    cluster = "{}",
    phases = "{ warmup: 500ms, faults: 2s, quiet: 30s }",
    // How much of the load a busy machine sends is not what these tests are about.
    expect = "{ verdict: PASS, shed: 100% }",
  }: ScenarioParts): string {
    const file = join(this.folder, `${name}.yaml`);
    writeFileSync(
      file,
      `apiVersion: bft-chaos/v1
kind: Scenario
metadata: { name: ${name} }
seed: 1
cluster: ${cluster}
workload: { rate: 40/s, clients: 4, keys: 8 }
phases: ${phases}
faults: ${faults}
expect: ${expect}
`,
    );
    return file;
  }

  run(file: string, options: RunOptions = {}): CliRun {
    const args = ["run", file, "--out", join(this.folder, "runs"), ...(options.args ?? [])];
    const { npm_execpath: _, ...environment } = { ...process.env, ...options.env };
    const program = options.throughNpm === true ? ["-e", LIKE_NPM, CLI] : [CLI];
    const child = spawn(process.execPath, [...program, ...args], {
      env: environment,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    this.#children.push(child);
    return new CliRun(child, this.folder);
  }

  async clean(): Promise<string> {
    const child = spawn(process.execPath, [CLI, "clean"], { stdio: ["ignore", "pipe", "inherit"] });
    let said = "";
    child.stdout.on("data", (part: Buffer) => (said += part.toString()));
    await once(child, "exit");
    return said;
  }

  close(): void {
    for (const child of this.#children) child.kill("SIGKILL");
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Starts its arguments as npm does: marked, below it, and not told of the signals it gets. */
const LIKE_NPM =
  "require('node:child_process').spawn(process.execPath, process.argv.slice(1), " +
  "{ stdio: 'inherit', env: { ...process.env, npm_execpath: 'npm' } })";

/** A machine whose kernel cannot be asked to clean up: no program is found by its name. */
export const WITHOUT_SETPRIV = { PATH: "/nonexistent" };

export interface RunOptions {
  readonly throughNpm?: true;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export class CliRun {
  said = "";
  complained = "";
  readonly #child: ChildProcess;
  readonly #exit: Promise<number | null>;
  readonly #folder: string;

  constructor(child: ChildProcess, folder: string) {
    this.#child = child;
    this.#folder = folder;
    child.stdout?.on("data", (part: Buffer) => (this.said += part.toString()));
    child.stderr?.on("data", (part: Buffer) => (this.complained += part.toString()));
    this.#exit = once(child, "exit").then(([code]) => code as number | null);
  }

  /** @returns the exit code */
  exit(): Promise<number | null> {
    return this.#exit;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** As `| head -1` does it, once it has what it wants. */
  closeOutput(): void {
    this.#child.stdout?.destroy();
    this.#child.stderr?.destroy();
  }

  /** As a terminal does it: to the whole process group. */
  pressCtrlC(): void {
    process.kill(-this.pid, "SIGINT");
  }

  killHarness(): void {
    this.#child.kill("SIGKILL");
  }

  store(scenario: string): string {
    return join(this.#folder, "runs", scenario, "latest");
  }

  ledger(scenario: string): readonly LedgerEntry[] {
    const path = join(this.store(scenario), "ledger.jsonl");
    if (!existsSync(path)) return [];
    const lines = readFileSync(path, "utf8").split("\n").slice(0, -1);
    return lines.map((line) => JSON.parse(line) as LedgerEntry);
  }

  /** The run whose children this harness started: its id and their pids. */
  children(): { readonly runId: string; readonly pids: readonly number[] } | null {
    const owner = ownerName(ownerOf(this.pid));
    const all = [...processesWith(RUN_VARIABLE)];
    const mine = all.filter(([, variables]) => variables.get(OWNER_VARIABLE) === owner);
    const runId = mine[0]?.[1].get(RUN_VARIABLE);
    return runId === undefined ? null : { runId, pids: mine.map(([pid]) => pid) };
  }

  /** @returns the run's id as soon as its first child is there */
  async firstChild(): Promise<string> {
    const found = await until("a first child", () => this.children());
    return found.runId;
  }

  async ledgerHas(scenario: string, kind: LedgerEntry["kind"]): Promise<void> {
    await until(`a ledger entry ${kind}`, () =>
      this.ledger(scenario).find((entry) => entry.kind === kind),
    );
  }
}

export async function until<T>(what: string, look: () => T | null | undefined): Promise<T> {
  const probe = (): Probe<T> => {
    const found = look();
    return found === null || found === undefined ? { saw: "nothing yet" } : { found };
  };
  return waitFor(probe, { what, deadlineMs: 30_000, everyMs: 5 });
}

/** Nothing of the run within ten seconds, or an error that lists what is left. */
export async function nothingLeft(runId: string): Promise<void> {
  const probe = (): Probe<true> => {
    const residue = residueOf(runId);
    return residue.length === 0 ? { found: true } : { saw: residue.join("; ") };
  };
  await waitFor(probe, { what: `run ${runId} to be gone`, deadlineMs: CLEAN_DEADLINE_MS });
}

/** Runs of this test's harness, by the pid that owns them. */
export function foldersOf(pid: number): readonly string[] {
  return findRuns().flatMap(({ folders }) =>
    folders.filter((folder) => folder.includes(`-${pid}-`)),
  );
}
