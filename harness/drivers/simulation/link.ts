import { PRISTINE_WIRE } from "../../../faults/wire-condition.ts";
import type { WireParameters } from "../../plan/simulation.ts";
import type { EventQueue } from "./event-queue.ts";
import type { Random } from "./random.ts";

/** `refuse`: no connection. `drop`: sent into the void. `hold`: kept until the mode changes. */
export type LinkMode = "open" | "refuse" | "drop" | "hold";

/** What the active faults make of one directed link. */
export interface LinkShape {
  readonly mode: LinkMode;
  readonly latencyMs: number;
  readonly jitterMs: number;
  /** Null: unlimited. */
  readonly bytesPerMs: number | null;
  /** The connection closes after so many bytes; null: never. */
  readonly cutoffBytes: number | null;
  /** Beside what the wire does by itself: the larger share counts. */
  readonly loss: number;
  readonly duplication: number;
  readonly reordering: number;
}

export const OPEN_LINK: LinkShape = {
  mode: "open",
  latencyMs: 0,
  jitterMs: 0,
  bytesPerMs: null,
  cutoffBytes: null,
  ...PRISTINE_WIRE,
};

interface Message {
  readonly bytes: number;
  readonly arrive: () => void;
}

interface Throttled {
  readonly message: Message;
  readonly sinceMs: number;
}

export interface LinkCounters {
  sent: number;
  sentBytes: number;
  received: number;
  receivedBytes: number;
  /** Thrown away at the sender: the queue was full. */
  dropped: number;
  /** Lost on the way. */
  lost: number;
  connects: number;
  /** Frames that a fault made slower, and by how much in all. */
  slowed: number;
  slowedMs: number;
  /** Connections that a cut-off closed. */
  cutOff: number;
  /** Frames that the wire itself lost, doubled, or let go without waiting for those before. */
  loss: number;
  duplication: number;
  reordering: number;
  lastArrivalMs: number;
}

/** Of a link that is up and has carried nothing. */
export const NO_TRAFFIC: Readonly<LinkCounters> = {
  sent: 0,
  sentBytes: 0,
  received: 0,
  receivedBytes: 0,
  dropped: 0,
  lost: 0,
  connects: 1,
  slowed: 0,
  slowedMs: 0,
  cutOff: 0,
  ...PRISTINE_WIRE,
  lastArrivalMs: 0,
};

export interface LinkWorld {
  readonly queue: EventQueue;
  readonly random: Random;
  now(): number;
  /** Read at every send, so that a burst of loss can come and go. */
  parameters(): WireParameters;
}

/** One directed link: a connection from one process to another, and the wire under it. */
export class Link {
  readonly counters: LinkCounters = { ...NO_TRAFFIC };
  readonly #world: LinkWorld;
  #shape: LinkShape = OPEN_LINK;
  #receiverUp = true;
  /** False from the moment a connection breaks until a new one is up. */
  #connected = true;
  /** Counts connections: what travels on a broken one does not arrive. */
  #connection = 0;
  #waiting: Message[] = [];
  #held: Message[] = [];
  /** Waiting for their turn on a thin link; the first one is being sent. */
  #throttled: Throttled[] = [];
  #lastArrival = 0;
  #cutoffLeft = Number.POSITIVE_INFINITY;

  constructor(world: LinkWorld) {
    this.#world = world;
  }

  get shape(): LinkShape {
    return this.#shape;
  }

  get connected(): boolean {
    return this.#connected;
  }

  send(bytes: number, arrive: () => void): void {
    this.counters.sent += 1;
    this.counters.sentBytes += bytes;
    this.#route({ bytes, arrive });
  }

  /** What came was not what was sent, and whoever receives has noticed. */
  breakUp(): void {
    this.#break();
  }

  setShape(shape: LinkShape): void {
    const previous = this.#shape;
    this.#shape = shape;
    if (shape.cutoffBytes !== previous.cutoffBytes) {
      this.#cutoffLeft = shape.cutoffBytes ?? Number.POSITIVE_INFINITY;
    }
    // What was stuck behind a narrow place passes at once when it is wide again.
    if (shape.bytesPerMs === null) this.#unthrottle();
    if (shape.mode === previous.mode) return;
    // A cut connection is gone at once; one that lost bytes cannot go on after the heal.
    if (shape.mode === "refuse" || previous.mode === "drop") this.#break();
    if (previous.mode === "hold" && shape.mode !== "refuse") {
      for (const message of this.#held.splice(0)) this.#route(message);
    }
    if (previous.mode === "refuse") this.#reconnect();
  }

  receiverStopped(): void {
    this.#receiverUp = false;
    this.#break();
  }

  receiverStarted(): void {
    this.#receiverUp = true;
    this.#reconnect();
  }

  /** What the sending process had not handed to the wire dies with it. */
  senderStopped(): void {
    this.counters.dropped += this.#waiting.length;
    this.#waiting = [];
  }

  #break(): void {
    this.counters.lost += this.#held.length + this.#throttled.length;
    this.#held = [];
    this.#throttled = [];
    this.#connection += 1;
    this.#connected = false;
    this.#reconnect();
  }

