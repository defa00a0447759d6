/**
 * Who is at the other end (`wire.md`). Both sides sign the same transcript - cluster, epoch, both
 * ids, both incarnations, both fresh nonces - under different labels, so a signature serves for one
 * connection, one role and one pair of nodes only. Addresses prove nothing: a proxy is in between.
 */

import type { Authenticator } from "../protocols/contract/authenticator.ts";
import { isReplica, type NodeId } from "../protocols/contract/core.ts";
import { type ChannelCodes, FrameCodes } from "./frame-codes.ts";
import { randomBytes } from "./randomness.ts";
import { SIP_KEY_BYTES } from "./sip-hash.ts";

const MAGIC = Buffer.from("BFT1", "latin1");
const NONCE_BYTES = 32;
const SIGNATURE_BYTES = 64;
const HELLO_BYTES = 4 + 16 + 4 + 4 + 4 + 8 + NONCE_BYTES;
const CHALLENGE_BYTES = 8 + NONCE_BYTES + SIGNATURE_BYTES;

export interface Identity {
  readonly self: NodeId;
  /** 32 hex digits. */
  readonly clusterId: string;
  readonly epoch: number;
  /** Larger after every start of this node; see `PeerTraffic`. */
  readonly incarnation: bigint;
  readonly authenticator: Authenticator;
  /**
   * What only this node and that peer know, about these bytes; both have a key pair. Absent: what
   * follows a handshake carries no codes.
   */
  readonly secretWith?: (peer: NodeId, about: Uint8Array, bytes: number) => Uint8Array;
}

export type HandshakeFault =
  | "malformed-handshake"
  | "wrong-cluster"
  | "wrong-target"
  | "unknown-peer"
  | "bad-signature";

/** What both sides sign. */
export interface Transcript {
  readonly clusterId: string;
  readonly epoch: number;
  readonly dialler: {
    readonly id: NodeId;
    readonly incarnation: bigint;
    readonly nonce: Uint8Array;
  };
  readonly acceptor: {
    readonly id: NodeId;
    readonly incarnation: bigint;
    readonly nonce: Uint8Array;
  };
}

export type Role = "acceptor" | "dialler";

export function signedBytes(role: Role, transcript: Transcript): Buffer {
  return labelled(`handshake v1 ${role}`, transcript);
}

/**
 * The codes of what both say behind this handshake: none with a client host, whose messages show by
 * themselves who made them and for whom.
 */
export function codesOf(
  { self, secretWith }: Pick<Identity, "self" | "secretWith">,
  transcript: Transcript,
): ChannelCodes | null {
  const isDialler = transcript.dialler.id === self;
  const peer = isDialler ? transcript.acceptor.id : transcript.dialler.id;
  if (secretWith === undefined || !isReplica(self) || !isReplica(peer)) return null;
  const secret = secretWith(peer, labelled("channel v1", transcript), 2 * SIP_KEY_BYTES);
  const ofDialler = new FrameCodes(secret.subarray(0, SIP_KEY_BYTES));
  const ofAcceptor = new FrameCodes(secret.subarray(SIP_KEY_BYTES));
  return isDialler
    ? { sending: ofDialler, receiving: ofAcceptor }
    : { sending: ofAcceptor, receiving: ofDialler };
}

function labelled(name: string, { clusterId, epoch, dialler, acceptor }: Transcript): Buffer {
  const label = Buffer.from(`bft-chaos ${name}\0`, "latin1");
  const numbers = Buffer.allocUnsafe(4 + 4 + 8 + 4 + 8);
  let offset = numbers.writeUInt32BE(epoch, 0);
  offset = numbers.writeUInt32BE(dialler.id, offset);
  offset = numbers.writeBigUInt64BE(dialler.incarnation, offset);
  offset = numbers.writeUInt32BE(acceptor.id, offset);
  numbers.writeBigUInt64BE(acceptor.incarnation, offset);
  return Buffer.concat([
    label,
    Buffer.from(clusterId, "hex"),
    numbers,
    dialler.nonce,
    acceptor.nonce,
  ]);
}

/** The side that dialled: it knows whom it wants and accepts nobody else. */
export class DiallerHandshake {
  readonly #identity: Identity;
  readonly #target: NodeId;
  readonly #nonce: Uint8Array;

  constructor(identity: Identity, target: NodeId, nonce: Uint8Array = randomBytes(NONCE_BYTES)) {
    this.#identity = identity;
    this.#target = target;
    this.#nonce = nonce;
  }

