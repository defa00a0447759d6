/** A logical client that asks every replica again and again, and counts what it is answered. */
import type { ClientCore, ClientEffects, NodeId } from "../../../nodes/protocols/contract/core.ts";
import type { Judge } from "./judge.ts";
import type { Ledger } from "./ledger.ts";
import { encodeLedgerFrame } from "./ledger-frame.ts";

export interface ClientParts {
  readonly ledger: Ledger;
  readonly judge: Judge;
  readonly replicas: number;
  readonly nowMs: () => number;
}

const AGAIN_MS = 60;
const REQUEST_BYTES = 60;

export class LedgerClient implements ClientCore {
  readonly id: NodeId;
  readonly #parts: ClientParts;
  #timestamp = 0;

  constructor(parts: ClientParts) {
    this.id = parts.ledger.id;
    this.#parts = parts;
  }

  invoke(_operation: Uint8Array, _now: number, effects: ClientEffects): number {
    const { ledger, judge, replicas, nowMs } = this.#parts;
    this.#timestamp += 1;
    for (let to = 0; to < replicas; to += 1) {
      const number = judge.nextFrame();
      const frame = { author: this.id, number, asks: "record" as const, isStrange: false };
      const bytes = encodeLedgerFrame(frame, REQUEST_BYTES);
      ledger.sent({ bytes, to, number, sentMs: nowMs() });
      effects.send(to, bytes);
    }
    effects.setTimer("again", AGAIN_MS);
    return this.#timestamp;
  }

  frame(from: NodeId, bytes: Uint8Array): void {
    this.#parts.judge.delivered(this.#parts.ledger, from, bytes);
  }

  timer(_id: string, _now: number, effects: ClientEffects): void {
    effects.completed({ outcome: "unknown", timestamp: this.#timestamp });
  }
}
