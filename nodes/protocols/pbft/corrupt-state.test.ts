/** A state that is found to be wrong (protocols §7.5), at a start and while a replica runs. */
import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { REPLY } from "../wire/request.ts";
import { ClaimsBed } from "./claims/claims.fixture.ts";
import {
  CHECKPOINT,
  encodeCheckpoint,
  encodeStatus,
  encodeViews,
  FETCH_STATE,
  STATE_PAGES,
  STATUS,
} from "./messages.ts";
import { ALICE, Bed, BOB, HOST, type Sent, types } from "./pbft.fixture.ts";
import { RECORD } from "./records.ts";
import { decodeStatePages, encodeFetchState } from "./state-messages.ts";

const WRONG = "ff".repeat(32);

function executed(count: number, client = ALICE, id = 1): Bed {
  const bed = new Bed(id);
  for (let sequence = 1; sequence <= count; sequence++) bed.execute(sequence, client);
  return bed;
}

function makeStable(bed: Bed, sequence = 4): string {
  const d = stateAt(bed, sequence);
  bed.receive(2, bed.checkpoint(2, sequence, d));
  bed.receive(3, bed.checkpoint(3, sequence, d));
  assert.equal(bed.core.status().stable, sequence);
  return d;
}

function stateAt(bed: Bed, sequence: number): string {
  return bed.audited("checkpoint").find(({ n }) => n === sequence)?.d ?? "";
}

const isOfState = ([kind]: Uint8Array) => kind === RECORD.page || kind === RECORD.snapshot;

/** Its pages fit together, and are not what was executed: Bob was served in Alice's place. */
function spoil(bed: { disk: Uint8Array[] }, count: number): void {
  const other = executed(count, BOB);
  bed.disk = [...other.disk.filter(isOfState), ...bed.disk.filter((each) => !isOfState(each))];
}

/** 4 is stable, and what is executed above it is in the log; the disk has the wrong states. */
function spoilt(count = 5): { bed: Bed; before: number; sent: Sent[]; right: string } {
  const bed = executed(4);
  const right = makeStable(bed);
  for (let sequence = 5; sequence <= count; sequence++) bed.execute(sequence);
  spoil(bed, count);
  const before = bed.audits.length;
  return { bed, before, sent: bed.restart(), right };
}

function status(bed: Bed, by: number): Uint8Array {
  const whole = { view: 0, active: true, stable: 4, lastExec: 4, slots: new Uint8Array(8) };
  const payload = encodeStatus({ ...whole, part: encodeViews([0, 0, 0, 0]) });
  return bed.envelopes(by).seal({ type: STATUS, payload }, "all");
}

/** Whatever it asks for, a replica that has the right state gives it. */
function fetchFrom(bed: Bed, source: Bed): void {
  for (let asked = bed.fire("transfer"); asked.length > 0; ) {
    const question = asked.find(({ type, to }) => type === FETCH_STATE && to === 2);
    if (!question) return;
    const [answer] = source.receive(1, question.bytes);
    assert.equal(answer?.type, STATE_PAGES);
    asked = bed.receive(2, answer.bytes);
  }
}

