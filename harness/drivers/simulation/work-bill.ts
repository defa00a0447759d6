import type { NodeAuthenticator } from "../../../nodes/protocols/contract/authenticator.ts";
import type { NodeId } from "../../../nodes/protocols/contract/core.ts";
import type { KeyExchange } from "../../../nodes/protocols/contract/key-exchange.ts";
import { WORK, WorkMeter } from "../../../nodes/runtime/work-meter.ts";
import type { WorkCosts } from "../../plan/simulation.ts";

const KIB = 1_024;

/**
 * What the work of one replica costs in virtual time. The meter beside it is the one by which
 * `nodes/runtime` says whose frame is looked at next.
 */
export class WorkBill {
  readonly meter = new WorkMeter();
  readonly #costs: WorkCosts;
  #ms = 0;

  constructor(costs: WorkCosts) {
    this.#costs = costs;
  }

  /** @returns what has come together since the last time */
  take(): number {
    const ms = this.#ms;
    this.#ms = 0;
    return ms;
  }

  verification(): void {
    this.meter.count(WORK.verification);
    this.#ms += this.#costs.verificationMs;
  }

  signature(): void {
    this.meter.count(WORK.signature);
    this.#ms += this.#costs.signatureMs;
  }

  code(): void {
    this.meter.count(WORK.tag);
    this.#ms += this.#costs.codeMs;
  }

  hashed(bytes: number): void {
    this.meter.countBytes(bytes);
    this.#ms += (bytes * this.#costs.hashedMsPerKib) / KIB;
  }

  received(bytes: number): void {
    this.#ms += this.#costs.frameMs + (bytes * this.#costs.carriedMsPerKib) / KIB;
  }

  sent(bytes: number): void {
    this.meter.countBytes(bytes);
    this.#ms += (bytes * this.#costs.carriedMsPerKib) / KIB;
  }
}

/** Does what the keys of a replica do, and puts it on its bill. */
export class BilledAuthenticator implements NodeAuthenticator {
  readonly #keys: NodeAuthenticator;
  readonly #bill: WorkBill;

  constructor(keys: NodeAuthenticator, bill: WorkBill) {
    this.#keys = keys;
    this.#bill = bill;
  }

  get self(): NodeId {
    return this.#keys.self;
  }

  get exchange(): KeyExchange {
    const { exchange } = this.#keys;
    return {
      ...exchange,
      codeOf: (key, bytes) => {
        this.#bill.code();
        return exchange.codeOf(key, bytes);
      },
      sign: (newKey) => {
        this.#bill.signature();
        return exchange.sign(newKey);
      },
      verify: (...signed) => {
        this.#bill.verification();
        return exchange.verify(...signed);
      },
    };
  }

  digest(bytes: Uint8Array): string {
    this.#bill.hashed(bytes.length);
    return this.#keys.digest(bytes);
  }

  sign(bytes: Uint8Array): Uint8Array {
    this.#bill.signature();
    return this.#keys.sign(bytes);
  }

  verify(signer: NodeId, bytes: Uint8Array, signature: Uint8Array): boolean {
    this.#bill.verification();
    return this.#keys.verify(signer, bytes, signature);
  }

  tag(receiver: NodeId, bytes: Uint8Array): Uint8Array {
    this.#bill.code();
    return this.#keys.tag(receiver, bytes);
  }

  checkTag(sender: NodeId, bytes: Uint8Array, tag: Uint8Array): boolean {
    this.#bill.code();
    return this.#keys.checkTag(sender, bytes, tag);
  }
}
