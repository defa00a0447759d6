/** What is too large is refused where it enters, whoever brings it, and never stops a replica. */
import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { BATCH_BYTES_MAX, OPERATION_BYTES_MAX } from "../contract/limits.ts";
import type { Envelope } from "../wire/envelope.ts";
import { type Batch, loggedRequest, makeBatch, type Request } from "../wire/request.ts";
import { decidedRecord, prePreparedRecord } from "./certificates/records.ts";
import { BODY, encodeCheckpoint, PRE_PREPARE, PREPARE } from "./messages.ts";
import { ALICE, Bed, BOB, HOST, types } from "./pbft.fixture.ts";

const FIRST = { view: 0, sequence: 1 };
const LARGEST = "x".repeat(OPERATION_BYTES_MAX);
const TOO_LARGE = `${LARGEST}x`;

/** A batch of whatever size, as a bad primary or a version without limits makes it. */
function anyBatch(bed: Bed, ...frames: readonly Uint8Array[]): Batch {
  const envelopes = bed.envelopes(ALICE);
  const requests = frames.map(
    (frame) => loggedRequest(envelopes, envelopes.open(frame) as Envelope) as Request,
  );
  return makeBatch(envelopes, requests);
}

const rejectedBy = (bed: Bed) => bed.core.status().rejected;

describe("a request", () => {
  test("over the limit is not ordered, whether its client or a replica brings it", () => {
    const primary = new Bed(0);
    const frame = primary.request(ALICE, 1, TOO_LARGE);
    assert.deepEqual(types([...primary.receive(HOST, frame), ...primary.receive(2, frame)]), []);
    assert.deepEqual(rejectedBy(primary), { "REQUEST:too large": 2 });
  });

  test("over the limit neither waits at a backup nor is it forwarded", () => {
    const backup = new Bed(1);
    assert.deepEqual(types(backup.receive(HOST, backup.request(ALICE, 1, TOO_LARGE))), []);
    assert.equal(backup.timers.has("request"), false);
  });

  test("of exactly the limit is ordered", () => {
    const primary = new Bed(0);
    const sent = primary.receive(HOST, primary.request(ALICE, 1, LARGEST));
    assert.deepEqual(types(sent), [PRE_PREPARE]);
  });
});

describe("a batch", () => {
  test("holds as many bytes as it may; what does not fit comes in the next one", () => {
    const primary = new Bed(0, { pipeline: 1 });
    primary.receive(HOST, primary.request(ALICE, 1));
    primary.receive(HOST, primary.request(ALICE, 2, LARGEST));
    primary.receive(HOST, primary.request(BOB, 1, LARGEST));
    const small = primary.batch(primary.request(ALICE, 1));
    const sent = decide(primary, { ...FIRST, digest: small.digest });
    const next = decide(primary, sent[0]?.vote ?? { ...FIRST, digest: "" });
    const batches = [...sent, ...next].map(({ envelope }) => envelope.attachment.length);
    assert.equal(batches.length, 2);
    for (const bytes of batches) assert.ok(bytes <= BATCH_BYTES_MAX, `${bytes}`);
  });

  test("with more bytes, more requests or a larger request than allowed is not accepted", () => {
    const backup = new Bed(1, { batchMax: 1 });
    const both = (size: string) => [backup.request(ALICE, 1, size), backup.request(BOB, 1, size)];
    for (const batch of [
      anyBatch(backup, ...both(LARGEST)),
      anyBatch(backup, ...both("small")),
      anyBatch(backup, backup.request(ALICE, 1, TOO_LARGE)),
    ]) {
      assert.deepEqual(types(backup.receive(0, backup.prePrepare(0, FIRST, batch))), []);
    }
    assert.deepEqual(rejectedBy(backup), {
      "PRE-PREPARE:batch too large": 1,
      "PRE-PREPARE:too many requests": 1,
      "PRE-PREPARE:digest": 1,
    });
    assert.equal(backup.disk.length, 0);
  });

  test("of too many requests is refused by their count, and none of them is read", () => {
    const backup = new Bed(1, { batchMax: 1 });
    const batch = anyBatch(backup, backup.request(ALICE, 1), backup.request(BOB, 1));
    const other = anyBatch(backup, backup.request(ALICE, 1), backup.request(BOB, 2));
    const frame = backup.prePrepare(0, FIRST, { ...batch, bytes: other.bytes });
    assert.deepEqual(types(backup.receive(0, frame)), []);
    assert.deepEqual(rejectedBy(backup), { "PRE-PREPARE:too many requests": 1 });
  });

  test("that a NEW-VIEW selected is not taken from a BODY that is too large", () => {
    const backup = new Bed(2);
    const batch = anyBatch(
      backup,
      backup.request(ALICE, 1, LARGEST),
      backup.request(BOB, 1, LARGEST),
    );
    const choice = { sequence: 1, digest: batch.digest };
    const prepared = [backup.certificate({ view: 0, ...choice }, [1, 3])];
    const viewChanges = [0, 1, 3].map((by) => backup.viewChange(by, { view: 1, prepared }));
    backup.receive(1, backup.newView(1, { view: 1, viewChanges, chosen: [choice] }));
    assert.equal(backup.core.status().view, 1);
    const body = backup
      .envelopes(3)
      .seal({ type: BODY, payload: encodeCheckpoint(choice) }, "all", batch.bytes);
    assert.deepEqual(types(backup.receive(3, body)), []);
    assert.equal(rejectedBy(backup)["BODY:batch too large"], 1);
  });
});

