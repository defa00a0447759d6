/**
 * Reads a run store back. Its files were written by this project, so their lines are taken at
 * their word; what a crash can do to them (a torn line, a file that ends too early or never came
 * to be) is expected, and told in `completeness`.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { AuditRecord } from "../../nodes/protocols/contract/audit.ts";
import type { Plan } from "../plan/plan.ts";
import { lastTime, ledgerUntil } from "./completeness.ts";
import type {
  Completeness,
  HistoryEvent,
  LedgerEntry,
  Observations,
  ReplicaMetrics,
  RunInfo,
  StatusSample,
  WorkloadTotals,
} from "./observations.ts";
import { FILES } from "./store.ts";
import { StoredFiles } from "./stored-files.ts";

/** A folder that is no run store, or one that something else than a crash has broken. */
export class UnreadableRun extends Error {
  override readonly name = "UnreadableRun";
}

const PLAN_VERSION = 1 satisfies Plan["version"];

/** @throws {UnreadableRun} if `run.json` or `plan.json` is missing or broken */
export function loadObservations(directory: string): Observations {
  try {
    return load(directory);
  } catch (error) {
    if (error instanceof UnreadableRun) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new UnreadableRun(`${directory} cannot be read as a run's folder: ${why}`, {
      cause: error,
    });
  }
}

function load(directory: string): Observations {
  const recorded = readJson(join(directory, FILES.run)) as RunInfo;
  const written = readJson(join(directory, FILES.plan)) as Plan;
  refuseUnknown(directory, recorded, written);
  const plan = withParameters(written);
  const files = new StoredFiles(directory, recorded);
  if (!files.isAsWritten(FILES.plan)) refusePlan(directory, "is not as the run left it");
  const history = loadNumbered<HistoryEvent>(files, FILES.history);
  const ledger = loadNumbered<LedgerEntry>(files, FILES.ledger);
  const samples = loadNumbered<StatusSample>(files, FILES.samples);
  const metrics = loadNumbered<ReplicaMetrics>(files, FILES.metrics);
  const audits = loadAudits(files, recorded.zero, plan.cluster.parameters.replicas);
  const clientsEnded = files.isAsWritten(FILES.workload);
  const run = { ...recorded, harness: files.stateOf(recorded.harness) };
  return {
    run,
    plan,
    history,
    ledger,
    audits,
    samples,
    metrics,
    workload: clientsEnded
      ? (readJson(join(directory, FILES.workload)) as WorkloadTotals)
      : { shed: 0 },
    completeness: completenessOf({ files, run, history, ledger, audits, clientsEnded }),
  };
}

interface Loaded {
  readonly files: StoredFiles;
  readonly run: RunInfo;
  readonly history: readonly HistoryEvent[];
  readonly ledger: readonly LedgerEntry[];
  readonly audits: ReadonlyMap<number, readonly AuditRecord[]>;
  /** The client host writes its totals when its history is whole. */
  readonly clientsEnded: boolean;
}

function completenessOf(loaded: Loaded): Completeness {
  const { files, run, history, ledger, audits, clientsEnded } = loaded;
  const until = new Map<string, number>();
  if (!files.isWhole(FILES.history) || !clientsEnded) until.set(FILES.history, lastTime(history));
  const atEnd = ledger.some((line) => line.kind === "phase" && line.phase === "end");
  if (!files.isWhole(FILES.ledger) || !atEnd) until.set(FILES.ledger, ledgerUntil(ledger));
  for (const [replica, records] of audits) {
    const file = FILES.audit(replica);
    if (!files.isWhole(file)) until.set(file, lastTime(records));
  }
  const injectionsUntil = files.hasLost(FILES.ledger) ? ledgerUntil(ledger) : Infinity;
  const ended = run.harness.state === "ok";
  return { files: until, injectionsUntil, ended, changed: files.isChanged };
}

