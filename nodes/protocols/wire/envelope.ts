/**
 * The signed envelope every message travels in. Signed bytes start with format, algorithm, message
 * type, cluster id, epoch and sender, so a signature means one thing in one cluster (reference
 * 1.2).
 *
 *     u32 length of signed | signed | u16 length of signature | signature | attachment
 *     signed = u8 format | u8 algorithm | u8 type | 16 bytes cluster id | u32 epoch | u32 sender
 *              | payload
 *
 * The attachment (bodies of a batch) is covered only through a digest in the payload.
 */
import type { Authenticator } from "../contract/authenticator.ts";
import type { NodeId } from "../contract/core.ts";
import { Reader, sameBytes, Writer } from "./codec.ts";

const FORMAT = 1;
const ALGORITHM_SIGNATURE = 1;
const CLUSTER_ID_BYTES = 16;

/** A well-formed message of this cluster; its signature is not verified yet. */
export interface Envelope {
  readonly type: number;
  readonly sender: NodeId;
  readonly payload: Uint8Array;
  readonly signed: Uint8Array;
  readonly signature: Uint8Array;
  readonly attachment: Uint8Array;
  /** The bytes up to the attachment: what may be passed on as proof. */
  readonly frame: Uint8Array;
}

const NO_ATTACHMENT = new Uint8Array(0);

/** Seals and opens the envelopes of one node in one cluster. */
export class Envelopes {
  readonly #authenticator: Authenticator;
  readonly #prefix: Uint8Array;

  constructor(cluster: { clusterId: string; epoch: number }, authenticator: Authenticator) {
    this.#authenticator = authenticator;
    this.#prefix = new Writer(CLUSTER_ID_BYTES + 4)
      .digest(cluster.clusterId.padEnd(64, "0"))
      .finish()
      .slice(0, CLUSTER_ID_BYTES + 4);
    new DataView(this.#prefix.buffer).setUint32(CLUSTER_ID_BYTES, cluster.epoch);
  }

  get authenticator(): Authenticator {
    return this.#authenticator;
  }

  seal(type: number, payload: Uint8Array, attachment: Uint8Array = NO_ATTACHMENT): Uint8Array {
    const signed = new Writer(payload.length + 32)
      .u8(FORMAT)
      .u8(ALGORITHM_SIGNATURE)
      .u8(type)
      .raw(this.#prefix)
      .u32(this.#authenticator.self)
      .raw(payload)
      .finish();
    const signature = this.#authenticator.sign(signed);
    return new Writer(signed.length + signature.length + attachment.length + 6)
      .blob(signed)
      .u16(signature.length)
      .raw(signature)
      .raw(attachment)
      .finish();
  }

  /** @returns null for bytes that are no message of this cluster and epoch */
  open(bytes: Uint8Array): Envelope | null {
    const outer = new Reader(bytes);
    const signed = outer.blob();
    const signature = outer.raw(outer.u16());
    const attachment = outer.rest();
    if (!outer.complete) return null;
    const inner = new Reader(signed);
    const format = inner.u8();
    const algorithm = inner.u8();
    const type = inner.u8();
    const prefix = inner.raw(CLUSTER_ID_BYTES + 4);
    const sender = inner.u32();
    const payload = inner.rest();
    if (!inner.complete || format !== FORMAT || algorithm !== ALGORITHM_SIGNATURE) return null;
    if (!sameBytes(prefix, this.#prefix)) return null;
    const frame = bytes.subarray(0, bytes.length - attachment.length);
    return { type, sender, payload, signed, signature, attachment, frame };
  }

  verify(envelope: Envelope): boolean {
    return this.#authenticator.verify(envelope.sender, envelope.signed, envelope.signature);
  }
}
