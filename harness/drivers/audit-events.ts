/** What the replicas log, as events that entries of a plan may wait for: one rule, every world. */
import type { Endpoint } from "../../faults/fault.ts";
import type { AuditRecord } from "../../nodes/protocols/contract/audit.ts";
import { auditEvents } from "../../nodes/protocols/contract/audit-events.ts";
import { nodeName } from "../../nodes/protocols/contract/core.ts";
import type { WorldEvent } from "../plan/executor.ts";

/** How long ago it was logged, and when in the clock of the log. */
export type Logged = Pick<WorldEvent, "ageMs" | "atNs">;

export class AuditEvents {
  readonly #leaderOf: (view: number) => Endpoint | null;
  /** The last view that each replica has told of: not every line tells its own. */
  readonly #views = new Map<number, number>();

  constructor(leaderOf: (view: number) => Endpoint | null) {
    this.#leaderOf = leaderOf;
  }

  /** Every line that tells a view has to come here, in the order of its replica. */
  note(record: AuditRecord): void {
    if ("v" in record) this.#views.set(record.replica, record.v);
  }

  #roleOf(replica: Endpoint, view: number): WorldEvent["role"] {
    const leader = this.#leaderOf(view);
    if (leader === null) return null;
    return leader === replica ? "primary" : "backup";
  }

  /** @param record the last one noted of its replica */
  eventOf(record: AuditRecord, logged: Logged): WorldEvent {
    const by = nodeName(record.replica);
    const { name } = auditEvents[record.e];
    const view = this.#views.get(record.replica) ?? 0;
    const role = this.#roleOf(by, view);
    const number = "n" in record ? record.n : null;
    const slot = number === null ? null : `${view} ${number}`;
    const about = [...("v" in record ? [`view ${view}`] : []), ...numberText(number)];
    const what = [`${by} logged ${name}`, ...about].join(", ");
    return { name, by, role, slot, view, what, ...logged };
  }
}

function numberText(number: number | null): readonly string[] {
  return number === null ? [] : [`number ${number}`];
}
