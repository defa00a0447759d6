/** The long-term keys that two nodes share without a message between them. */
import { hkdfSync } from "node:crypto";
import { type NodeId, nodeName } from "../protocols/contract/core.ts";
import type { Agreement } from "./agreement.ts";
import { SIP_KEY_BYTES } from "./sip-hash.ts";

/** The keys of what two nodes say to one another. */
interface Pair {
  readonly to: Uint8Array;
  readonly from: Uint8Array;
}

export class SharedKeys {
  readonly #self: NodeId;
  readonly #agreement: Agreement;
  readonly #pairs = new Map<NodeId, Pair>();

  constructor(self: NodeId, agreement: Agreement) {
    this.#self = self;
    this.#agreement = agreement;
  }

  /** One of the two is this node. @returns null for who has no public key here */
  keyOf(sender: NodeId, receiver: NodeId): Uint8Array | null {
    const isSent = sender === this.#self;
    const pair = this.#pairWith(isSent ? receiver : sender);
    return pair && (isSent ? pair.to : pair.from);
  }

  /**
   * What both find out and nobody else does, about anything that they agree on otherwise.
   * @throws {RangeError} for a peer that has no public key here
   */
  secretAbout(peer: NodeId, about: Uint8Array, bytes: number): Uint8Array {
    const secret = this.#agreement.secretWith(peer);
    if (secret === null) throw new RangeError(`no public key of ${nodeName(peer)}`);
    return new Uint8Array(hkdfSync("sha256", secret, "", about, bytes));
  }

  #pairWith(peer: NodeId): Pair | null {
    const known = this.#pairs.get(peer);
    if (known !== undefined) return known;
    const secret = this.#agreement.secretWith(peer);
    if (secret === null) return null;
    const pair = { to: keyFor(secret, this.#self, peer), from: keyFor(secret, peer, this.#self) };
    this.#pairs.set(peer, pair);
    return pair;
  }
}

function keyFor(secret: Buffer, sender: NodeId, receiver: NodeId): Uint8Array {
  const label = `bft-chaos mac v1 ${nodeName(sender)} ${nodeName(receiver)}`;
  return new Uint8Array(hkdfSync("sha256", secret, "", label, SIP_KEY_BYTES));
}
