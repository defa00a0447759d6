import type { FaultEffect } from "../../../faults/fault.ts";
import type { LinkCondition } from "../../../faults/link-condition.ts";
import { allLinks } from "../../../faults/targets.ts";
import { WIRE_KINDS } from "../../../faults/wire-condition.ts";
import type { AuditRecord } from "../../../nodes/protocols/contract/audit.ts";
import { nodeName } from "../../../nodes/protocols/contract/core.ts";
import type { LedgerEntry } from "../../observations/observations.ts";
import type { Attestation } from "../attestation.ts";
import { CLIENT_HOST } from "../client-host.ts";
import { DesiredState } from "../desired-state.ts";
import { newestView } from "../leader.ts";
import type { Kernel } from "./kernel.ts";
import { KernelState } from "./kernel-state.ts";
import type {
  Chosen,
  Disturbance,
  Schedule,
  ScheduledBehaviour,
  ScheduledFault,
} from "./schedule.ts";

interface Armed {
  readonly fault: ScheduledFault;
  readonly name: string;
  left: number;
}

/** The fault that keeps the absent replicas down. */
const ABSENCE = "absence";

/** Injects and heals the faults of a schedule, and keeps the ledger of them. */
export class Disturbances {
  readonly #kernel: Kernel;
  readonly #schedule: Schedule;
  readonly #state: KernelState;
  readonly #record: (entry: LedgerEntry) => void;
  readonly #desired = new DesiredState();
  readonly #active = new Set<string>();
  #armed: Armed[] = [];
  /** Views and numbers that some replica has prepared. */
  readonly #prepared = new Set<string>();
  #over = false;

  constructor(kernel: Kernel, schedule: Schedule, record: (entry: LedgerEntry) => void) {
    this.#kernel = kernel;
    this.#schedule = schedule;
    this.#state = new KernelState(kernel);
    this.#record = record;
    for (const [index, fault] of schedule.faults.entries()) this.#plan(`f${index}`, fault);
    if (schedule.byzantine !== null) this.#lie(schedule.byzantine);
  }

