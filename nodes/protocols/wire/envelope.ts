/**
 * The envelope every message travels in: its format only. What stands behind a message, and who can
 * be convinced by that, is a scheme's (`authentication/scheme.ts`). The content starts with format,
 * algorithm, message type, cluster id, epoch and sender, so it means one thing in one cluster.
 *
 *     u32 length of content | content | u16 length of authentication | authentication | attachment
 *     content = u8 format | u8 algorithm | u8 type | 16 bytes cluster id | u32 epoch | u32 sender
 *               | payload
 *
 * The attachment (bodies of a batch) is covered only through a digest in the payload.
 */
import type { NodeId } from "../contract/core.ts";
import { Reader, Writer } from "./codec.ts";

const FORMAT = 1;
const CLUSTER_ID_BYTES = 16;
/** Format, algorithm, type, cluster, epoch and sender. */
const CONTENT_HEAD_BYTES = 3 + CLUSTER_ID_BYTES + 4 + 4;

/** A well-formed message of this cluster; who made it is not proven yet. */
export interface Envelope {
  readonly type: number;
  readonly sender: NodeId;
  readonly payload: Uint8Array;
  /** What is authenticated, and what every digest of a message is over. */
  readonly content: Uint8Array;
  /** Of its content, once it was asked for: more than one asks. */
  digested: string | null;
  readonly authentication: Uint8Array;
  readonly attachment: Uint8Array;
  /** The bytes up to the attachment. */
  readonly frame: Uint8Array;
}

/** @param by digests as the cluster does */
export function digestOf(envelope: Envelope, by: { digest(bytes: Uint8Array): string }): string {
  envelope.digested ??= by.digest(envelope.content);
  return envelope.digested;
}

/** A frame that is not sealed yet; what is written into its parts is written into it. */
export interface Draft {
  readonly frame: Uint8Array;
  readonly content: Uint8Array;
  readonly authentication: Uint8Array;
}

/** Which cluster, and how its messages are authenticated. */
export interface EnvelopeKind {
  readonly clusterId: string;
  readonly epoch: number;
  readonly algorithm: number;
}

/** Writes and reads the envelopes of one cluster and algorithm. */
export class EnvelopeFormat {
  readonly #algorithm: number;
  readonly #prefix: Uint8Array;

  constructor({ clusterId, epoch, algorithm }: EnvelopeKind) {
    this.#algorithm = algorithm;
    this.#prefix = new Writer(CLUSTER_ID_BYTES + 4)
      .digest(clusterId.padEnd(64, "0"))
      .finish()
      .slice(0, CLUSTER_ID_BYTES + 4);
    new DataView(this.#prefix.buffer).setUint32(CLUSTER_ID_BYTES, epoch);
  }

  content(sender: NodeId, type: number, payload: Uint8Array): Uint8Array {
    return new Writer(payload.length + 32)
      .u8(FORMAT)
      .u8(this.#algorithm)
      .u8(type)
      .raw(this.#prefix)
      .u32(sender)
      .raw(payload)
      .finish();
  }

  /**
   * All of a frame but its authentication, for which it has room: in one piece, because to make
   * three of them costs more than to fill them.
   */
  draft(
    sender: NodeId,
    { type, payload }: Pick<Envelope, "type" | "payload">,
    room: { readonly authentication: number; readonly attachment: Uint8Array | undefined },
  ): Draft {
    const contentBytes = CONTENT_HEAD_BYTES + payload.length;
    const { authentication: authenticationBytes, attachment } = room;
    const end = 4 + contentBytes + 2 + authenticationBytes;
    const frame = new Uint8Array(end + (attachment?.length ?? 0));
    writeU32(frame, 0, contentBytes);
    frame[4] = FORMAT;
    frame[5] = this.#algorithm;
    frame[6] = type;
    frame.set(this.#prefix, 7);
    writeU32(frame, 7 + this.#prefix.length, sender);
    frame.set(payload, 4 + CONTENT_HEAD_BYTES);
    const at = 4 + contentBytes;
    frame[at] = authenticationBytes >>> 8;
    frame[at + 1] = authenticationBytes;
    if (attachment) frame.set(attachment, end);
    return { frame, content: frame.subarray(4, at), authentication: frame.subarray(at + 2, end) };
  }

  frame(content: Uint8Array, authentication: Uint8Array): Uint8Array {
    return new Writer(content.length + authentication.length + 6)
      .blob(content)
      .u16(authentication.length)
      .raw(authentication)
      .finish();
  }

  /** @returns null for bytes that are no message of this cluster, epoch and algorithm */
  open(bytes: Uint8Array): Envelope | null {
    const outer = new Reader(bytes);
    const content = outer.blob();
    const authentication = outer.raw(outer.u16());
    const attachment = outer.rest();
    if (!outer.complete) return null;
    const inner = new Reader(content);
    const format = inner.u8();
    const algorithm = inner.u8();
    const type = inner.u8();
    const isOurs = inner.skipIf(this.#prefix);
    const sender = inner.u32();
    const payload = inner.rest();
    if (!inner.complete || format !== FORMAT || algorithm !== this.#algorithm) return null;
    if (!isOurs) return null;
    const isBare = attachment.length === 0;
    const frame = isBare ? bytes : bytes.subarray(0, bytes.length - attachment.length);
    const digested = null;
    return { type, sender, payload, content, digested, authentication, attachment, frame };
  }
}

function writeU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

/** Of the content. */
const LENGTH_BYTES = 4;
/** Where the type stands: behind the length of the content, its format and its algorithm. */
const TYPE_AT = LENGTH_BYTES + 2;

/** The type of what may be a message, without reading more of it; undefined = it is too short. */
export function messageTypeOf(frame: Uint8Array): number | undefined {
  return frame[TYPE_AT];
}

/** The same of a content, which a signature is over. */
export function contentTypeOf(content: Uint8Array): number | undefined {
  return content[TYPE_AT - LENGTH_BYTES];
}

/** A frame and the bodies that its payload names by digest. */
export function withAttachment(frame: Uint8Array, attachment: Uint8Array): Uint8Array {
  return new Writer(frame.length + attachment.length).raw(frame).raw(attachment).finish();
}