describe("a log of a version without limits", () => {
  test("starts the replica again, with what it holds executed and none of it lost", () => {
    const backup = new Bed(1);
    const batch = anyBatch(backup, backup.request(ALICE, 1, TOO_LARGE));
    const vote = { ...FIRST, digest: batch.digest };
    const frame = backup.barePrePrepare(0, vote);
    const commits = [0, 2, 3].map((by) => backup.commit(by, vote));
    backup.disk = [prePreparedRecord(frame, batch.bytes), decidedRecord(commits, batch.bytes)];
    backup.restart();
    assert.equal(backup.core.status().lastExec, 1);
    assert.equal(
      types(
        backup.receive(
          0,
          backup.prePrepare(0, { view: 0, sequence: 2 }, backup.batch(backup.request(BOB, 1))),
        ),
      )[0],
      PREPARE,
    );
  });
});

/** PREPAREs and COMMITs of r1 and r2. @returns what the primary proposes next */
function decide(primary: Bed, vote: Parameters<Bed["prepare"]>[1]) {
  for (const other of [1, 2]) primary.receive(other, primary.prepare(other, vote));
  const sent = [1, 2].flatMap((other) => primary.receive(other, primary.commit(other, vote)));
  return sent.filter(({ type }) => type === PRE_PREPARE);
}

describe("bodies that wait to be executed (protocols §6.2)", () => {
  /** Of 4 in the pipeline and 16 more. */
  const BATCHES = 20;

  test("are bounded, and the next number has room all the same", () => {
    const backup = new Bed(1, { window: 64, checkpointInterval: 32 });
    const half = "x".repeat(BATCH_BYTES_MAX / 2 - 256);
    const batch = backup.batch(backup.request(ALICE, 1, half), backup.request(BOB, 1, half));
    for (let sequence = 2; sequence <= 64; sequence++) {
      backup.receive(0, backup.prePrepare(0, { view: 0, sequence }, batch));
    }
    const held = backup.audited("preprepared").length;
    assert.ok(held >= BATCHES && held <= BATCHES + 1, `${held} batches`);
    assert.deepEqual(rejectedBy(backup), { "PRE-PREPARE:too much waits": 63 - held });
    const next = backup.receive(0, backup.prePrepare(0, FIRST, batch));
    assert.deepEqual(types(next), [PREPARE]);
  });
});