  hello(): Buffer {
    const { clusterId, epoch, self, incarnation } = this.#identity;
    const body = Buffer.alloc(HELLO_BYTES);
    let offset = MAGIC.copy(body, 0);
    offset += body.write(clusterId, offset, 16, "hex");
    offset = body.writeUInt32BE(epoch, offset);
    offset = body.writeUInt32BE(self, offset);
    offset = body.writeUInt32BE(this.#target, offset);
    offset = body.writeBigUInt64BE(incarnation, offset);
    body.set(this.#nonce, offset);
    return body;
  }

  /** Checks the acceptor's signature and answers it. */
  prove(challenge: Buffer): HandshakeFault | (ProvenChannel & { readonly proof: Uint8Array }) {
    if (challenge.length !== CHALLENGE_BYTES) return "malformed-handshake";
    const incarnation = challenge.readBigUInt64BE(0);
    const nonce = challenge.subarray(8, 8 + NONCE_BYTES);
    const { clusterId, epoch, self, authenticator } = this.#identity;
    const transcript: Transcript = {
      clusterId,
      epoch,
      dialler: { id: self, incarnation: this.#identity.incarnation, nonce: this.#nonce },
      acceptor: { id: this.#target, incarnation, nonce },
    };
    const signature = challenge.subarray(8 + NONCE_BYTES);
    const genuine = authenticator.verify(
      this.#target,
      signedBytes("acceptor", transcript),
      signature,
    );
    if (!genuine) return "bad-signature";
    const proof = authenticator.sign(signedBytes("dialler", transcript));
    return { proof, incarnation, codes: codesOf(this.#identity, transcript) };
  }
}

interface ProvenChannel {
  readonly incarnation: bigint;
  /** Of all that follows the PROOF; null = it carries none. */
  readonly codes: ChannelCodes | null;
}

export interface ProvenPeer extends ProvenChannel {
  readonly id: NodeId;
}

/** The side that was dialled. */
export class AcceptorHandshake {
  readonly #identity: Identity;
  readonly #isExpected: (peer: NodeId) => boolean;
  readonly #nonce: Uint8Array;
  #transcript: Transcript | null = null;

  constructor(
    identity: Identity,
    isExpected: (peer: NodeId) => boolean,
    nonce: Uint8Array = randomBytes(NONCE_BYTES),
  ) {
    this.#identity = identity;
    this.#isExpected = isExpected;
    this.#nonce = nonce;
  }

  challenge(hello: Buffer): HandshakeFault | Buffer {
    if (this.#transcript !== null || hello.length !== HELLO_BYTES) return "malformed-handshake";
    if (!hello.subarray(0, 4).equals(MAGIC)) return "malformed-handshake";
    const { self, clusterId, epoch, incarnation, authenticator } = this.#identity;
    const dialler = {
      id: hello.readUInt32BE(24),
      incarnation: hello.readBigUInt64BE(32),
      // A copy: the transcript outlives the chunk that the frame is a view of.
      nonce: Buffer.from(hello.subarray(40)),
    };
    if (hello.toString("hex", 4, 20) !== clusterId || hello.readUInt32BE(20) !== epoch) {
      return "wrong-cluster";
    }
    if (hello.readUInt32BE(28) !== self) return "wrong-target";
    if (!this.#isExpected(dialler.id)) return "unknown-peer";
    this.#transcript = {
      clusterId,
      epoch,
      dialler,
      acceptor: { id: self, incarnation, nonce: this.#nonce },
    };
    const body = Buffer.allocUnsafe(CHALLENGE_BYTES);
    body.writeBigUInt64BE(incarnation, 0);
    body.set(this.#nonce, 8);
    body.set(authenticator.sign(signedBytes("acceptor", this.#transcript)), 8 + NONCE_BYTES);
    return body;
  }

  accept(proof: Buffer): HandshakeFault | ProvenPeer {
    const transcript = this.#transcript;
    if (transcript === null || proof.length !== SIGNATURE_BYTES) return "malformed-handshake";
    const { id, incarnation } = transcript.dialler;
    const genuine = this.#identity.authenticator.verify(
      id,
      signedBytes("dialler", transcript),
      proof,
    );
    if (!genuine) return "bad-signature";
    return { id, incarnation, codes: codesOf(this.#identity, transcript) };
  }
}
