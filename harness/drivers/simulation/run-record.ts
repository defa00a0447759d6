import type { AuditLevel, AuditRecord } from "../../../nodes/protocols/contract/audit.ts";
import { isAudited } from "../../../nodes/protocols/contract/audit-events.ts";
import type { HistoryEvent } from "../../observations/observations.ts";
import { FILES, type RunFiles } from "../../observations/store.ts";
import { RunLog } from "../run-log.ts";

/** The run store of a simulated run: the same files as any other, times from the virtual clock. */
export class RunRecord {
  /** The ledger and the samples. */
  readonly log: RunLog;
  /** Somebody looks at the curves of this run: they cost a fiftieth of it. */
  readonly keepsMetrics: boolean;
  readonly #store: RunFiles;
  readonly #early: HistoryEvent[] = [];
  #zeroNs: number | null = null;

  /** @param now ms of the virtual clock */
  constructor(store: RunFiles, now: () => number, { keepsMetrics }: { keepsMetrics: boolean }) {
    this.keepsMetrics = keepsMetrics;
    this.#store = store;
    this.log = new RunLog(store, () => virtualNs(now()));
  }

  get zeroNs(): number {
    return this.#zeroNs ?? 0;
  }

  /** From here on times count from `atMs`; what was before is negative. */
  begin(atMs: number): void {
    if (this.#zeroNs !== null) return;
    this.#zeroNs = nanoseconds(atMs);
    this.log.begin(virtualNs(atMs));
    for (const event of this.#early.splice(0)) this.history(event);
  }

  /** Times on the virtual clock. */
  history(event: HistoryEvent): void {
    const zero = this.#zeroNs;
    if (zero === null) {
      this.#early.push(event);
      return;
    }
    const { intended } = event;
    const since = intended === undefined ? {} : { intended: intended - zero };
    this.#store.append(FILES.history, { ...event, time: event.time - zero, ...since });
  }

  audit(replica: number, records: readonly AuditRecord[], level: AuditLevel): void {
    if (level === "off") return;
    const kept = level === "full" ? records : records.filter(({ e }) => isAudited(e, level));
    this.#store.writeAudit(replica, kept);
  }

  shed(count: number): void {
    this.#store.writeJson(FILES.workload, { shed: count });
  }
}

/** As the log wants it. */
export function virtualNs(ms: number): bigint {
  return BigInt(nanoseconds(ms));
}

function nanoseconds(ms: number): number {
  return Math.round(ms * 1e6);
}
