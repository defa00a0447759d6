import { isReplica, type NodeId } from "../../../nodes/protocols/contract/core.ts";
import {
  InboundScheduler,
  type Line,
  type SchedulerClock,
} from "../../../nodes/runtime/inbound-scheduler.ts";
import type { WorkMeter } from "../../../nodes/runtime/work-meter.ts";

export interface InboundParts {
  readonly meter: WorkMeter;
  readonly replicas: number;
  /** Its ticks are pieces of work of the CPU. */
  readonly clock: SchedulerClock;
  readonly read: (from: NodeId, bytes: Uint8Array) => void;
}

/** What one peer has sent and nobody has looked at. */
class WaitingFrames implements Line {
  readonly hasAllowance: boolean;
  readonly #read: (bytes: Uint8Array) => void;
  #frames: Uint8Array[] = [];
  #head = 0;

  constructor(hasAllowance: boolean, read: (bytes: Uint8Array) => void) {
    this.hasAllowance = hasAllowance;
    this.#read = read;
  }

  push(bytes: Uint8Array): void {
    this.#frames.push(bytes);
  }

  clear(): void {
    this.#frames = [];
    this.#head = 0;
  }

  serve(): boolean {
    const bytes = this.#frames[this.#head];
    if (bytes === undefined) {
      this.clear();
      return false;
    }
    this.#head += 1;
    this.#read(bytes);
    return true;
  }
}

/** Frames that wait for the CPU, each peer's in a line of its own, as in `nodes/runtime`. */
export class Inbound {
  readonly #parts: InboundParts;
  readonly #scheduler: InboundScheduler;
  readonly #lines = new Map<NodeId, WaitingFrames>();

  constructor(parts: InboundParts) {
    this.#parts = parts;
    const { meter, replicas, clock } = parts;
    this.#scheduler = new InboundScheduler({
      meter,
      peers: Math.max(1, replicas - 1),
      isCongested: () => false,
      clock,
    });
  }

  receive(from: NodeId, bytes: Uint8Array): void {
    const line = this.#lines.get(from) ?? this.#lineOf(from);
    line.push(bytes);
    this.#scheduler.readable(line);
  }

  /** The process has ended. */
  clear(): void {
    for (const line of this.#lines.values()) line.clear();
  }

  #lineOf(from: NodeId): WaitingFrames {
    const line = new WaitingFrames(isReplica(from), (bytes) => this.#parts.read(from, bytes));
    this.#lines.set(from, line);
    return line;
  }
}