describe("a wrong state that is on the disk (protocols §7.5)", () => {
  test("is told in the audit log behind the start, and in no checkpoint line", () => {
    for (const count of [5, 9]) {
      const { bed, before, right } = spoilt(count);
      const lines = bed.audits.slice(before);
      assert.deepEqual(
        lines.map(({ e }) => e).filter((e) => ["boot", "corrupt", "checkpoint"].includes(e)),
        ["boot", "corrupt"],
        `${count} executed`,
      );
      const [line] = bed.audited("corrupt");
      assert.deepEqual([line?.n, line?.stable], [4, right]);
      assert.notEqual(line?.own, right);
    }
  });

  test("is executed upon by nothing, neither from the log nor from the wire", () => {
    const { bed, before } = spoilt();
    bed.execute(6);
    const executions = bed.audits.slice(before).filter(({ e }) => e === "executed");
    assert.deepEqual(executions, []);
    assert.equal(bed.core.status().lastExec, 4);
  });

  test("gives no client an answer", () => {
    const { bed } = spoilt();
    assert.deepEqual(types(bed.receive(HOST, bed.request(BOB, 4))), []);
    const good = executed(4);
    makeStable(good);
    good.restart();
    assert.deepEqual(types(good.receive(HOST, good.request(ALICE, 4))), [REPLY]);
  });

  test("votes for no checkpoint, those above the stable one included", () => {
    const { bed, sent } = spoilt(9);
    bed.now += 1_000;
    const all = [...sent, ...bed.fire("status"), ...bed.receive(2, status(bed, 2))];
    assert.deepEqual(
      types(all).filter((type) => type === CHECKPOINT),
      [],
    );
    const good = executed(4);
    makeStable(good);
    for (let sequence = 5; sequence <= 9; sequence++) good.execute(sequence);
    good.restart();
    good.now += 1_000;
    assert.ok(types(good.receive(2, status(good, 2))).includes(CHECKPOINT));
  });

  test("is served to nobody who fetches that checkpoint", () => {
    const { bed, right } = spoilt();
    const fetch = { number: 1, sequence: 4, nodes: [{ path: "", digest: right }] };
    const payload = encodeFetchState(fetch);
    const frame = bed.envelopes(2).seal({ type: FETCH_STATE, payload }, 1);
    const [answer] = bed.receive(2, frame);
    const { payload: said, attachment } = answer?.envelope ?? { payload: new Uint8Array() };
    const pages = attachment && decodeStatePages(said, attachment);
    assert.deepEqual(
      pages?.nodes.map(({ length }) => length),
      [0],
    );
  });

  test("makes nobody leave the view, unless f+1 others do", () => {
    const { bed } = spoilt();
    bed.receive(HOST, bed.request(BOB, 9));
    for (let again = 0; again < 20; again++) bed.fire("request");
    assert.deepEqual([bed.core.status().view, bed.core.status().active], [0, true]);
    for (const by of [0, 2]) bed.receive(by, bed.viewChange(by, { view: 1 }));
    assert.equal(bed.core.status().view, 1);
  });

  test("makes nobody leave the view that others have taken it to (protocols §10.3)", () => {
    const { bed } = spoilt();
    bed.receive(HOST, bed.request(BOB, 9));
    const view = 2;
    const viewChanges = [0, 2, 3].map((by) => bed.viewChange(by, { view }));
    bed.receive(0, viewChanges[0] as Uint8Array);
    bed.receive(3, viewChanges[2] as Uint8Array);
    assert.ok(bed.timers.has("view-change"));
    bed.receive(2, bed.newView(2, { view, viewChanges, chosen: [] }));
    assert.deepEqual([bed.core.status().view, bed.core.status().active], [view, true]);
    assert.ok(bed.timers.has("view-change"), "nothing was executed there");
    bed.fire("view-change");
    assert.equal(bed.timers.has("view-change"), false);
    assert.ok(bed.timers.has("request"), "it is what waits once the state is mended");
    assert.deepEqual([bed.core.status().view, bed.core.status().active], [view, true]);
  });

  test("is in no VIEW-CHANGE that claims what its author has", () => {
    const bed = new ClaimsBed(2);
    for (const sequence of [1, 2, 3, 4]) bed.execute(sequence, 0);
    const taken = bed.audits.find((event) => event.e === "checkpoint");
    const digest = taken?.e === "checkpoint" ? taken.d : "";
    for (const by of [0, 1, 3]) {
      bed.hear(by, CHECKPOINT, encodeCheckpoint({ sequence: 4, digest }));
    }
    assert.deepEqual(claimedBy(bed, 1), [{ sequence: 4, digest }]);
    spoil(bed, 4);
    bed.restart();
    assert.ok(bed.audits.some(({ e }) => e === "corrupt"));
    assert.deepEqual(claimedBy(bed, 2), []);
  });

  test("is replaced by the one that Q vouch for, and then it goes on", () => {
    const { bed, right } = spoilt(4);
    const source = executed(4, ALICE, 2);
    assert.equal(stateAt(source, 4), right);
    fetchFrom(bed, source);
    assert.deepEqual(
      bed.audited("installed").map(({ n, d }) => [n, d]),
      [[4, right]],
    );
    bed.execute(5);
    assert.equal(bed.core.status().lastExec, 5);
    bed.restart();
    assert.equal(bed.audited("corrupt").length, 1, "the disk has the right one, too");
  });

  test("above the stable mark is judged by the vote on it, and not before", () => {
    const bed = executed(4);
    const right = stateAt(bed, 4);
    spoil(bed, 4);
    const before = bed.audits.length;
    bed.restart();
    assert.equal(bed.audited("corrupt").length, 0);
    assert.equal(bed.audits.slice(before).filter(({ e }) => e === "checkpoint").length, 1);
    for (const by of [0, 2, 3]) bed.receive(by, bed.checkpoint(by, 4, right));
    assert.equal(bed.audited("corrupt").length, 1);
  });
});

