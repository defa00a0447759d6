/**
 * How long messages get: what plans reckon with before anything is sent. The lengths come from the
 * encoders themselves, so that nothing here repeats a layout.
 */

import { Channels } from "../authentication/channels.ts";
import { MacVectors } from "../authentication/mac-vectors.ts";
import type { AuthenticationScheme } from "../authentication/scheme.ts";
import { Signatures } from "../authentication/signatures.ts";
import {
  bytesInBatch,
  decodeRequest,
  encodeReply,
  NULL_BATCH,
  requestContent,
} from "../wire/request.ts";
import { NULL_DIGEST } from "./audit.ts";
import { type Authenticator, type MessageAuthenticator, TAG_BYTES } from "./authenticator.ts";
import { CLIENT_BASE } from "./core.ts";
import { BATCH_BYTES_MAX } from "./limits.ts";
import type { MessageParameters } from "./protocol.ts";

const SIGNATURE_BYTES = 64;

const CLIENT = CLIENT_BASE + 1;

/** Seals what nobody will read: only the length counts. */
export const BLANK = new Signatures({ clusterId: "", epoch: 0 }, blankOf(0));

/** How a replica and a client seal, for the length alone. */
export interface BlankSchemes {
  readonly replica: AuthenticationScheme;
  readonly client: AuthenticationScheme;
}

export const BLANK_SIGNATURES: BlankSchemes = {
  replica: BLANK,
  client: new Signatures({ clusterId: "", epoch: 0 }, blankOf(CLIENT)),
};

export function blankMacVectors(replicas: number): BlankSchemes {
  const cluster = { clusterId: "", epoch: 0, replicas };
  const of = (self: number) => new MacVectors(cluster, blankTagsOf(self));
  return { replica: of(0), client: of(CLIENT) };
}

export function blankChannels(): BlankSchemes {
  const of = (self: number) => new Channels({ clusterId: "", epoch: 0 }, blankTagsOf(self));
  return { replica: of(0), client: of(CLIENT) };
}

export function blankTagsOf(self: number): MessageAuthenticator {
  const tags = { tag: () => new Uint8Array(TAG_BYTES), checkTag: () => false };
  return { self, digest: () => NULL_DIGEST, ...tags };
}

function blankOf(self: number): Authenticator {
  return {
    self,
    digest: () => NULL_DIGEST,
    sign: () => new Uint8Array(SIGNATURE_BYTES),
    verify: () => false,
  };
}

/** A length that grows by the same with every item: measured with none and with one. */
export function linear(count: number, lengthWith: (items: number) => number): number {
  const none = lengthWith(0);
  return none + count * (lengthWith(1) - none);
}

/** REQUEST, REPLY and the bytes of the largest batch. */
export function clientMessageSizes(parameters: MessageParameters, schemes: BlankSchemes) {
  const { operationBytes, resultBytes, batchRequests } = parameters;
  const nothing = requestContent({ timestamp: 1, operation: new Uint8Array(0) });
  const empty = schemes.client.seal(nothing, schemes.replica.self);
  const opened = schemes.replica.open(empty);
  const request = opened && decodeRequest(schemes.replica, opened);
  const inBatch = request === null ? empty.length : bytesInBatch(request);
  const reply = { view: 0, timestamp: 1, client: CLIENT, result: new Uint8Array(0) };
  const batch = NULL_BATCH.bytes.length + batchRequests * (inBatch + operationBytes);
  return {
    request: empty.length + operationBytes,
    reply: encodeReply(schemes.replica, reply).length + resultBytes,
    batch: Math.min(batch, BATCH_BYTES_MAX),
  };
}
