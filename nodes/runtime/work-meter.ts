import type { NodeAuthenticator } from "../protocols/contract/authenticator.ts";
import type { NodeId } from "../protocols/contract/core.ts";
import type { KeyExchange } from "../protocols/contract/key-exchange.ts";
import { stopwatchMs } from "./timers.ts";

/** What work is worth, in units of about a microsecond and a half: the cheapest is one unit. */
export const WORK = {
  verification: 64,
  signature: 32,
  /** Made or looked at. */
  tag: 1,
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

/** To time a tag takes about as long as to make it: one of so many stands for all of them. */
const TAGS_PER_TIMED = 16;

/** What an authenticator did, and how long it took; of tags that is an estimate. */
export interface AuthenticatorWork {
  readonly sign: { readonly count: number; readonly ms: number };
  readonly verify: { readonly count: number; readonly ms: number };
  readonly tag: { readonly count: number; readonly ms: number };
  readonly checkTag: { readonly count: number; readonly ms: number };
}

/** An authenticator that counts what it is asked to do. */
export class MeteredAuthenticator implements NodeAuthenticator {
  readonly work = {
    sign: { count: 0, ms: 0 },
    verify: { count: 0, ms: 0 },
    tag: { count: 0, ms: 0 },
    checkTag: { count: 0, ms: 0 },
  };
  readonly #inner: NodeAuthenticator;
  readonly #meter: WorkMeter;

  constructor(inner: NodeAuthenticator, meter: WorkMeter) {
    this.#inner = inner;
    this.#meter = meter;
  }

  get self(): NodeId {
    return this.#inner.self;
  }

  /** Its few signatures are counted as what they are. */
  get exchange(): KeyExchange {
    const { exchange } = this.#inner;
    return {
      ...exchange,
      sign: (newKey) => this.#timed("sign", WORK.signature, () => exchange.sign(newKey)),
      verify: (...signed) =>
        this.#timed("verify", WORK.verification, () => exchange.verify(...signed)),
    };
  }

  digest(bytes: Uint8Array): string {
    this.#meter.countBytes(bytes.length);
    return this.#inner.digest(bytes);
  }

  sign(bytes: Uint8Array): Uint8Array {
    return this.#timed("sign", WORK.signature, () => this.#inner.sign(bytes));
  }

  verify(signer: NodeId, bytes: Uint8Array, signature: Uint8Array): boolean {
    const verify = () => this.#inner.verify(signer, bytes, signature);
    return this.#timed("verify", WORK.verification, verify);
  }

  tag(receiver: NodeId, bytes: Uint8Array): Uint8Array {
    const startMs = this.#beginTag("tag");
    const tag = this.#inner.tag(receiver, bytes);
    this.#endTag("tag", startMs);
    return tag;
  }

  checkTag(sender: NodeId, bytes: Uint8Array, tag: Uint8Array): boolean {
    const startMs = this.#beginTag("checkTag");
    const isRight = this.#inner.checkTag(sender, bytes, tag);
    this.#endTag("checkTag", startMs);
    return isRight;
  }

  /** @returns null where it is not timed */
  #beginTag(what: "tag" | "checkTag"): number | null {
    this.#meter.count(WORK.tag);
    const work = this.work[what];
    work.count += 1;
    return work.count % TAGS_PER_TIMED === 1 ? stopwatchMs() : null;
  }

  #endTag(what: "tag" | "checkTag", startMs: number | null): void {
    if (startMs !== null) this.work[what].ms += TAGS_PER_TIMED * (stopwatchMs() - startMs);
  }

  #timed<Result>(what: keyof AuthenticatorWork, units: number, act: () => Result): Result {
    this.#meter.count(units);
    const startMs = stopwatchMs();
    const result = act();
    this.work[what].count += 1;
    this.work[what].ms += stopwatchMs() - startMs;
    return result;
  }
}
