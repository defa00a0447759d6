/**
 * What a bad client can say: requests under its own keys, that convince whom it likes. Where a
 * signature stands behind them it is the whole signature that fits, or does not.
 */
import { Channels } from "../../../nodes/protocols/authentication/channels.ts";
import { MacVectors } from "../../../nodes/protocols/authentication/mac-vectors.ts";
import type { Content } from "../../../nodes/protocols/authentication/scheme.ts";
import { Signatures } from "../../../nodes/protocols/authentication/signatures.ts";
import { SigningClient } from "../../../nodes/protocols/authentication/signing-client.ts";
import {
  type NodeAuthenticator,
  TAG_BYTES,
} from "../../../nodes/protocols/contract/authenticator.ts";
import type { NodeId } from "../../../nodes/protocols/contract/core.ts";
import { requestSigner } from "../../../nodes/protocols/contract/request-signatures.ts";
import { requestContent } from "../../../nodes/protocols/wire/request.ts";
import type { BehaviourContext } from "../behaviour.ts";

/** One frame of a bad client. */
export interface BadRequest {
  readonly to: NodeId;
  readonly timestamp: number;
  readonly operation: Uint8Array;
  /** Whom it convinces. */
  readonly valid: readonly NodeId[];
  /** In whose name, with the keys of the bad client; absent: in its own. */
  readonly author?: NodeId;
}

export type SealBadly = (request: BadRequest) => Uint8Array;

type Sealing = (context: BehaviourContext) => (content: Content, request: BadRequest) => Uint8Array;

const SIGNATURE_BYTES = 64;

const signed: Sealing = ({ cluster, authenticator }) => {
  const scheme = new Signatures(cluster, authenticator);
  return (content, { to, valid }) => {
    const frame = scheme.seal(content, to);
    return valid.includes(to) ? frame : spoiled(frame, frame.length - SIGNATURE_BYTES);
  };
};

const vectors: Sealing = ({ cluster, authenticator }) => {
  const isSigned = cluster.clientAuth === "signature";
  const scheme = isSigned
    ? new SigningClient(cluster, authenticator, requestSigner(authenticator))
    : new MacVectors(cluster, authenticator);
  return (content, { valid }) => {
    const frame = scheme.seal(content, "all");
    const end = frame.length - (isSigned ? SIGNATURE_BYTES : 0);
    for (let entry = 0; entry < cluster.replicas; entry++) {
      if (!valid.includes(entry)) spoiled(frame, end - (cluster.replicas - entry) * TAG_BYTES);
    }
    return frame;
  };
};

const channels: Sealing = ({ cluster, authenticator }) => {
  const scheme = new Channels(cluster, authenticator);
  return (content, { to, valid }) => {
    const frame = scheme.seal(content, to);
    return valid.includes(to) ? frame : spoiled(frame, frame.length - TAG_BYTES);
  };
};

const sealings: Readonly<Record<string, Sealing>> = {
  "pbft-sig": signed,
  "pbft-mac": vectors,
  "pbft-mac-proof": vectors,
  "pbft-relay": channels,
  unreplicated: signed,
};

/** @throws {RangeError} where nobody has thought about what a client of this protocol may do */
export function badRequests(protocol: string, context: BehaviourContext): SealBadly {
  const sealing = sealings[protocol];
  if (sealing === undefined) throw new RangeError(`${protocol} has no bad clients`);
  const own = sealing(context);
  return (request) => {
    const { author } = request;
    const seal = author === undefined ? own : sealing(inTheNameOf(author, context));
    return seal(requestContent(request), request);
  };
}

function inTheNameOf(author: NodeId, context: BehaviourContext): BehaviourContext {
  const { authenticator: keys } = context;
  const authenticator: NodeAuthenticator = {
    self: author,
    exchange: keys.exchange,
    digest: (bytes) => keys.digest(bytes),
    sign: (bytes) => keys.sign(bytes),
    verify: (...signed) => keys.verify(...signed),
    tag: (receiver, bytes) => keys.tag(receiver, bytes),
    checkTag: (...tagged) => keys.checkTag(...tagged),
  };
  return { ...context, id: author, authenticator };
}

/** Behind the number of a key, so that it is the code that does not fit. */
function spoiled(frame: Uint8Array, at: number): Uint8Array {
  const byte = at + 4;
  frame[byte] = (frame[byte] ?? 0) ^ 1;
  return frame;
}
