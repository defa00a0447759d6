/** REQUEST and REPLY, and the batch that orders requests (protocols §2.3). */

import type { AuthenticationScheme, Content } from "../authentication/scheme.ts";
import { NULL_DIGEST } from "../contract/audit.ts";
import { isReplica, type NodeId } from "../contract/core.ts";
import {
  BATCH_BYTES_MAX,
  BATCH_REQUESTS_MAX,
  OPERATION_BYTES_MAX,
  REQUEST_BYTES_MAX,
} from "../contract/limits.ts";
import { Reader, Writer } from "./codec.ts";
import { digestOf, type Envelope } from "./envelope.ts";

export const REQUEST = 1;
export const REPLY = 2;
/** What clients send and receive, in every protocol. */
export const CLIENT_MESSAGE_TYPES = { REQUEST, REPLY } as const;

/** Timestamp, and the length of the operation. */
const REQUEST_HEAD_BYTES = 12;

export interface Request {
  readonly client: NodeId;
  readonly timestamp: number;
  readonly operation: Uint8Array;
  /** D(request): over exactly what the client signed. */
  readonly digest: string;
  /** The client's own bytes, signature included: forwarded and batched as they are. */
  readonly envelope: Envelope;
}

export interface Reply {
  readonly replica: NodeId;
  readonly view: number;
  readonly timestamp: number;
  readonly client: NodeId;
  readonly result: Uint8Array;
}

export interface Batch {
  readonly digest: string;
  readonly requests: readonly Request[];
  /** What travels as attachment of a PRE-PREPARE. */
  readonly bytes: Uint8Array;
}

/** The null request: executes as nothing, but counts for checkpoints (protocols §2.3). */
export const NULL_BATCH: Batch = {
  digest: NULL_DIGEST,
  requests: [],
  bytes: new Writer(4).u32(0).finish(),
};

export function requestContent({
  timestamp,
  operation,
}: Pick<Request, "timestamp" | "operation">): Content {
  const payload = new Writer(operation.length + REQUEST_HEAD_BYTES)
    .u64(timestamp)
    .blob(operation)
    .finish();
  return { type: REQUEST, payload };
}

export function encodeRequest(
  scheme: AuthenticationScheme,
  request: Pick<Request, "timestamp" | "operation">,
): Uint8Array {
  return scheme.seal(requestContent(request), "all");
}

/** A request that would not fit into a batch, or whose operation is over the limit. */
export function isOversized({ frame, payload }: Envelope): boolean {
  if (frame.length > REQUEST_BYTES_MAX) return true;
  return payload.length > REQUEST_HEAD_BYTES + OPERATION_BYTES_MAX;
}

/**
 * @returns null if the payload is no request of a client, or an oversized one; the signature is the
 * caller's to verify
 */
export function decodeRequest(scheme: AuthenticationScheme, envelope: Envelope): Request | null {
  return isOversized(envelope) ? null : loggedRequest(scheme, envelope);
}

/**
 * A request out of the own log. Limits are for what enters: what was accepted once, by a version
 * that had none, must neither be lost nor keep the replica from starting.
 */
export function loggedRequest(scheme: AuthenticationScheme, envelope: Envelope): Request | null {
  if (envelope.type !== REQUEST || isReplica(envelope.sender)) return null;
  if (envelope.attachment.length > 0) return null;
  const reader = new Reader(envelope.payload);
  const timestamp = reader.u64();
  const operation = reader.blob();
  if (!reader.complete || timestamp === 0) return null;
  const digest = digestOf(envelope, scheme);
  return { client: envelope.sender, timestamp, operation, digest, envelope };
}

export function encodeReply(
  scheme: AuthenticationScheme,
  reply: Omit<Reply, "replica">,
): Uint8Array {
  const payload = new Writer(reply.result.length + 24)
    .u64(reply.view)
    .u64(reply.timestamp)
    .u32(reply.client)
    .blob(reply.result)
    .finish();
  return scheme.seal({ type: REPLY, payload }, reply.client);
}

export function decodeReply(envelope: Envelope): Reply | null {
  if (envelope.type !== REPLY || !isReplica(envelope.sender)) return null;
  const reader = new Reader(envelope.payload);
  const view = reader.u64();
  const timestamp = reader.u64();
  const client = reader.u32();
  const result = reader.blob();
  if (!reader.complete || envelope.attachment.length > 0) return null;
  return { replica: envelope.sender, view, timestamp, client, result };
}

/** @param requests at least one, authentic */
export function makeBatch(scheme: AuthenticationScheme, requests: readonly Request[]): Batch {
  return {
    digest: batchDigest(scheme, requests),
    requests,
    bytes: new Writer(1024).blobs(requests.map((request) => request.envelope.frame)).finish(),
  };
}

/** What the request takes of `BATCH_BYTES_MAX`. */
export function bytesInBatch({ envelope }: Request): number {
  return envelope.frame.length + 4;
}

/** How many requests there are said to be: it stands in front, so before any of them is read. */
export function requestsIn(batch: Uint8Array): number {
  return new Reader(batch).u32();
}

/**
 * Reads a batch and computes its digest from the bodies; authenticity of the requests is not
 * checked. @returns null for malformed or too many bytes, or two requests of one client
 */
export function decodeBatch(scheme: AuthenticationScheme, bytes: Uint8Array): Batch | null {
  return bytes.length > BATCH_BYTES_MAX ? null : readBatch(scheme, bytes, decodeRequest);
}

/** A batch out of the own log; see `loggedRequest`. */
export function loggedBatch(scheme: AuthenticationScheme, bytes: Uint8Array): Batch | null {
  return readBatch(scheme, bytes, loggedRequest);
}

function readBatch(
  scheme: AuthenticationScheme,
  bytes: Uint8Array,
  read: typeof decodeRequest,
): Batch | null {
  const reader = new Reader(bytes);
  const frames = reader.blobs(BATCH_REQUESTS_MAX);
  if (!reader.complete) return null;
  if (frames.length === 0) return NULL_BATCH;
  const requests: Request[] = [];
  const clients = new Set<NodeId>();
  for (const frame of frames) {
    const envelope = scheme.open(frame);
    const request = envelope && read(scheme, envelope);
    if (!request || clients.has(request.client)) return null;
    clients.add(request.client);
    requests.push(request);
  }
  return { digest: batchDigest(scheme, requests), requests, bytes };
}

function batchDigest(scheme: AuthenticationScheme, requests: readonly Request[]): string {
  const writer = new Writer(requests.length * 32 + 16).u8(0xba).u32(requests.length);
  for (const request of requests) writer.digest(request.digest);
  return scheme.digest(writer.finish());
}
