import type { AuditEvent } from "../protocols/contract/audit.ts";

type Reject = Extract<AuditEvent, { readonly e: "reject" }>;

const PERIOD_MS = 1000;
/** Different ones that are told in one period. */
const KINDS_MAX = 32;

interface Kind {
  readonly event: Reject;
  repeated: number;
}

/**
 * Lines about rejected input: whoever sends it must not decide how much is written. The first of
 * each kind (type, sender, reason) in a period of one second is told, and at its end how often each
 * came again; kinds beyond the bound are told together.
 */
export class RejectLines {
  readonly #tell: (event: Reject) => void;
  readonly #kinds = new Map<string, Kind>();
  #further = 0;
  #periodStartMs = Number.NEGATIVE_INFINITY;

  constructor(tell: (event: Reject) => void) {
    this.#tell = tell;
  }

  add(event: Reject, nowMs: number): void {
    this.tick(nowMs);
    const key = `${event.type} ${event.from} ${event.reason}`;
    const kind = this.#kinds.get(key);
    if (kind !== undefined) {
      kind.repeated += 1;
    } else if (this.#kinds.size < KINDS_MAX) {
      this.#kinds.set(key, { event, repeated: 0 });
      this.#tell(event);
    } else {
      this.#further += 1;
    }
  }

  tick(nowMs: number): void {
    if (nowMs - this.#periodStartMs < PERIOD_MS) return;
    this.endPeriod();
    this.#periodStartMs = nowMs;
  }

  endPeriod(): void {
    for (const { event, repeated } of this.#kinds.values()) {
      if (repeated > 0) this.#tell({ ...event, repeated });
    }
    if (this.#further > 0) {
      this.#tell({ e: "reject", type: "any", from: -1, reason: "other", repeated: this.#further });
    }
    this.#kinds.clear();
    this.#further = 0;
  }
}
