/**
 * Reads a run store back. Its files were written by this project, so their lines are taken at
 * their word; what a crash can do to them (a torn last line, a file that never came to be) is
 * expected.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { AuditRecord } from "../../nodes/protocols/audit.ts";
import type { Plan } from "../plan/plan.ts";
import { readJsonLines } from "./json-lines.ts";
import type {
  HistoryEvent,
  LedgerEntry,
  Observations,
  RunInfo,
  StatusSample,
  WorkloadTotals,
} from "./observations.ts";
import { FILES } from "./store.ts";

/** @throws if `run.json` or `plan.json` is missing: without them it is no run store */
export function loadObservations(directory: string): Observations {
  const run = readJson(join(directory, FILES.run)) as RunInfo;
  const plan = readJson(join(directory, FILES.plan)) as Plan;
  const workload = join(directory, FILES.workload);
  return {
    run,
    plan,
    history: lines<HistoryEvent>(directory, FILES.history) ?? [],
    ledger: lines<LedgerEntry>(directory, FILES.ledger) ?? [],
    audits: loadAudits(directory, { zero: run.zero, replicas: plan.cluster.parameters.replicas }),
    samples: lines<StatusSample>(directory, FILES.samples) ?? [],
    workload: existsSync(workload) ? (readJson(workload) as WorkloadTotals) : { shed: 0 },
  };
}

/** Audit lines carry the host's monotonic clock; the run's zero turns them into run time. */
function loadAudits(
  directory: string,
  { zero, replicas }: { readonly zero: string; readonly replicas: number },
): ReadonlyMap<number, readonly AuditRecord[]> {
  const zeroNs = Number(BigInt(zero));
  const audits = new Map<number, readonly AuditRecord[]>();
  for (let replica = 0; replica < replicas; replica += 1) {
    const path = join(directory, FILES.audit(replica));
    const records = readJsonLines(path, tornByRestart) as readonly AuditRecord[] | null;
    if (records === null) continue;
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

function lines<Line>(directory: string, name: string): readonly Line[] | null {
  return readJsonLines(join(directory, name)) as readonly Line[] | null;
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, "utf8"));
}
