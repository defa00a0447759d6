import type { Authenticator } from "../protocols/contract/authenticator.ts";
import type { NodeId } from "../protocols/contract/core.ts";
import { stopwatchMs } from "./timers.ts";

/** What work is worth, in units of about a microsecond and a half: the cheapest is one unit. */
export const WORK = {
  verification: 64,
  signature: 32,
  /** A frame that is rejected at first sight. */
  frame: 4,
  /** Reading, hashing, copying or sending 1 KiB. */
  kibibyte: 1,
} as const;

/** Counts the work that this process does, so that it can be charged to the peer who caused it. */
export class WorkMeter {
  #done = 0;
  #progress = 0;

  /** Since start, in units of `WORK`. */
  get done(): number {
    return this.#done;
  }

  /**
   * How often something came of it that lets the protocol go on: a record, a message to another
   * replica than the one that spoke, something that is awaited from now on.
   */
  get progress(): number {
    return this.#progress;
  }

  countProgress(): void {
    this.#progress += 1;
  }

  count(work: number): void {
    this.#done += work;
  }

  countBytes(bytes: number): void {
    this.#done += (bytes * WORK.kibibyte) / 1024;
  }
}

/** What an authenticator did, and how long it took. */
export interface AuthenticatorWork {
  readonly sign: { readonly count: number; readonly ms: number };
  readonly verify: { readonly count: number; readonly ms: number };
}

/** An authenticator that counts what it is asked to do. */
export class MeteredAuthenticator implements Authenticator {
  readonly work = { sign: { count: 0, ms: 0 }, verify: { count: 0, ms: 0 } };
  readonly #inner: Authenticator;
  readonly #meter: WorkMeter;

  constructor(inner: Authenticator, meter: WorkMeter) {
    this.#inner = inner;
    this.#meter = meter;
  }

  get self(): NodeId {
    return this.#inner.self;
  }

  digest(bytes: Uint8Array): string {
    this.#meter.countBytes(bytes.length);
    return this.#inner.digest(bytes);
  }

  sign(bytes: Uint8Array): Uint8Array {
    this.#meter.count(WORK.signature);
    const startMs = stopwatchMs();
    const signature = this.#inner.sign(bytes);
    this.work.sign.count += 1;
    this.work.sign.ms += stopwatchMs() - startMs;
    return signature;
  }

  verify(signer: NodeId, bytes: Uint8Array, signature: Uint8Array): boolean {
    this.#meter.count(WORK.verification);
    const startMs = stopwatchMs();
    const isGood = this.#inner.verify(signer, bytes, signature);
    this.work.verify.count += 1;
    this.work.verify.ms += stopwatchMs() - startMs;
    return isGood;
  }
}
