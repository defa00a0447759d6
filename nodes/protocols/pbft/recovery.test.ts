/** What waits after a restart, and what it can still show (protocols §13.3). */
import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { REQUEST } from "../wire/request.ts";
import { PROOF_RECORD } from "./certificates/records.ts";
import { COMMIT, encodeStatus, encodeViews, STATUS } from "./messages.ts";
import { ALICE, Bed, HOST, type Sent } from "./pbft.fixture.ts";
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

/** COMMITs with which it answers to replica 3, which has executed nothing: by number, whose. */
function shown(bed: Bed): Map<number | undefined, number[]> {
  const slots = new Uint8Array(8);
  const part = encodeViews([0, 0, 0, 0]);
  const status = { view: 0, active: true, stable: 0, lastExec: 0, part, slots };
  const content = { type: STATUS, payload: encodeStatus(status) };
  const sent = bed.receive(3, bed.envelopes(3).seal(content, "all"));
  const commits = Map.groupBy(
    sent.filter(({ type }) => type === COMMIT),
    ({ vote }: Sent) => vote?.sequence,
  );
  return new Map([...commits].map(([n, each]) => [n, each.map((sent) => sent.envelope.sender)]));
}

describe("what a start begins above, its own state not being stable (protocols §13.1)", () => {
  test("is shown by Q COMMITs as before, by a second start, too", () => {
    const bed = new Bed(1);
    for (let sequence = 1; sequence <= 5; sequence++) bed.execute(sequence);
    restart(bed);
    for (let start = 0; start < 2; start++) {
      assert.deepEqual([bed.core.status().stable, bed.core.status().lastExec], [0, 4]);
      const byNumber = shown(bed);
      for (const covered of [1, 2, 3, 4]) {
        assert.equal(new Set(byNumber.get(covered)).size, 3, `COMMITs for ${covered}`);
      }
      assert.deepEqual(byNumber.get(5), [1], "what no state covers is decided anew");
      restart(bed);
    }
  });

  test("each number's COMMITs are written down once", () => {
    const bed = new Bed(1);
    for (let sequence = 1; sequence <= 4; sequence++) bed.execute(sequence);
    const atFour = bed.disk.filter((record) => record[0] === PROOF_RECORD.covered).length;
    for (let sequence = 5; sequence <= 8; sequence++) bed.execute(sequence);
    const atEight = bed.disk.filter((record) => record[0] === PROOF_RECORD.covered).length;
    assert.deepEqual([atFour, atEight], [4, 8]);
  });
});
