import {
  NO_SHARES,
  PRISTINE_WIRE,
  shareOf,
  type WireKind,
  type WireState,
} from "../../../faults/wire-condition.ts";
import type { NodeId } from "../../../nodes/protocols/contract/core.ts";
import { messageTypeOf } from "../../../nodes/protocols/wire/envelope.ts";
import { FRAME, isSendable, type OutboundFrame } from "../../../nodes/runtime/frame.ts";
import { OutboundQueue } from "../../../nodes/runtime/outbound-queue.ts";
import { QUEUE_BOUNDS } from "../../../nodes/runtime/peer.ts";
import type { WireParameters } from "../../plan/simulation.ts";
import type { EventQueue } from "./event-queue.ts";
import type { Random } from "./random.ts";

/** `refuse`: no connection. `drop`: sent into the void. `hold`: kept until the mode changes. */
export type LinkMode = "open" | "refuse" | "drop" | "hold";

/**
 * What the active faults make of one directed link. Beside what the wire does by itself: the larger
 * share counts.
 */
export interface LinkShape extends WireState {
  readonly mode: LinkMode;
  readonly latencyMs: number;
  readonly jitterMs: number;
  /** Null: unlimited. */
  readonly bytesPerMs: number | null;
  /** The connection closes after so many bytes; null: never. */
  readonly cutoffBytes: number | null;
}

export const OPEN_LINK: LinkShape = {
  mode: "open",
  latencyMs: 0,
  jitterMs: 0,
  bytesPerMs: null,
  cutoffBytes: null,
  ...PRISTINE_WIRE,
};

/** What a link is given: whose it is says what it may take the place of (protocols §12.8). */
export interface Sent {
  readonly body: Uint8Array;
  /** The logical client whom a reply is for, or whose request it is. */
  readonly client?: NodeId | undefined;
}

interface Message extends OutboundFrame {
  readonly arrive: () => void;
  readonly sinceMs: number;
}

/** Buffers of two kernels and a proxy: what is held back beyond that waits at its sender. */
const HELD_BYTES_MAX = 4 * 1024 * 1024;

export interface LinkCounters {
  sent: number;
  sentBytes: number;
  received: number;
  receivedBytes: number;
  /** Thrown away at the sender: the queue was full, a newer one took its place, too long. */
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
  /** Frames that were late by themselves. */
  lateness: number;
  /** The same by kind and type of message, while something happens to one type only. */
  readonly typed: ReadonlyMap<string, number>;
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
  ...NO_SHARES,
  typed: new Map(),
  lastArrivalMs: 0,
};

/** Under which name frames of one type are counted, all of them or those that it happened to. */
export function typedCount(kind: WireKind | "sent", type: number): string {
  return `${kind} of ${type}`;
}

export interface LinkWorld {
  readonly queue: EventQueue;
  readonly random: Random;
  now(): number;
  /** Read at every send, so that a burst of loss can come and go. */
  parameters(): WireParameters;
}

