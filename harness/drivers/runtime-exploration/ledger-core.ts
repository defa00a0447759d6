/**
 * The core of this exploration: it wants nothing but what a runtime does, all of it and in any
 * order, and writes down what it asked for.
 */
import type {
  Effects,
  Input,
  NodeId,
  ReplicaCore,
} from "../../../nodes/protocols/contract/core.ts";
import type { Random } from "../simulation/random.ts";
import type { Judge } from "./judge.ts";
import type { Ledger } from "./ledger.ts";
import { type Asked, decodeLedgerFrame, encodeLedgerFrame } from "./ledger-frame.ts";

export interface CoreParts {
  readonly ledger: Ledger;
  readonly judge: Judge;
  readonly random: Random;
  readonly replicas: number;
  /** Logical clients whom it may answer. */
  readonly clients: readonly NodeId[];
  /** How often it does something by itself, as things are now. */
  readonly workMs: () => number;
  readonly nowMs: () => number;
  /** The last bytes of its own log. */
  readonly logTail: () => Buffer;
  readonly onRecovered: () => void;
  /** Its page is being written. */
  readonly onStatus: () => void;
  /** What it was told to do at its next turn, once. */
  readonly orders: CoreOrder[];
}

/** Many frames at once, and again at its next turns; to one replica, or to all. */
export interface CoreOrder {
  turns: number;
  readonly frames: number;
  readonly bytes: number;
  readonly to: NodeId | null;
  readonly asks: Asked;
}

const TIMERS = ["one", "two", "three"] as const;

export class LedgerCore implements ReplicaCore {
  readonly #parts: CoreParts;

  constructor(parts: CoreParts) {
    this.#parts = parts;
  }

  step(input: Input, now: number, effects: Effects): void {
    if (input.kind === "recovered") {
      this.#parts.onRecovered();
      this.#parts.judge.recovered(this.#parts.ledger, input.records);
      this.#audit(effects);
      effects.setTimer("work", this.#parts.workMs());
    } else if (input.kind === "frame") {
      this.#take(input.from, input.bytes, effects);
      this.#parts.ledger.shares.looked();
    } else if (input.id === "work") this.#work(effects);
    else this.#parts.judge.expired(this.#parts.ledger, input.id, now);
  }

  #take(from: NodeId, bytes: Uint8Array, effects: Effects): void {
    this.#parts.judge.delivered(this.#parts.ledger, from, bytes);
    const frame = decodeLedgerFrame(bytes);
    if (frame?.isStrange === true) {
      effects.audit({ e: "reject", type: "STRANGE", from, reason: "malformed" });
      return;
    }
    if (frame === null || frame.asks === "nothing") return;
    if (frame.asks === "record") {
      this.#persist(effects, "append", [bytes.length > 100_000 ? bytes.length : 20]);
    }
    this.#send(effects, { to: frame.author, bytes: 40, asks: "nothing" });
  }

  #work(effects: Effects): void {
    const { random, workMs, orders } = this.#parts;
    effects.setTimer("work", random.real(0.2, 2) * workMs());
    for (const order of orders.splice(0)) {
      order.turns -= 1;
      if (order.turns > 0) orders.push(order);
      for (let count = 0; count < order.frames; count += 1) this.#send(effects, order);
    }
    for (let left = random.integer(1, 4); left > 0; left -= 1) this.#act(effects);
  }

  #act(effects: Effects): void {
    const { random } = this.#parts;
    const way = random.real(0, 1);
    if (way < 0.3) this.#persist(effects, "append", this.#sizes());
    else if (way < 0.36) this.#persist(effects, "replace", this.#sizes());
    else if (way < 0.5) this.#send(effects, { to: null, ...this.#frame() });
    else if (way < 0.7) this.#send(effects, { to: this.#other(), ...this.#frame() });
    else if (way < 0.8) this.#answerClient(effects);
    else if (way < 0.9) this.#audit(effects);
    else this.#useTimer(effects);
  }

  #sizes(): readonly number[] {
    const { random } = this.#parts;
    return Array.from({ length: random.integer(1, 3) }, () =>
      random.chance(0.1) ? random.integer(1_000, 9_000) : random.integer(0, 200),
    );
  }

  #frame(): { readonly bytes: number; readonly asks: Asked } {
    const { random } = this.#parts;
    const bytes = random.chance(0.02) ? random.integer(5_000, 60_000) : random.integer(0, 300);
    return { bytes, asks: random.chance(0.3) ? "record" : "nothing" };
  }

  #other(): NodeId {
    const { random, replicas, ledger } = this.#parts;
    return (ledger.id + random.integer(1, replicas - 1)) % replicas;
  }

  #answerClient(effects: Effects): void {
    const { random, clients } = this.#parts;
    const to = random.pick(clients);
    this.#send(effects, { to, bytes: random.integer(0, 2_000), asks: "nothing" });
  }

  /** Some records hold what looks like a part of the log itself: so may what a peer sent. */
  #persist(effects: Effects, mode: "append" | "replace", sizes: readonly number[]): void {
    const { ledger, random, logTail } = this.#parts;
    const records = sizes.map((bytes) =>
      ledger.newRecord(bytes, random.chance(0.2) ? logTail() : Buffer.alloc(0)),
    );
    ledger.persisted(mode, records);
    effects.persist(mode, records);
  }

  #send(
    effects: Effects,
    { to, bytes, asks }: { to: NodeId | null; bytes: number; asks: Asked },
  ): void {
    const { ledger, judge, nowMs } = this.#parts;
    const number = judge.nextFrame();
    const frame = { author: ledger.id, number, asks, isStrange: false };
    const encoded = encodeLedgerFrame(frame, bytes);
    ledger.sent({ bytes: encoded, to, number, sentMs: nowMs() });
    if (to === null) effects.broadcast(encoded);
    else effects.send(to, encoded);
  }

  #audit(effects: Effects): void {
    const { ledger } = this.#parts;
    ledger.auditsMade += 1;
    effects.audit({ e: "checkpoint", n: ledger.auditsMade, d: String(ledger.batches) });
  }

  #useTimer(effects: Effects): void {
    const { ledger, random, nowMs } = this.#parts;
    const id = random.pick(TIMERS);
    if (random.chance(0.3)) {
      ledger.timers.delete(id);
      effects.cancelTimer(id);
      return;
    }
    const afterMs = random.chance(0.3) ? 0 : random.integer(1, 60);
    ledger.timers.set(id, { dueMs: nowMs() + afterMs, isImmediate: afterMs === 0 });
    effects.setTimer(id, afterMs);
  }

  status() {
    const { ledger, judge, onStatus } = this.#parts;
    judge.askedStatus(ledger);
    onStatus();
    const lastExec = ledger.batches;
    return { view: 0, active: true, lastExec, stable: 0, rejected: {}, counters: {} };
  }

  queues() {
    return {};
  }

  stateDigest(): string {
    return "";
  }
}
