/** That nothing built of what the limits let in outgrows a frame: by the real encoders. */
import { expect, test } from "vitest";
import { BODY_BYTES_MAX } from "../../runtime/frame.ts";
import { Ed25519Authenticator, generateKeys } from "../../runtime/keys.ts";
import { QUEUE_BOUNDS } from "../../runtime/peer.ts";
import { kv } from "../../services/kv.ts";
import { Signatures } from "../authentication/signatures.ts";
import { decidedRecord, newViewRecord } from "../pbft/certificates/records.ts";
import * as pbft from "../pbft/messages.ts";
import { encodeNodes, encodeStatePages } from "../pbft/state-messages.ts";
import type { Envelope } from "../wire/envelope.ts";
import { decodeRequest, encodeReply, encodeRequest, makeBatch } from "../wire/request.ts";
import { NULL_DIGEST } from "./audit.ts";
import { clientId, nodeName } from "./core.ts";
import {
  BATCH_BYTES_MAX,
  BATCH_REQUESTS_MAX,
  ENTRY_BYTES_MAX,
  ENVELOPE_BYTES_MAX,
  FRAME_BYTES_MAX,
  KEY_BYTES_MAX,
  MESSAGE_RECORD_BYTES_MAX,
  OPERATION_BYTES_MAX,
  PAGES_ANSWER_BYTES,
  REPLY_BYTES_MAX,
  REQUEST_BYTES_MAX,
  RESULT_BYTES_MAX,
  VALUE_BYTES_MAX,
} from "./limits.ts";

const ALICE = clientId({ host: 0, index: 1 });
const CLUSTER = { clusterId: "c1".repeat(16), epoch: 1 };
/** The largest cluster: 31 replicas, so quorums of 21. */
const [REPLICAS, QUORUM] = [31, 21];
const KEYS = generateKeys([nodeName(0), nodeName(ALICE)]);
const replica = new Signatures(CLUSTER, new Ed25519Authenticator(0, KEYS));
const client = new Signatures(CLUSTER, new Ed25519Authenticator(ALICE, KEYS));

const vote = { view: 2 ** 40, sequence: 2 ** 40, digest: NULL_DIGEST };
const request = encodeRequest(client, {
  timestamp: 2 ** 50,
  operation: new Uint8Array(OPERATION_BYTES_MAX),
});
const batch = new Uint8Array(BATCH_BYTES_MAX);
const frameOf = (type: number) => replica.seal({ type, payload: pbft.encodeVote(vote) }, "all");
const status = {
  view: vote.view,
  active: true,
  stable: vote.sequence,
  lastExec: vote.sequence,
  part: pbft.encodeViews(Array.from({ length: REPLICAS }, () => vote.view)),
  slots: new Uint8Array(pbft.STATUS_SLOTS_MAX),
};

/** The largest of each type whose size the limits alone decide. */
const LARGEST: Readonly<Record<string, Uint8Array>> = {
  REQUEST: request,
  REPLY: encodeReply(replica, {
    view: vote.view,
    timestamp: 2 ** 50,
    client: ALICE,
    result: new Uint8Array(RESULT_BYTES_MAX),
  }),
  "PRE-PREPARE": replica.seal(
    { type: pbft.PRE_PREPARE, payload: pbft.encodeVote(vote) },
    "all",
    batch,
  ),
  PREPARE: frameOf(pbft.PREPARE),
  COMMIT: frameOf(pbft.COMMIT),
  CHECKPOINT: replica.seal({ type: pbft.CHECKPOINT, payload: pbft.encodeCheckpoint(vote) }, "all"),
  STATUS: replica.seal({ type: pbft.STATUS, payload: pbft.encodeStatus(status) }, "all"),
  BODY: replica.seal({ type: pbft.BODY, payload: pbft.encodeCheckpoint(vote) }, "all", batch),
  // As many small pages as an answer may have, or one page with the longest entry.
  "STATE-PAGES": replica.seal(
    { type: pbft.STATE_PAGES, payload: encodeStatePages(2 ** 31) },
    "all",
    encodeNodes([new Uint8Array(PAGES_ANSWER_BYTES), new Uint8Array(ENTRY_BYTES_MAX)]),
  ),
};

test("no message that the limits let in outgrows a frame, or half a queue for one peer", () => {
  for (const [type, frame] of Object.entries(LARGEST)) {
    expect(frame.length, type).toBeLessThan(FRAME_BYTES_MAX / 2);
    expect(2 * frame.length, type).toBeLessThanOrEqual(
      QUEUE_BOUNDS.bytesMax + 2 * ENVELOPE_BYTES_MAX,
    );
  }
  expect(BODY_BYTES_MAX).toBe(FRAME_BYTES_MAX);
});

test("REQUEST and REPLY stay within their own limits, and the largest request fits a batch", () => {
  expect(LARGEST["REQUEST"]?.length).toBeLessThanOrEqual(REQUEST_BYTES_MAX);
  expect(LARGEST["REPLY"]?.length).toBeLessThanOrEqual(REPLY_BYTES_MAX);
  const opened = decodeRequest(replica, replica.open(request) as Envelope);
  if (!opened) throw new Error("the largest request is well-formed");
  const oversized = { ...opened.envelope, frame: new Uint8Array(REQUEST_BYTES_MAX) };
  const alone = makeBatch(replica, [{ ...opened, envelope: oversized }]);
  expect(alone.bytes.length).toBeLessThanOrEqual(BATCH_BYTES_MAX);
  const smallest = encodeRequest(client, { timestamp: 1, operation: new Uint8Array(0) });
  expect(BATCH_REQUESTS_MAX * (smallest.length + 4)).toBeLessThan(BATCH_BYTES_MAX);
});

test("an operation carries the largest key and two of the largest values", () => {
  const [key, value] = ["k".repeat(KEY_BYTES_MAX), "v".repeat(VALUE_BYTES_MAX)];
  const options = { argumentBytes: 0, resultBytes: 0 };
  const cas = kv.encode({ f: "cas", key, value: [value, value] }, options);
  expect(cas.length).toBeLessThanOrEqual(OPERATION_BYTES_MAX);
  expect(VALUE_BYTES_MAX + 1).toBeLessThanOrEqual(RESULT_BYTES_MAX);
});

test("an envelope adds no more than its limit, and records of messages stay within theirs", () => {
  expect(frameOf(pbft.COMMIT).length - pbft.encodeVote(vote).length).toBeLessThan(
    ENVELOPE_BYTES_MAX,
  );
  const around = replica.seal({ type: pbft.NEW_VIEW, payload: new Uint8Array(0) }, "all").length;
  const payload = new Uint8Array(FRAME_BYTES_MAX - around);
  const largestFrame = replica.seal({ type: pbft.NEW_VIEW, payload }, "all");
  expect(largestFrame.length).toBe(FRAME_BYTES_MAX);
  const commits = Array.from({ length: QUORUM }, () => frameOf(pbft.COMMIT));
  for (const record of [decidedRecord(commits, batch), newViewRecord(largestFrame)]) {
    expect(record.length).toBeLessThanOrEqual(MESSAGE_RECORD_BYTES_MAX);
  }
});
