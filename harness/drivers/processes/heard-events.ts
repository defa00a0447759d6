/** What is heard of real processes while they run, for the faults that wait for it. */
import type { Protocol } from "../../../nodes/protocols/contract/protocol.ts";
import type { WorldEvent } from "../../plan/executor.ts";
import { AuditEvents } from "../audit-events.ts";
import { monotonicNs } from "../clock.ts";
import { leaderOf } from "../leader.ts";
import type { AnnouncedLine } from "./announced-line.ts";

export class HeardEvents {
  readonly #audited: AuditEvents;
  #listener: (event: WorldEvent) => void = () => {};

  constructor(cluster: { readonly protocol: Protocol; readonly replicas: number }) {
    this.#audited = new AuditEvents((view) => leaderOf(view, cluster));
  }

  /** Whoever listened before does so no more. */
  onEvent(listener: (event: WorldEvent) => void): void {
    this.#listener = listener;
  }

  /** A line is as old as the way took that it came by. */
  logged(replica: number, { time, ...line }: AnnouncedLine): void {
    const atNs = BigInt(Math.round(time));
    const ageMs = Math.max(0, Number(monotonicNs() - atNs) / 1e6);
    this.#audited.note({ replica, ...line });
    this.#listener(this.#audited.eventOf({ replica, ...line }, { ageMs, atNs }));
  }
}