  /** Sees every audit event; what it sets off strikes between two steps. */
  audited(record: AuditRecord): void {
    const isFirst = this.#isFirst(record);
    for (const armed of this.#armed) {
      const { when } = armed.fault;
      if (!("event" in when) || when.event !== record.e || this.#kernel.now < when.fromMs) continue;
      if (when.first === true && !isFirst) continue;
      armed.left -= 1;
      if (armed.left >= 0) continue;
      this.#armed = this.#armed.filter((other) => other !== armed);
      this.#kernel.at(this.#kernel.now + when.delayMs, () => {
        this.#strike(armed.name, armed.fault, record.replica);
      });
    }
  }

  #isFirst(record: AuditRecord): boolean {
    if (record.e !== "prepared") return false;
    const name = `${record.v} ${record.n}`;
    if (this.#prepared.has(name)) return false;
    this.#prepared.add(name);
    return true;
  }

  /**
   * The end of trouble: all is healed but for the absent replicas, and nothing strikes any more.
   */
  healAll(): void {
    const { absent, calm } = this.#schedule;
    if (absent.length > 0) {
      const what = { kind: "crash", who: absent } as const;
      this.#inject(ABSENCE, what, null);
    }
    this.#over = true;
    this.#armed = [];
    for (const name of this.#active) if (name !== ABSENCE) this.#heal(name);
    this.#kernel.setNetwork(calm);
  }

  /** Those who were still absent come back. */
  complete(): void {
    this.#heal(ABSENCE);
  }

  /**
   * The player wraps the replica and says at the end what came of it (`lied`); here it is only put
   * on record, for the budget of the checkers.
   */
  #lie({ replica, behaviour, parameters }: ScheduledBehaviour): void {
    const effects = [
      { on: "behaviour", replica: nodeName(replica), behaviour, parameters },
    ] as const;
    const entry = { entry: "byzantine", name: "byzantine", fault: "byzantine" };
    this.#record({ time: 0, kind: "intent", ...entry, targets: {}, effects });
  }

  /** The line carries the time of the act, as in every ledger. */
  lied({ outcome, evidence }: Attestation): void {
    this.#record({ time: 0, kind: "installed", entry: "byzantine", outcome, evidence });
  }

  #plan(name: string, fault: ScheduledFault): void {
    const { when } = fault;
    if ("atMs" in when) this.#kernel.at(when.atMs, () => this.#strike(name, fault, null));
    else this.#armed.push({ fault, name, left: when.skip });
  }

  #strike(name: string, { what, durationMs, after = [] }: ScheduledFault, subject: number | null) {
    const stages = [{ afterMs: 0, durationMs, what }, ...after];
    for (const [index, stage] of stages.entries()) {
      this.#kernel.at(this.#kernel.now + stage.afterMs, () => {
        if (this.#over) return;
        const part = index === 0 ? name : `${name}.${index}`;
        this.#inject(part, stage.what, subject);
        this.#kernel.at(this.#kernel.now + stage.durationMs, () => this.#heal(part));
      });
    }
  }

  #inject(name: string, what: Disturbance, subject: number | null): void {
    const effects = this.#effects(what, subject);
    const time = this.#time();
    const entry = { entry: name, name, fault: what.kind };
    this.#record({ time, kind: "intent", ...entry, targets: {}, effects });
    this.#active.add(name);
    this.#desired.add(name, effects);
    this.#apply();
    this.#record({ time, kind: "installed", entry: name, outcome: "installed", evidence: [] });
  }

  #heal(name: string): void {
    if (!this.#active.delete(name)) return;
    this.#desired.remove(name);
    const time = this.#time();
    this.#record({ time, kind: "healing", entry: name });
    this.#apply();
    this.#record({ time, kind: "healed", entry: name, outcome: "installed", evidence: [] });
  }

  #apply(): void {
    this.#state.apply(this.#desired);
  }

  #effects(what: Disturbance, subject: number | null): readonly FaultEffect[] {
    const ids = this.#kernel.replicas.map(({ id }) => id);
    const others = (id: number) => ids.filter((other) => other !== id).map(nodeName);
    switch (what.kind) {
      case "crash":
      case "power-cut":
      case "pause": {
        const kind = ({ crash: "down", pause: "paused", "power-cut": "power-cut" } as const)[
          what.kind
        ];
        return this.#resolve(what.who, subject).map((id) => ({
          on: "process",
          replica: nodeName(id),
          condition: { kind },
        }));
      }
      case "isolate":
        return this.#resolve(what.who, subject).flatMap((id) => {
          const peers = what.clients ? [...others(id), CLIENT_HOST] : others(id);
          return peers.flatMap((peer) => bothWays(nodeName(id), peer, { kind: what.cut }));
        });
      case "split":
        return ids.flatMap((a) =>
          ids
            .filter((b) => groupOf(what.groups, a) !== groupOf(what.groups, b))
            .flatMap((b) => oneWay(nodeName(a), nodeName(b), { kind: what.cut })),
        );
      case "one-way":
        return this.#resolve(what.who, subject).flatMap((id) =>
          others(id).flatMap((peer) => {
            const [from, to] = what.out ? [nodeName(id), peer] : [peer, nodeName(id)];
            return oneWay(from, to, { kind: what.cut });
          }),
        );
      case "slow":
      case "thin": {
        const condition: LinkCondition =
          what.kind === "thin"
            ? { kind: "bandwidth", kilobytesPerSecond: what.kilobytesPerSecond }
            : { kind: "delay", latencyMs: what.latencyMs, jitterMs: what.jitterMs };
        return this.#resolve(what.who, subject).flatMap((id) =>
          others(id).flatMap((peer) => oneWay(nodeName(id), peer, condition)),
        );
      }
      case "storm":
        return allLinks({ replicas: ids.map(nodeName), clients: [CLIENT_HOST] }).flatMap(
          ({ from, to }) =>
            WIRE_KINDS.map((kind): FaultEffect => {
              return { on: "wire", from, to, condition: { kind, share: what[kind] } };
            }),
        );
      default:
        return what satisfies never;
    }
  }

  #resolve(who: Chosen, subject: number | null): readonly number[] {
    const ids = this.#kernel.replicas.map(({ id }) => id);
    if (who === "everyone") return ids;
    if (who === "subject") return subject === null ? [] : [subject];
    if (who !== "primary") return who;
    const standings = this.#kernel.replicas.flatMap((replica) => replica.status() ?? []);
    const leader = this.#kernel.leaderOf(newestView(standings));
    return ids.filter((id) => nodeName(id) === leader);
  }

  #time(): number {
    return Math.round(this.#kernel.now * 1e6);
  }
}

function groupOf(groups: readonly (readonly number[])[], id: number): number {
  return groups.findIndex((group) => group.includes(id));
}

function oneWay(from: string, to: string, condition: LinkCondition): readonly FaultEffect[] {
  return [{ on: "network", from, to, condition }];
}

function bothWays(a: string, b: string, condition: LinkCondition): readonly FaultEffect[] {
  return [...oneWay(a, b, condition), ...oneWay(b, a, condition)];
}
