/** What a peer can provoke stays within bounds, and stops nobody (protocols §20.2, §20.8). */
import assert from "node:assert/strict";
import { test } from "vitest";
import { ed25519Authenticators } from "../../../../harness/drivers/simulation/authenticators.ts";
import { ENVELOPE_BYTES_MAX, OPERATION_BYTES_MAX } from "../../contract/limits.ts";
import * as pbft from "../messages.ts";
import { ClaimsBed, claims, GENESIS, STATE, type Tuple, typesOf } from "./claims.fixture.ts";
import { longestOf } from "./message-sizes.ts";
import * as wire from "./messages.ts";

/** Bases that others claim, one window apart, while nobody's CHECKPOINTs reach this replica. */
function prepareBeyondClaims(bed: ClaimsBed): void {
  const { window } = bed.cluster;
  for (let turn = 0; turn <= 8; turn++) {
    const base = { sequence: turn * window, digest: STATE };
    // Never a view that this replica leads.
    const view = 4 * turn + 1;
    bed.now += bed.cluster.timers.statusMs;
    if (turn === 0) bed.enter(view, {}, GENESIS);
    else bed.enter(view, { c: [GENESIS, base] }, base);
    for (let n = base.sequence + 1; n <= base.sequence + window; n++) bed.prepare(n, view);
  }
}

test("protocols §20.2: of more numbers than P may have none is prepared until some are stable", () => {
  const bed = new ClaimsBed(2);
  const most = wire.claimsMax(bed.cluster);
  prepareBeyondClaims(bed);
  assert.equal(bed.leaveFor(37).prepared.size, most, "and the rest waits");
});

test("protocols §20.2: what has a place in P keeps it where a later view orders it again", () => {
  const bed = new ClaimsBed(2);
  prepareBeyondClaims(bed);
  const [first] = bed.leaveFor(37).prepared;
  assert.ok(first);
  const [sequence, { digest }] = first;
  bed.now += bed.cluster.timers.statusMs;
  bed.enter(41, { p: [[sequence, digest, 1]] }, GENESIS, digest);
  const sent = bed.votes(pbft.PREPARE, { view: 41, sequence, digest }, 0, 3);
  assert.ok(typesOf(sent).includes(pbft.COMMIT));
});

test("protocols §20.2: what waited for room in P is prepared once a checkpoint is stable", () => {
  const bed = new ClaimsBed(2);
  prepareBeyondClaims(bed);
  const [first, second] = [0, 1].map((by) => {
    const payload = pbft.encodeCheckpoint({ sequence: 4, digest: STATE });
    return bed.hear(by, pbft.CHECKPOINT, payload);
  });
  assert.deepEqual([first, second], [[], []]);
  const payload = pbft.encodeCheckpoint({ sequence: 4, digest: STATE });
  const sent = typesOf(bed.hear(3, pbft.CHECKPOINT, payload));
  assert.deepEqual(sent, Array(4).fill(pbft.COMMIT));
});

test("protocols §12.5: what the primary of an older view left takes no room from what is chosen", () => {
  // Real digests: of megabytes they are the quick ones.
  const bed = new ClaimsBed(1, "vectors", { authenticators: ed25519Authenticators });
  Object.assign(bed.cluster, { checkpointInterval: 32, window: 64 });
  bed.restart();
  const { digest, bytes } = bed.batch(bed.request(1, OPERATION_BYTES_MAX));
  for (let sequence = 1; sequence <= 42; sequence++) {
    bed.hear(0, pbft.PRE_PREPARE, pbft.encodeVote({ view: 0, sequence, digest }), bytes);
  }
  const chosen = [1, 2].map((sequence) => ({ sequence, batch: bed.batch(bed.request(sequence)) }));
  const p = chosen.map(({ sequence, batch }): Tuple => [sequence, batch.digest, 0]);
  const payload = bed.viewChange(1, { p });
  for (const by of [2, 3]) bed.hear(by, pbft.VIEW_CHANGE, payload);
  for (const [by, of] of [
    [2, 3],
    [3, 2],
  ] as const)
    bed.ack(by, 1, bed.reference(of, payload));
  const sent = chosen.flatMap(({ sequence, batch }) => {
    const name = pbft.encodeCheckpoint({ sequence, digest: batch.digest });
    return typesOf(bed.hear(2, pbft.BODY, name, batch.bytes));
  });
  assert.deepEqual(sent, [pbft.NEW_VIEW]);
});