  #reconnect(): void {
    const { queue, random } = this.#world;
    const connection = this.#connection;
    const afterMs = random.real(0, this.#world.parameters().reconnectMaxMs);
    queue.add(this.#world.now() + afterMs, () => {
      const possible = this.#receiverUp && this.#shape.mode !== "refuse" && !this.#connected;
      if (!possible || connection !== this.#connection) return;
      this.#connected = true;
      this.counters.connects += 1;
      this.#cutoffLeft = this.#shape.cutoffBytes ?? Number.POSITIVE_INFINITY;
      for (const message of this.#waiting.splice(0)) this.#route(message);
    });
  }

  #route(message: Message): void {
    if (!this.#connected) {
      this.#waiting.push(message);
      if (this.#waiting.length > this.#world.parameters().queueMax) {
        this.#waiting.shift();
        this.counters.dropped += 1;
      }
      return;
    }
    switch (this.#shape.mode) {
      case "hold":
        this.#held.push(message);
        return;
      case "drop":
      case "refuse":
        this.counters.lost += 1;
        return;
      case "open":
        this.#transmit(message);
        return;
      default:
        this.#shape.mode satisfies never;
    }
  }

  #transmit(message: Message): void {
    this.#cutoffLeft -= message.bytes;
    if (this.#cutoffLeft < 0) {
      this.counters.lost += 1;
      this.counters.cutOff += 1;
      this.#break();
      return;
    }
    const { random } = this.#world;
    const { loss, duplication } = this.#world.parameters();
    if (random.chance(Math.max(loss, this.#shape.loss))) {
      this.counters.lost += 1;
      this.counters.loss += 1;
    } else {
      this.#depart(message);
    }
    if (random.chance(Math.max(duplication, this.#shape.duplication))) {
      this.counters.duplication += 1;
      this.#depart(message);
    }
  }

  #depart(message: Message): void {
    const sinceMs = this.#world.now();
    if (this.#shape.bytesPerMs === null) {
      this.#fly({ message, sinceMs });
      return;
    }
    this.#throttled.push({ message, sinceMs });
    // The sender's queue is behind it: what does not fit is thrown away there, oldest first.
    if (this.#throttled.length > this.#world.parameters().queueMax + 1) {
      this.#throttled.splice(1, 1);
      this.counters.dropped += 1;
    }
    if (this.#throttled.length === 1) this.#pump();
  }

  #pump(): void {
    const { bytesPerMs } = this.#shape;
    const [first] = this.#throttled;
    if (first === undefined || bytesPerMs === null) return;
    this.#world.queue.add(this.#world.now() + first.message.bytes / bytesPerMs, () => {
      // Somebody else has let it go, or lost it.
      if (this.#throttled[0] !== first) return;
      this.#throttled.shift();
      this.#fly(first);
      this.#pump();
    });
  }

  #unthrottle(): void {
    for (const throttled of this.#throttled.splice(0)) this.#fly(throttled);
  }

  #fly({ message, sinceMs }: Throttled): void {
    const { queue, random } = this.#world;
    const { delayMinMs, delayMaxMs, reordering } = this.#world.parameters();
    const { latencyMs, jitterMs } = this.#shape;
    const departs = this.#world.now();
    const jitter = jitterMs > 0 ? random.real(-jitterMs, jitterMs) : 0;
    const added = Math.max(0, latencyMs + jitter);
    const slowedMs = departs - sinceMs + added;
    if (slowedMs > 0) {
      this.counters.slowed += 1;
      this.counters.slowedMs += slowedMs;
    }
    let arrival = departs + random.real(delayMinMs, delayMaxMs) + added;
    if (random.chance(Math.max(reordering, this.#shape.reordering))) {
      this.counters.reordering += 1;
    } else {
      arrival = Math.max(arrival, this.#lastArrival);
      this.#lastArrival = arrival;
    }
    const connection = this.#connection;
    queue.add(arrival, () => {
      if (connection !== this.#connection) {
        this.counters.lost += 1;
        return;
      }
      this.counters.received += 1;
      this.counters.receivedBytes += message.bytes;
      this.counters.lastArrivalMs = this.#world.now();
      message.arrive();
    });
  }
}