/** The two that everything else is read by; a later format may mean something else by a key. */
function refuseUnknown(directory: string, run: RunInfo, plan: Plan): void {
  const version: number | undefined = plan.version;
  if (version !== PLAN_VERSION) {
    const found = version === undefined ? "no version" : `version ${JSON.stringify(version)}`;
    const why = `${FILES.plan} has ${found}, this program reads version ${PLAN_VERSION}`;
    throw new UnreadableRun(`${directory}: ${why}`);
  }
  if (typeof run.scenario !== "string" || !/^\d+$/.test(run.zero)) {
    throw new UnreadableRun(`${directory}: ${FILES.run} does not say which run it was`);
  }
  if (plan.scenario !== run.scenario || plan.seed !== run.seed) {
    refusePlan(directory, `is of another run (${plan.scenario}, seed ${plan.seed})`);
  }
}

/** Plans of older versions lack what was the same for all of them then. */
const OLDER_PARAMETERS = { maxBatchDelayMs: 0, replyAuth: "signature" } as const;
const OLDER_REQUESTS = {
  unsigned: { clientAuth: "mac", requestAt: "K1" },
  signed: { clientAuth: "signature", requestAt: "K2" },
} as const;
const UNSIGNED_BEFORE: readonly string[] = ["pbft-mac", "pbft-relay"];

function withParameters(plan: Plan): Plan {
  const { parameters: written, protocol } = plan.cluster;
  const isUnsigned = UNSIGNED_BEFORE.includes(protocol);
  const requests = isUnsigned ? OLDER_REQUESTS.unsigned : OLDER_REQUESTS.signed;
  const older = { ...OLDER_PARAMETERS, ...requests };
  // What is written stays in its order: a plan that is played again is the same file.
  const parameters = { ...written, ...older, ...written };
  return { ...plan, cluster: { ...plan.cluster, parameters } };
}

/** Everything else is judged by it. */
function refusePlan(directory: string, why: string): never {
  throw new UnreadableRun(`${directory}: ${FILES.plan} ${why}`);
}

/**
 * Lines bear their numbers, which tell even where the run could not seal its files. Ledgers and
 * samples of older versions have none.
 */
function loadNumbered<Line extends { readonly index?: number }>(
  files: StoredFiles,
  file: string,
): readonly Line[] {
  const lines = files.lines<Line>(file);
  const isOld = file !== FILES.history && lines.every(({ index }) => index === undefined);
  if (isOld) return lines;
  const odd = lines.findIndex(({ index }, position) => index !== position);
  if (odd === -1) return lines;
  files.change(file, `has another line in the place of line ${odd + 1}`);
  return [];
}

/** Audit lines carry the host's monotonic clock; the run's zero turns them into run time. */
function loadAudits(
  files: StoredFiles,
  zero: string,
  replicas: number,
): ReadonlyMap<number, readonly AuditRecord[]> {
  const zeroNs = Number(BigInt(zero));
  const audits = new Map<number, readonly AuditRecord[]>();
  for (let replica = 0; replica < replicas; replica += 1) {
    const read = files.read(FILES.audit(replica), tornByRestart);
    if (read === null) continue;
    const records = read.values as readonly AuditRecord[];
    const stranger = records.find((record) => record.replica !== replica);
    if (stranger !== undefined) {
      files.change(FILES.audit(replica), `has lines of r${stranger.replica}`);
      continue;
    }
    audits.set(
      replica,
      records.map((record) => ({ ...record, time: record.time - zeroNs })),
    );
  }
  return audits;
}

/** A replica killed in the middle of a line goes on in a new one when it starts again. */
function tornByRestart(before: unknown, after: unknown): boolean {
  const boot = (record: unknown): number => (record as AuditRecord | undefined)?.boot ?? 0;
  return after === undefined || boot(after) > boot(before);
}

function readJson(path: string): unknown {
  const text = readFileSync(path, "utf8");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UnreadableRun(`${path}: no whole JSON (${(error as Error).message})`, {
      cause: error,
    });
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new UnreadableRun(`${path}: no JSON object`);
}
