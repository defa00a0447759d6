/** What a peer can provoke stays within bounds, and stops nobody (protocols §20.2, §20.8). */
import assert from "node:assert/strict";
import { test } from "vitest";
import * as pbft from "../messages.ts";
import { ClaimsBed, GENESIS, STATE, typesOf } from "./claims.fixture.ts";
import { claimsMax } from "./messages.ts";

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
  const most = claimsMax(bed.cluster);
  prepareBeyondClaims(bed);
  assert.equal(bed.leaveFor(37).prepared.size, most, "and the rest waits");
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

test("protocols §20.3: C names no more checkpoints than others take, the highest ones", () => {
  const bed = new ClaimsBed(2);
  const { window, checkpointInterval } = bed.cluster;
  const most = claimsMax(bed.cluster);
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