test("protocols §20.3: C names no more checkpoints than others take, the highest ones", () => {
  const bed = new ClaimsBed(2);
  const { window, checkpointInterval } = bed.cluster;
  const most = wire.claimsMax(bed.cluster);
  for (let turn = 0; turn * window <= most * checkpointInterval; turn++) {
    const base = turn * window;
    bed.now += bed.cluster.timers.statusMs;
    const own = bed.audits.findLast((event) => event.e === "checkpoint")?.d ?? STATE;
    const claimed = { sequence: base, digest: own };
    const view = 4 * turn + 1;
    if (turn === 0) bed.enter(view, {}, GENESIS);
    else bed.enter(view, { c: [GENESIS, claimed] }, claimed);
    for (let n = base + 1; n <= base + window; n++) bed.execute(n, view);
  }
  const { checkpoints } = bed.leaveFor(4 * most);
  assert.equal(checkpoints.length, most);
  assert.equal(checkpoints.at(-1)?.sequence, bed.core.status().lastExec);
});

/**
 * A replica lacks one VIEW-CHANGE of the NEW-VIEW for view 1, and r0 brings it, or what is `said`.
 *
 * @returns what the replica rejected
 */
function bringCopy(viewChange: (bed: ClaimsBed) => Uint8Array, said?: wire.Said) {
  const bed = new ClaimsBed(2);
  const payload = bed.viewChange(1, {});
  for (const by of [0, 1]) bed.hear(by, pbft.VIEW_CHANGE, payload);
  const missing = viewChange(bed);
  const named = { 0: payload, 1: payload, 3: missing };
  bed.hear(1, pbft.NEW_VIEW, bed.newView(1, named, GENESIS));
  const reference = bed.reference(3, missing);
  bed.ack(0, 1, reference);
  const copy = said ?? { type: pbft.VIEW_CHANGE, author: 3, payload: missing };
  bed.hear(0, wire.COPY, wire.encodeName(reference.name), wire.encodeSaid(copy));
  return bed.core.status().rejected;
}

test("protocols §20.8: a COPY of what no honest replica says is refused before it is digested", () => {
  const { cluster } = new ClaimsBed(2);
  const longest = longestOf(cluster);
  const kinds = [
    { type: pbft.VIEW_CHANGE, bytes: longest.viewChange },
    { type: pbft.NEW_VIEW, bytes: longest.newView },
  ];
  for (const { type, bytes } of kinds) {
    const refusedFor = (length: number) => {
      const said = { type, author: 3, payload: new Uint8Array(length) };
      return bringCopy((bed) => bed.viewChange(1, {}), said);
    };
    assert.deepEqual(refusedFor(bytes + 1), { "COPY:too large": 1 });
    assert.deepEqual(refusedFor(bytes - 1_024), { "COPY:digest": 1 });
  }
  const odd = { type: pbft.STATUS, author: 3, payload: new Uint8Array(0) };
  assert.deepEqual(
    bringCopy((bed) => bed.viewChange(1, {}), odd),
    { "COPY:type": 1 },
  );
});

test("protocols §20.8: a COPY of the longest VIEW-CHANGE that may be said is taken", () => {
  const rejected = bringCopy((bed) => {
    const numbers = Array.from({ length: wire.claimsMax(bed.cluster) }, (_, at) => at + 1);
    const p = numbers.map((sequence): Tuple => [sequence, STATE, 0]);
    const checkpoints = numbers.slice(1).map((sequence) => ({ sequence, digest: STATE }));
    const c = [GENESIS, ...checkpoints];
    const payload = wire.encodeViewChange({ view: 1, ...claims({ c, p }) });
    assert.equal(payload.length + ENVELOPE_BYTES_MAX, longestOf(bed.cluster).viewChange);
    return payload;
  });
  // The choice was made with it, and is not that of the NEW-VIEW.
  assert.deepEqual(rejected, { "NEW-VIEW:X": 1 });
});
