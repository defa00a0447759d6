/** What is heard of real processes while they run, for the faults that wait for it. */
import { protocolNamed } from "../../../nodes/registry.ts";
import type { WorldEvent } from "../../plan/executor.ts";
import type { Plan } from "../../plan/plan.ts";
import { waitsFor } from "../../plan/trigger.ts";
import { AuditEvents } from "../audit-events.ts";
import { monotonicMs, monotonicNs } from "../clock.ts";
import { leaderOf } from "../leader.ts";
import { type Alarm, Pager } from "../pager.ts";
import { recoveredEvent } from "../service-watch.ts";
import type { AnnouncedLine } from "./announced-line.ts";
import type { ClientHostListener } from "./client-host-process.ts";
import type { Sighting } from "./sightings.ts";

export class HeardEvents {
  readonly #audited: AuditEvents;
  /** Nobody is paged where nothing waits for it. */
  readonly #pager: Pager | null;
  readonly #cry: (alarm: Alarm) => void;
  #listener: (event: WorldEvent) => void = () => {};

  /** @param cry hears of each health check that turns red */
  constructor(plan: Pick<Plan, "cluster" | "entries">, cry: (alarm: Alarm) => void) {
    const { protocol: name, parameters } = plan.cluster;
    const cluster = { protocol: protocolNamed(name), replicas: parameters.replicas };
    this.#audited = new AuditEvents((view) => leaderOf(view, cluster));
    this.#pager = waitsFor(plan, "alarm") ? new Pager(parameters.timers) : null;
    this.#cry = cry;
  }

  /** Whoever listened before does so no more. */
  onEvent(listener: (event: WorldEvent) => void): void {
    this.#listener = listener;
  }

  /** A line is as old as the way took that it came by. */
  logged(replica: number, { time, ...line }: AnnouncedLine): void {
    this.#audited.note({ replica, ...line });
    this.#listener(this.#audited.eventOf({ replica, ...line }, heardOf(time)));
  }

  served(said: Parameters<ClientHostListener["service"]>[0]): void {
    if (said.kind === "recovered") {
      this.#listener(recoveredEvent(said.silentMs, heardOf(said.time)));
    } else this.#page(this.#pager?.served(said.silentMs));
  }

  polled({ endpoint, answer }: Sighting): void {
    this.#page(this.#pager?.polled(endpoint, answer !== undefined, monotonicMs()));
  }

  #page(alarm: Alarm | null | undefined): void {
    if (alarm !== null && alarm !== undefined) this.#cry(alarm);
  }
}

/** @param time monotonic ns, which all processes of one host share */
function heardOf(time: number): Pick<WorldEvent, "ageMs" | "atNs"> {
  const atNs = BigInt(Math.round(time));
  return { atNs, ageMs: Math.max(0, Number(monotonicNs() - atNs) / 1e6) };
}
