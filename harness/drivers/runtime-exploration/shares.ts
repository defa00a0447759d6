/**
 * How much of one peer a replica may look at (protocols §12.8): in one turn, and of what comes to
 * nothing. In units of which a frame is four and a KiB one.
 */
import type { NodeId } from "../../../nodes/protocols/contract/core.ts";

const FRAME_UNITS = 4;
/** Eight verifications, of 64 each. */
const TURN_UNITS = 512;
const TURN_SLACK_UNITS = 64;
/** 128 verifications at once, a quarter of one in each ms, and what another causes on average. */
const FRUITLESS = { mostUnits: 8_192, unitsPerMs: 16 };
/** What may be owed, and what nobody counts here: handshakes, codes, BEATs. */
const FRUITLESS_SLACK_UNITS = 8_192;

interface Account {
  turnMs: number;
  turnUnits: number;
  /** May still come to nothing. */
  leftUnits: number;
  sinceMs: number;
  /** What the replica had done by then for anybody else, or by itself. */
  othersUnits: number;
  ownUnits: number;
}

export interface Look {
  readonly from: NodeId;
  readonly nowMs: number;
  readonly bytes: number;
  /** Nothing is written, sent or awaited because of it, and a replica has sent it. */
  readonly isFruitless: boolean;
}

export class Shares {
  readonly #accounts = new Map<NodeId, Account>();
  /** Other replicas, among which what they cause is averaged. */
  readonly #peers: number;
  #units = 0;
  /** Whose frame it is at. */
  #served: Account | null = null;

  constructor(peers: number) {
    this.#peers = Math.max(1, peers);
  }

  /** Bytes that it has sent or written; while it is at a frame who sent that has caused them. */
  worked(bytes: number): void {
    const units = bytes / 1_024;
    this.#units += units;
    if (this.#served !== null) this.#served.ownUnits += units;
  }

  /** It is done with the frame that it looked at last. */
  looked(): void {
    this.#served = null;
  }

  /** @returns what is wrong with looking at this frame now */
  look({ from, nowMs, bytes, isFruitless }: Look): string | null {
    const account = this.#accountOf(from, nowMs);
    const units = FRAME_UNITS + bytes / 1_024;
    this.#units += units;
    account.ownUnits += units;
    this.#served = account;
    if (account.turnMs !== nowMs) Object.assign(account, { turnMs: nowMs, turnUnits: 0 });
    const before = account.turnUnits;
    account.turnUnits += units;
    if (before >= TURN_UNITS + TURN_SLACK_UNITS) {
      return `looks at more than ${TURN_UNITS} units in one turn`;
    }
    if (!isFruitless) return null;
    account.leftUnits -= units;
    return account.leftUnits < -FRUITLESS_SLACK_UNITS
      ? `goes on with what comes to nothing, ${Math.round(-account.leftUnits)} units too much`
      : null;
  }

  #accountOf(from: NodeId, nowMs: number): Account {
    const account = this.#accounts.get(from) ?? {
      turnMs: nowMs,
      turnUnits: 0,
      leftUnits: FRUITLESS.mostUnits,
      sinceMs: nowMs,
      othersUnits: this.#units,
      ownUnits: 0,
    };
    this.#accounts.set(from, account);
    const othersUnits = this.#units - account.ownUnits;
    const ofOthers = (othersUnits - account.othersUnits) / this.#peers;
    const earned = (nowMs - account.sinceMs) * FRUITLESS.unitsPerMs + ofOthers;
    account.leftUnits = Math.min(FRUITLESS.mostUnits, account.leftUnits + earned);
    account.sinceMs = nowMs;
    account.othersUnits = othersUnits;
    return account;
  }
}
