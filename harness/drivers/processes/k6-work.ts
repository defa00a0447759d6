/** What a k6 beside the client host is given: its script, its clients, and where to write. */
import { join } from "node:path";
import type { ClientHostConfig } from "../../../nodes/runtime/config.ts";
import type { Plan } from "../../plan/plan.ts";
import { OVERTIME_MS } from "../driver.ts";

/** Where a k6 lies, and where it may leave its files. */
export interface K6Place {
  readonly program: string;
  /** Gone with the run: private keys are written into it. */
  readonly folder: string;
  readonly logFile: string;
}

export interface K6Work {
  readonly program: string;
  readonly script: { readonly file: string; readonly text: string };
  /** Options of every client of a script that gives none: `BFT_CLIENT` names their file. */
  readonly settingsFile: string;
  readonly settings: ClientSettings;
  /** What a script finds in `__ENV`. */
  readonly variables: Readonly<Record<string, string>>;
  readonly summaryFile: string;
  readonly logFile: string;
  /** How many keys a script may use: each of them is read at the end. */
  readonly keysMax: number;
  /** Longer than that no operation lasts. */
  readonly operationTimeoutMs: number;
}

/** As `new Client()` of `k6/x/bft` reads them. */
export interface ClientSettings {
  readonly host: ClientHostConfig;
  readonly history: string;
  readonly phases: readonly { readonly name: string; readonly duration?: string }[];
  readonly clock: "host";
  readonly until: "stdin";
}

export function k6Work(plan: Plan, place: K6Place, host: ClientHostConfig): K6Work | null {
  const { workload, phases, cluster } = plan;
  const { script } = workload;
  if (script === undefined) return null;
  const { program, folder, logFile } = place;
  return {
    program,
    script: { file: join(folder, script.name), text: script.text },
    settingsFile: join(folder, "client.json"),
    settings: {
      host,
      history: join(folder, "history.jsonl"),
      phases: [
        { name: "warmup", duration: `${phases.warmupMs}ms` },
        { name: "faults", duration: `${phases.faultsMs}ms` },
        { name: "quiet" },
      ],
      clock: "host",
      until: "stdin",
    },
    variables: variablesOf(workload, Object.values(phases)),
    summaryFile: join(folder, "summary.json"),
    logFile,
    keysMax: workload.keys,
    operationTimeoutMs: cluster.parameters.operationTimeoutMs,
  };
}

/** The load ends when the run says so, and no script should end before. */
function variablesOf(
  { ratePerSecond, clients, keys, seed }: Plan["workload"],
  phasesMs: readonly number[],
): K6Work["variables"] {
  const atMostMs = phasesMs.reduce((total, ms) => total + ms, OVERTIME_MS);
  return {
    ...(ratePerSecond > 0 ? { RATE: String(ratePerSecond) } : {}),
    DURATION: `${Math.ceil(atMostMs / 1_000)}s`,
    CLIENTS: String(clients),
    KEYS: String(keys),
    SEED: String(seed),
  };
}
