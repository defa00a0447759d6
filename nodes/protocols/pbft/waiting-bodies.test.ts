/** Which bodies take room, which always have it, and what is on the disk of them. */
import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { ed25519Authenticators } from "../../../harness/drivers/simulation/authenticators.ts";
import { BATCH_BYTES_MAX } from "../contract/limits.ts";
import type { ClusterParameters } from "../contract/protocol.ts";
import { type Batch, NULL_BATCH } from "../wire/request.ts";
import { Slot } from "./log.ts";
import { BODY, encodeCheckpoint, FETCH_BODY, PREPARE, type Vote } from "./messages.ts";
import { ALICE, Bed, BOB, type Sent, types } from "./pbft.fixture.ts";
import { pbftSig } from "./variants/pbft-sig.ts";

/** As many batches as may wait, of 4 in the pipeline and 16 more; a little short of full. */
const BATCHES = 21;
const WIDE = { window: 64, checkpointInterval: 32 };
const HALF = "x".repeat(BATCH_BYTES_MAX / 2 - 256);

/** With real digests: of megabytes they are the quick ones. */
function bedOf(parameters: Partial<ClusterParameters> = {}): Bed {
  return new Bed(2, parameters, pbftSig.createReplica, ed25519Authenticators);
}

/** Of the largest size. */
function fullBatch(bed: Bed, timestamp = 1): Batch {
  const [one, other] = [bed.request(ALICE, timestamp, HALF), bed.request(BOB, timestamp, HALF)];
  return bed.batch(one, other);
}

/** The view's primary proposes the batch for each of these numbers. */
function propose(bed: Bed, { view, sequence }: Omit<Vote, "digest">, batch: Batch): Sent[] {
  const primary = view % bed.cluster.replicas;
  return bed.receive(primary, bed.prePrepare(primary, { view, sequence }, batch));
}

/** Number 1, which would be executed, is left out. */
function fillRoom(bed: Bed, batch: Batch, view = 0): void {
  const last = Math.min(BATCHES + 1, bed.cluster.window);
  for (let sequence = 2; sequence <= last; sequence++) propose(bed, { view, sequence }, batch);
}

/** Replica 2 under test enters a view by what three others prepared in view 0. */
function enter(bed: Bed, view: number, chosen: readonly Omit<Vote, "view">[] = []): Sent[] {
  const prepared = chosen.map((choice) => bed.certificate({ view: 0, ...choice }, [1, 3]));
  const viewChanges = [0, 1, 3].map((by) => bed.viewChange(by, { view, prepared }));
  return bed.receive(view % 4, bed.newView(view % 4, { view, viewChanges, chosen }));
}

function answer(bed: Bed, sequence: number, { digest, bytes }: Batch): Sent[] {
  const content = { type: BODY, payload: encodeCheckpoint({ sequence, digest }) };
  return bed.receive(3, bed.envelopes(3).seal(content, "all", bytes));
}

describe("the room for bodies (protocols §6.2, §12.5)", () => {
  test("what a view that is over left behind takes none of the next one's", () => {
    const bed = bedOf(WIDE);
    fillRoom(bed, fullBatch(bed));
    enter(bed, 1);
    const batch = fullBatch(bed, 2);
    for (const sequence of [2, 3, 30]) {
      assert.deepEqual(types(propose(bed, { view: 1, sequence }, batch)), [PREPARE]);
    }
  });

  test("null requests have it, whatever waits", () => {
    const bed = bedOf(WIDE);
    fillRoom(bed, fullBatch(bed));
    const refused = propose(bed, { view: 0, sequence: 40 }, bed.batch(bed.request(ALICE, 1)));
    assert.deepEqual(types(refused), []);
    assert.deepEqual(types(propose(bed, { view: 0, sequence: 40 }, NULL_BATCH)), [PREPARE]);
  });

  test("so has what a NEW-VIEW chose: the view would not go on without it (protocols §6.6)", () => {
    const bed = bedOf(WIDE);
    const batch = fullBatch(bed);
    fillRoom(bed, batch);
    const lacking = bed.batch(bed.request(ALICE, 3));
    const chosen = Array.from({ length: BATCHES + 2 }, (_, index) => ({
      sequence: 1 + index,
      digest: index === BATCHES + 1 ? lacking.digest : batch.digest,
    }));
    enter(bed, 1, chosen);
    const sent = answer(bed, BATCHES + 2, lacking);
    assert.deepEqual(
      sent.map(({ type, vote }) => [type, vote?.sequence]),
      [[PREPARE, BATCHES + 2]],
    );
  });

  test("of all views together it has an end as well, but for what is next", () => {
    const bed = bedOf();
    const views = [0, 1, 3, 4, 5, 7];
    for (const view of views) {
      if (view > 0) enter(bed, view);
      fillRoom(bed, fullBatch(bed, view + 1), view);
    }
    const held = bed.audited("preprepared").length;
    assert.equal(held, 41, "what f + 1 bad primaries in a row may leave, each 4 + 16");
    assert.deepEqual(bed.core.status().rejected, {
      "PRE-PREPARE:too much waits": views.length * (bed.cluster.window - 1) - held,
    });
    const next = propose(bed, { view: 7, sequence: 1 }, fullBatch(bed, 9));
    assert.deepEqual(types(next), [PREPARE]);
  });

  test("what was executed takes it only until it is prepared again, for the others", () => {
    const { digest, bytes } = NULL_BATCH;
    const slot = new Slot(3);
    slot.accepted = { view: 1, digest, own: null };
    const waits = (view: number) => slot.waitingBytes({ view, lastExec: 3 });
    assert.deepEqual([waits(1), waits(2)], [bytes.length, 0]);
    slot.prepared = { view: 1, digest, by: [] };
    assert.equal(waits(1), 0);
  });
});

describe("the body that a NEW-VIEW chose", () => {
  test("is asked for at once, also where the view before lacked another one (protocols §6.6)", () => {
    const bed = bedOf();
    for (const view of [1, 3]) {
      const { digest } = bed.batch(bed.request(ALICE, view));
      const sent = enter(bed, view, [{ sequence: 1, digest }]);
      const asked = sent.filter(({ type }) => type === FETCH_BODY);
      const name = encodeCheckpoint({ sequence: 1, digest });
      assert.deepEqual(
        asked.map(({ envelope }) => envelope.payload),
        [name],
      );
    }
  });

  test("is on the disk before PREPARE, also where it was fetched as decided (protocols §13.1)", () => {
    const bed = bedOf();
    const batch = bed.batch(bed.request(ALICE, 7, "a body that is looked for on the disk"));
    const second = { sequence: 2, digest: batch.digest };
    for (const by of [0, 1, 3]) bed.receive(by, bed.commit(by, { view: 0, ...second }));
    answer(bed, 2, batch);
    const isWritten = () => bed.disk.some((record) => holds(record, batch.bytes));
    assert.equal(
      isWritten(),
      false,
      "what is only decided is on the disks of those who prepared it",
    );
    const sent = enter(bed, 1, [{ sequence: 1, digest: NULL_BATCH.digest }, second]);
    assert.ok(sent.some(({ type, vote }) => type === PREPARE && vote?.sequence === 2));
    assert.equal(isWritten(), true);
    const [lastSent, lastWritten] = [`send ${PREPARE}`, "persist"].map((each) =>
      bed.journal.lastIndexOf(each),
    );
    assert.ok((lastWritten ?? 0) < (lastSent ?? 0), "written first");
  });
});

function holds(record: Uint8Array, bytes: Uint8Array): boolean {
  return Buffer.from(record).includes(Buffer.from(bytes));
}
