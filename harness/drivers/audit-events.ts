/** What the replicas log, as events that entries of a plan may wait for: one rule, every world. */
import type { Endpoint } from "../../faults/fault.ts";
import type { AuditEvent } from "../../nodes/protocols/contract/audit.ts";
import { auditEvents } from "../../nodes/protocols/contract/audit-events.ts";
import { nodeName } from "../../nodes/protocols/contract/core.ts";
import type { WorldEvent } from "../plan/executor.ts";

/** What of an audit line says what has happened. */
export interface LoggedLine {
  readonly e: AuditEvent["e"];
  readonly replica: number;
  readonly v?: number | undefined;
  readonly n?: number | undefined;
}

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
  note({ replica, v }: LoggedLine): void {
    if (v !== undefined) this.#views.set(replica, v);
  }

  #roleOf(replica: Endpoint, view: number): WorldEvent["role"] {
    const leader = this.#leaderOf(view);
    if (leader === null) return null;
    return leader === replica ? "primary" : "backup";
  }

  /** @param line the last one noted of its replica */
  eventOf({ e, replica, v, n: number }: LoggedLine, logged: Logged): WorldEvent {
    const by = nodeName(replica);
    const { name } = auditEvents[e];
    const view = this.#views.get(replica) ?? 0;
    const role = this.#roleOf(by, view);
    const slot = number === undefined ? null : `${view} ${number}`;
    const about = [
      ...(v === undefined ? [] : [`view ${v}`]),
      ...(number === undefined ? [] : [`number ${number}`]),
    ];
    const what = [`${by} logged ${name}`, ...about].join(", ");
    return { name, by, role, slot, view, what, ...logged };
  }
}
