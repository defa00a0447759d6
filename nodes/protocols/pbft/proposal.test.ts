import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { ed25519Authenticators } from "../../../harness/drivers/simulation/authenticators.ts";
import type { Input, NodeId } from "../contract/core.ts";
import { BATCH_BYTES_MAX } from "../contract/limits.ts";
import { COMMIT, PRE_PREPARE } from "./messages.ts";
import { ALICE, Bed, BOB, HOST, type Sent, types } from "./pbft.fixture.ts";
import { pbftSig } from "./variants/pbft-sig.ts";

const DELAY_MS = 20;

function asks(bed: Bed, client: NodeId, timestamp: number): Input {
  return { kind: "frame", from: HOST, bytes: bed.request(client, timestamp) };
}

/** How many requests the batches hold, in the order in which they were proposed. */
function batches(sent: readonly Sent[]): number[] {
  const proposed = sent.filter(({ type }) => type === PRE_PREPARE);
  return proposed.map(({ envelope }) =>
    new DataView(envelope.attachment.slice().buffer).getUint32(0),
  );
}

/** The backups agree on what was proposed. */
function agree(primary: Bed, sent: readonly Sent[]): Sent[] {
  const vote = sent.find(({ type }) => type === PRE_PREPARE)?.vote;
  assert.ok(vote);
  const prepares = [1, 2].map((by) => primary.prepare(by, vote));
  const commits = [1, 2].map((by) => primary.commit(by, vote));
  return [1, 2].flatMap((by, index) => {
    const frames = [prepares[index], commits[index]] as Uint8Array[];
    return primary.receive(by, ...frames);
  });
}

describe("when a batch is proposed (protocols §5.2)", () => {
  test("what comes in one tick is one batch, also where nothing is in flight", () => {
    const primary = new Bed(0);
    const sent = primary.tick([asks(primary, ALICE, 1), asks(primary, BOB, 1)]);
    assert.deepEqual(batches(sent), [2]);
  });

  test("a lone request with nothing in flight goes at the end of its own tick", () => {
    const primary = new Bed(0, { maxBatchDelayMs: DELAY_MS });
    assert.deepEqual(batches(primary.step(asks(primary, ALICE, 1))), [1]);
    assert.equal(primary.timers.has("proposal"), false);
  });

  test("while two are in flight the next one waits for their execution", () => {
    const primary = new Bed(0, { maxBatchDelayMs: DELAY_MS });
    const first = primary.tick([asks(primary, ALICE, 1), asks(primary, BOB, 1)]);
    assert.deepEqual(primary.step(asks(primary, ALICE, 2)), []);
    assert.equal(primary.timers.get("proposal"), DELAY_MS);
    const after = agree(primary, first);
    assert.equal(types(after).includes(COMMIT), true);
    assert.deepEqual(batches(after), [1]);
  });

  test("or until as many wait as are in flight", () => {
    const primary = new Bed(0, { maxBatchDelayMs: DELAY_MS });
    primary.tick([asks(primary, ALICE, 1), asks(primary, BOB, 1)]);
    assert.deepEqual(primary.step(asks(primary, ALICE, 2)), []);
    assert.deepEqual(batches(primary.step(asks(primary, BOB, 2))), [2]);
  });

  test("and no longer than the delay, counted from the one before", () => {
    const primary = new Bed(0, { maxBatchDelayMs: DELAY_MS });
    primary.tick([asks(primary, ALICE, 1), asks(primary, BOB, 1)]);
    primary.now += 15;
    primary.step(asks(primary, ALICE, 2));
    assert.equal(primary.timers.get("proposal"), DELAY_MS - 15);
    assert.deepEqual(batches(primary.fire("proposal")), [1]);
  });

  test("a full batch waits for nothing but pipeline and window", () => {
    const primary = new Bed(0, { maxBatchDelayMs: DELAY_MS, batchMax: 1, pipeline: 2 });
    primary.step(asks(primary, ALICE, 1));
    assert.deepEqual(batches(primary.step(asks(primary, BOB, 1))), [1]);
    primary.step(asks(primary, ALICE, 2));
    assert.equal(primary.audited("preprepared").length, 2);
    assert.equal(primary.timers.has("proposal"), false);
  });

  test("a new primary does not keep waiting who waits, whatever of X is in flight", () => {
    const primary = new Bed(1, { maxBatchDelayMs: DELAY_MS });
    const inFlight = primary.batch(primary.request(BOB, 1));
    const vote = { view: 0, sequence: 1, digest: inFlight.digest };
    const prepared = [primary.certificate(vote, [2, 3])];
    primary.receive(HOST, primary.request(ALICE, 1));
    primary.receive(2, primary.viewChange(2, { view: 1, prepared }));
    primary.receive(3, primary.viewChange(3, { view: 1 }));
    const proposed = primary.audited("preprepared").map(({ v, n, as }) => [v, n, as]);
    assert.deepEqual(proposed, [
      [1, 1, "primary"],
      [1, 2, "primary"],
    ]);
  });

  test("for bodies that older views left behind a new primary proposes no null requests", () => {
    const wide = { window: 64, checkpointInterval: 32 };
    // Real digests: of megabytes they are the quick ones.
    const primary = new Bed(1, wide, pbftSig.createReplica, ed25519Authenticators);
    const half = "x".repeat(BATCH_BYTES_MAX / 2 - 256);
    const left = primary.batch(primary.request(ALICE, 9, half), primary.request(BOB, 9, half));
    for (let sequence = 2; sequence <= 18; sequence++) {
      primary.receive(0, primary.prePrepare(0, { view: 0, sequence }, left));
    }
    for (const by of [2, 3]) primary.receive(by, primary.viewChange(by, { view: 1 }));
    const proposed = [ALICE, BOB].map((client) => batches(primary.step(asks(primary, client, 1))));
    assert.deepEqual(proposed, [[1], [1]]);
  });

  test("a replica that has left its view proposes nothing when the delay is over, and all when it leads again", () => {
    const primary = new Bed(0, { maxBatchDelayMs: DELAY_MS });
    primary.tick([asks(primary, ALICE, 1), asks(primary, BOB, 1)]);
    primary.step(asks(primary, ALICE, 2));
    primary.fire("request");
    assert.deepEqual(primary.fire("proposal"), []);
    for (const by of [2, 3]) primary.receive(by, primary.viewChange(by, { view: 4 }));
    assert.deepEqual(primary.audited("preprepared").at(-1)?.v, 4);
  });
});