/** One directed link: a connection from one process to another, and the wire under it. */
export class Link {
  readonly #typed = new Map<string, number>();
  readonly counters: LinkCounters = { ...NO_TRAFFIC, typed: this.#typed };
  readonly #world: LinkWorld;
  #shape: LinkShape = OPEN_LINK;
  #receiverUp = true;
  /** False from the moment a connection breaks until a new one is up. */
  #connected = true;
  /** Counts connections: what travels on a broken one does not arrive. */
  #connection = 0;
  /** At the sender: for a connection, for room on a thin link, for who is held back. */
  readonly #waiting: OutboundQueue<Message>;
  #held: Message[] = [];
  #heldBytes = 0;
  /** On a thin link: what is being sent, and how often it will arrive. */
  #sending: { readonly message: Message; copies: number } | null = null;
  /** Waiting for a connection or a heal is no slowness of the link. */
  #flowsSinceMs = 0;
  #lastArrival = 0;
  #cutoffLeft = Number.POSITIVE_INFINITY;

  constructor(world: LinkWorld) {
    this.#world = world;
    const bounds = {
      bytesMax: QUEUE_BOUNDS.bytesMax,
      get framesMax() {
        return world.parameters().queueMax;
      },
    };
    this.#waiting = new OutboundQueue(bounds, () => {
      this.counters.dropped += 1;
    });
  }

  get shape(): LinkShape {
    return this.#shape;
  }

  get connected(): boolean {
    return this.#connected;
  }

  send(sent: Sent, arrive: () => void): void {
    const { body, client } = sent;
    const message = { type: FRAME.data, body, client, arrive, sinceMs: this.#world.now() };
    this.counters.sent += 1;
    this.counters.sentBytes += sent.body.length;
    // As in nodes/runtime: whoever received it would close the connection.
    if (isSendable(message)) this.#route(message);
    else this.counters.dropped += 1;
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
    if (shape.bytesPerMs === null && this.#sending !== null) this.#unthrottle();
    if (shape.mode === previous.mode) return;
    // A cut connection is gone at once; one that lost bytes cannot go on after the heal.
    if (shape.mode === "refuse" || previous.mode === "drop") this.#break();
    if (previous.mode === "hold" && shape.mode !== "refuse") {
      this.#flowsSinceMs = this.#world.now();
      this.#heldBytes = 0;
      for (const message of this.#held.splice(0)) this.#route(message);
      this.#drain();
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
    this.counters.dropped += this.#waiting.frames;
    while (this.#waiting.shift() !== undefined);
  }

  #break(): void {
    this.counters.lost += this.#held.length + (this.#sending === null ? 0 : 1);
    this.#held = [];
    this.#heldBytes = 0;
    this.#sending = null;
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
      this.#flowsSinceMs = this.#world.now();
      this.#drain();
    });
  }

  #route(message: Message): void {
    if (this.#takes) this.#hand(message);
    else this.#waiting.push(message);
  }

  /** What is sent now need not wait at its sender. */
  get #takes(): boolean {
    const { mode, bytesPerMs } = this.#shape;
    if (!this.#connected) return false;
    if (mode === "hold") return this.#heldBytes < HELD_BYTES_MAX;
    return mode !== "open" || bytesPerMs === null || this.#sending === null;
  }

  #drain(): void {
    while (this.#takes) {
      const message = this.#waiting.shift();
      if (message === undefined) return;
      this.#hand(message);
    }
  }

  #hand(message: Message): void {
    switch (this.#shape.mode) {
      case "hold":
        this.#held.push(message);
        this.#heldBytes += message.body.length;
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
    this.#cutoffLeft -= message.body.length;
    if (this.#cutoffLeft < 0) {
      this.counters.lost += 1;
      this.counters.cutOff += 1;
      this.#break();
      return;
    }
    const { loss, duplication } = this.#world.parameters();
    const type = this.#shape.typed.length === 0 ? undefined : messageTypeOf(message.body);
    if (type !== undefined) this.#count("sent", type);
    if (this.#happens("loss", message, loss)) this.counters.lost += 1;
    else this.#depart(message);
    if (this.#happens("duplication", message, duplication)) this.#depart(message);
  }

  /** @param usual the share that the wire has by itself */
  #happens(kind: WireKind, message: Message, usual: number): boolean {
    const { typed } = this.#shape;
    const type = typed.length === 0 ? undefined : messageTypeOf(message.body);
    const share = typed.length === 0 ? this.#shape[kind] : shareOf(this.#shape, kind, type);
    if (!this.#world.random.chance(Math.max(usual, share))) return false;
    this.counters[kind] += 1;
    if (type !== undefined) this.#count(kind, type);
    return true;
  }

  #count(kind: WireKind | "sent", type: number): void {
    const name = typedCount(kind, type);
    this.#typed.set(name, (this.#typed.get(name) ?? 0) + 1);
  }

  #depart(message: Message): void {
    if (this.#shape.bytesPerMs === null) {
      this.#fly(message);
    } else if (this.#sending === null) {
      this.#sending = { message, copies: 1 };
      this.#pump(this.#shape.bytesPerMs);
    } else if (this.#sending.message === message) {
      this.#sending.copies += 1;
    }
  }

  #pump(bytesPerMs: number): void {
    const sending = this.#sending;
    if (sending === null) return;
    this.#world.queue.add(this.#world.now() + sending.message.body.length / bytesPerMs, () => {
      // Somebody else has let it go, or lost it.
      if (this.#sending === sending) this.#unthrottle();
    });
  }

  /** It has gone, and the next one has its turn. */
  #unthrottle(): void {
    const sending = this.#sending;
    this.#sending = null;
    if (sending !== null) {
      for (let copy = 0; copy < sending.copies; copy += 1) this.#fly(sending.message);
    }
    this.#drain();
  }

  #fly(message: Message): void {
    const { queue, random } = this.#world;
    const { delayMinMs, delayMaxMs, reordering } = this.#world.parameters();
    const { latencyMs, jitterMs } = this.#shape;
    const departs = this.#world.now();
    const jitter = jitterMs > 0 ? random.real(-jitterMs, jitterMs) : 0;
    const added = Math.max(0, latencyMs + jitter);
    const slowedMs = departs - Math.max(message.sinceMs, this.#flowsSinceMs) + added;
    if (slowedMs > 0) {
      this.counters.slowed += 1;
      this.counters.slowedMs += slowedMs;
    }
    let arrival = departs + random.real(delayMinMs, delayMaxMs) + added;
    const isLate = this.#happens("lateness", message, 0);
    if (isLate) arrival += this.#shape.lateMs;
    // What is late or overtakes others keeps nobody waiting.
    if (!this.#happens("reordering", message, reordering) && !isLate) {
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
      this.counters.receivedBytes += message.body.length;
      this.counters.lastArrivalMs = this.#world.now();
      message.arrive();
    });
  }
}