describe("a wrong state that is found while a replica runs (protocols §7.5)", () => {
  const found = () => {
    const bed = executed(4);
    for (const by of [0, 2, 3]) bed.receive(by, bed.checkpoint(by, 4, WRONG));
    assert.equal(bed.audited("corrupt").length, 1);
    return bed;
  };

  test("is found again by who starts on it", () => {
    const bed = found();
    bed.restart();
    assert.equal(bed.audited("corrupt").length, 2);
    assert.equal(bed.audited("checkpoint").length, 1, "of the first life");
  });

  test("votes for no checkpoint above it any more, and is to be fetched", () => {
    const bed = executed(8);
    for (const by of [0, 2, 3]) bed.receive(by, bed.checkpoint(by, 4, WRONG));
    assert.equal(bed.audited("corrupt").length, 1);
    assert.ok(bed.timers.has("transfer"));
    bed.now += 1_000;
    assert.ok(!types(bed.receive(2, status(bed, 2))).includes(CHECKPOINT));
  });

  test("gives no client an answer from then on", () => {
    assert.deepEqual(types(found().receive(HOST, executed(0).request(ALICE, 4))), []);
  });

  test("is told nobody as a checkpoint where the stable digest is known before", () => {
    const { bed, sent } = foundWhenTaken();
    assert.equal(bed.core.status().lastExec, 4);
    assert.equal(bed.audited("corrupt").length, 1);
    assert.deepEqual(bed.audited("checkpoint"), []);
    assert.ok(!types(sent).includes(CHECKPOINT));
  });
});

describe("a state that is known to be wrong (protocols §7.5)", () => {
  const wrongAt = (bed: Bed, sequence: number) => {
    for (const by of [0, 2, 3]) bed.receive(by, bed.checkpoint(by, sequence, WRONG));
    return bed;
  };
  const atFour = {
    "on the disk at a start": () => spoilt(4).bed,
    "by the vote on it": () => wrongAt(executed(4), 4),
    "before it was told": () => foundWhenTaken().bed,
  };

  test.each(Object.entries(atFour))(
    "%s stays so for who starts on it, whatever is stable by then",
    (_, found) => {
      const bed = wrongAt(found(), 8);
      assert.equal(bed.core.status().stable, 8);
      for (let start = 0; start < 2; start++) {
        bed.restart();
        bed.now += 1_000;
        assert.ok(!types(bed.receive(HOST, bed.request(ALICE, 4))).includes(REPLY));
        const executions = bed.audited("executed").length;
        bed.execute(5);
        assert.equal(bed.audited("executed").length, executions);
        assert.ok(bed.timers.has("transfer"), "it is to be fetched");
      }
      const lines = bed.audited("corrupt").map(({ n, own, stable }) => [n, own, stable]);
      assert.deepEqual(lines, [lines[0], lines[0], lines[0]]);
    },
  );

  test("stays so when the log is written anew", () => {
    const bed = wrongAt(executed(9), 4);
    const before = bed.disk.length;
    wrongAt(bed, 8);
    assert.ok(bed.disk.length < before);
    bed.restart();
    assert.equal(bed.audited("corrupt").length, 2);
    bed.receive(HOST, bed.request(BOB, 9));
    for (let again = 0; again < 20; again++) bed.fire("request");
    assert.deepEqual([bed.core.status().view, bed.core.status().active], [0, true]);
  });
});

/** The stable digest is known before number 4 is executed. */
function foundWhenTaken(): { bed: Bed; sent: Sent[] } {
  const bed = executed(3);
  const batch = bed.batch(bed.request(ALICE, 4));
  const vote = { view: 0, sequence: 4, digest: batch.digest };
  bed.receive(0, bed.prePrepare(0, vote, batch));
  for (const by of [0, 2, 3]) bed.receive(by, bed.checkpoint(by, 4, WRONG));
  return { bed, sent: [0, 2, 3].flatMap((by) => bed.receive(by, bed.commit(by, vote))) };
}

function claimedBy(bed: ClaimsBed, view: number) {
  return bed.leaveFor(view).checkpoints;
}
