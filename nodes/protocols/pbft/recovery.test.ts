/** What waits after a restart (protocols §13.3). */
import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { REQUEST } from "../wire/request.ts";
import { ALICE, Bed, HOST } from "./pbft.fixture.ts";
import { bedOf, relay } from "./request-rules/vouching.fixture.ts";

const timerRuns = (bed: Bed) => bed.timers.has("request");

/** Much later, and up to its first STATUS. */
function restart(bed: Bed): void {
  bed.now += 1_000;
  bed.restart();
  bed.fire("status");
}

/** In view 0 replica 2 has prepared what Alice asked for, and heard of it nowhere else. */
function prepared(bed = new Bed(2)): Bed {
  const batch = bed.batch(bed.request(ALICE, 1));
  const vote = { view: 0, sequence: 1, digest: batch.digest };
  bed.receive(0, bed.prePrepare(0, vote, batch));
  bed.receive(3, bed.prepare(3, vote));
  return bed;
}

/** View 1, whose NEW-VIEW knows nothing of that. */
function enterWithoutIt(bed: Bed) {
  const viewChanges = [0, 1, 3].map((by) => bed.viewChange(by, { view: 1 }));
  return bed.receive(1, bed.newView(1, { view: 1, viewChanges, chosen: [] }));
}

describe("what waits after a restart (protocols §13.3)", () => {
  test("what is prepared in this view and not executed", () => {
    const bed = prepared();
    assert.equal(timerRuns(bed), false);
    restart(bed);
    assert.equal(timerRuns(bed), true);
  });

  test("not what its view had given up: nobody ever told the primary of it", () => {
    const bed = prepared();
    enterWithoutIt(bed);
    restart(bed);
    assert.equal(bed.core.status().view, 1);
    assert.equal(timerRuns(bed), false);
  });

  test("and no longer, once a view gives it up, unless its client tells this replica, too", () => {
    const bed = prepared();
    restart(bed);
    const sent = enterWithoutIt(bed);
    assert.equal(timerRuns(bed), false);
    assert.deepEqual(
      sent.filter(({ type }) => type === REQUEST),
      [],
    );
    bed.receive(HOST, bed.request(ALICE, 1));
    assert.equal(timerRuns(bed), true);
  });

  test("no view is left for it before a quorum of replicas is there, unless a client asks", () => {
    const bed = prepared();
    restart(bed);
    for (const peers of [[], [1]]) {
      bed.told(0, ...peers);
      for (let again = 0; again < 20; again++) bed.fire("request");
      assert.equal(bed.core.status().active, true, `${peers.length} heard`);
    }
    bed.told(0, 1, 3);
    while (timerRuns(bed)) bed.fire("request");
    assert.deepEqual([bed.core.status().view, bed.core.status().active], [1, false]);
    const asked = prepared();
    restart(asked);
    asked.receive(HOST, asked.request(ALICE, 2));
    while (timerRuns(asked)) asked.fire("request");
    assert.equal(asked.core.status().active, false);
  });

  test("no longer than until it is executed, whatever views come then", () => {
    const bed = prepared();
    const { digest } = bed.batch(bed.request(ALICE, 1));
    restart(bed);
    for (const by of [0, 3]) bed.receive(by, bed.commit(by, { view: 0, sequence: 1, digest }));
    assert.equal(bed.core.status().lastExec, 1);
    assert.equal(timerRuns(bed), false);
    restart(bed);
    assert.equal(timerRuns(bed), true, "the decision is not on the disk");
    for (const by of [0, 3]) bed.receive(by, bed.commit(by, { view: 0, sequence: 1, digest }));
    enterWithoutIt(bed);
    assert.equal(bed.core.status().view, 1);
    assert.equal(timerRuns(bed), false);
  });

  test("as anything that waits, once everybody is certain of it", () => {
    const bed = prepared(bedOf(2));
    restart(bed);
    const request = bed.request(ALICE, 1);
    bed.receive(HOST, request);
    for (const by of [0, 3]) bed.receive(by, relay(bed, by, request));
    enterWithoutIt(bed);
    assert.equal(timerRuns(bed), true);
  });
});
