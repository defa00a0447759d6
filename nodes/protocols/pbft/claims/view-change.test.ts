import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { NULL_DIGEST } from "../../contract/audit.ts";
import * as pbft from "../messages.ts";
import { ClaimsBed, FOUR, GENESIS, STATE, typesOf } from "./claims.fixture.ts";
import * as wire from "./messages.ts";
import { encodePart, readPart } from "./status-part.ts";

const A = "a".repeat(64);
const NEW_VIEW_SENT = `send ${pbft.NEW_VIEW}`;
const ACK_SENT = `send ${wire.VIEW_CHANGE_ACK}`;

function viewOf({ core }: ClaimsBed) {
  const { view, active } = core.status();
  return { view, active };
}

describe("protocols §20.2: P and Q", () => {
  test("P names what was prepared, in its view; Q what was accepted, prepared or not", () => {
    const bed = new ClaimsBed(2);
    const one = bed.prepare(1);
    const two = bed.batch(bed.request(2));
    bed.prePrepare({ view: 0, sequence: 2 }, two);
    const own = bed.leaveFor(1);
    assert.deepEqual([...own.prepared], [[1, { digest: one.digest, view: 0 }]]);
    assert.deepEqual(
      [...own.prePrepared].map(([n, digests]) => [n, ...digests]),
      [
        [1, [one.digest, 0]],
        [2, [two.digest, 0]],
      ],
    );
  });

  test("P keeps what is at or below the base of a view, which is not stable", () => {
    const bed = new ClaimsBed(2);
    const vote = bed.prepare(1);
    bed.enter(1, { c: [GENESIS, FOUR] }, FOUR);
    assert.deepEqual(viewOf(bed), { view: 1, active: true });
    const own = bed.leaveFor(2);
    assert.equal(own.stable, 0, "the base of a view is no stable mark");
    assert.deepEqual([...own.prepared], [[1, { digest: vote.digest, view: 0 }]]);
    assert.equal(own.prePrepared.get(1)?.get(vote.digest), 0);
  });

  test("what a NEW-VIEW chose is in Q, its numbers above the own window too", () => {
    const bed = new ClaimsBed(2);
    const far = Array.from({ length: 20 }, () => NULL_DIGEST).with(19, A);
    bed.enter(
      1,
      { p: far.map((digest, index) => [index + 1, digest, 0] as const) },
      GENESIS,
      ...far,
    );
    assert.equal(viewOf(bed).active, true);
    const { prePrepared } = bed.leaveFor(2);
    assert.deepEqual(
      [...prePrepared.keys()],
      Array.from({ length: 20 }, (_, index) => index + 1),
    );
    assert.equal(prePrepared.get(20)?.get(A), 1);
  });

  test("Q is read back, not rebuilt: it has the digests of earlier views after a restart", () => {
    const bed = new ClaimsBed(2);
    const vote = bed.prepare(1);
    bed.enter(1, { p: [[1, A, 0]] }, GENESIS, A);
    bed.restart();
    const { prePrepared, prepared } = bed.leaveFor(2);
    assert.deepEqual(
      new Map(prePrepared.get(1)),
      new Map([
        [vote.digest, 0],
        [A, 1],
      ]),
    );
    assert.equal(prepared.get(1)?.digest, vote.digest);
  });
});

describe("protocols §20.3: VIEW-CHANGE", () => {
  test("numbers far above the own window are no reason to refuse one", () => {
    const bed = new ClaimsBed(2);
    bed.leaveFor(1, { p: [[250, A, 0]] });
    const highest = bed.viewChange(1, { p: [[Number.MAX_SAFE_INTEGER, A, 0]] });
    assert.deepEqual(typesOf(bed.hear(3, pbft.VIEW_CHANGE, highest)), [wire.VIEW_CHANGE_ACK]);
    assert.deepEqual(bed.core.status().rejected, {});
  });

  test.each([
    ["a checkpoint below h", { h: 4, c: [GENESIS, FOUR] }],
    ["P at h", { h: 4, c: [FOUR], p: [[4, A, 0]] as const, q: [] }],
    ["Q at h", { h: 4, c: [FOUR], q: [[4, A, 0]] as const }],
    ["P of the view that it asks for", { p: [[1, A, 1]] as const, q: [] }],
    ["Q of the view that it asks for", { q: [[1, A, 1]] as const }],
  ])("one with %s is refused", (_what, written) => {
    const bed = new ClaimsBed(2);
    assert.deepEqual(bed.hear(0, pbft.VIEW_CHANGE, bed.viewChange(1, written)), []);
  });

  test("two entries of P for one number, or in another order, are malformed", () => {
    const bed = new ClaimsBed(2);
    const payload = bed.viewChange(1, {
      p: [
        [1, A, 0],
        [2, A, 0],
      ],
      q: [],
    });
    const [head, entry] = [payload.length - 4 - 2 * 48, 48];
    const first = payload.subarray(head, head + entry);
    const twice = payload.slice();
    twice.set(first, head + entry);
    assert.equal(wire.decodeViewChange(twice, bed.cluster), null);
    assert.notEqual(wire.decodeViewChange(payload, bed.cluster), null);
  });
});

describe("protocols §20.5: who vouches for whom", () => {
  test("who takes one tells the primary of the view, after writing it down, the first alone", () => {
    const bed = new ClaimsBed(2);
    bed.leaveFor(1);
    const first = bed.viewChange(1, {});
    const sent = bed.hear(3, pbft.VIEW_CHANGE, first);
    assert.deepEqual(bed.journal, ["persist", ACK_SENT]);
    assert.equal(sent[0]?.to, 1);
    const { name } = bed.reference(3, first);
    assert.deepEqual(wire.decodeAck(sent[0]?.payload ?? first, bed.cluster), {
      view: 1,
      replica: 3,
      name,
    });
    assert.deepEqual(bed.hear(3, pbft.VIEW_CHANGE, bed.viewChange(1, { p: [[1, A, 0]] })), []);
  });

  /** r1 leads view 1, has three VIEW-CHANGEs and no ACK yet. */
  function leading() {
    const bed = new ClaimsBed(1);
    const payload = bed.viewChange(1, {});
    for (const by of [0, 2, 3]) bed.hear(by, pbft.VIEW_CHANGE, payload);
    return { bed, ack: (by: number, of: number) => bed.ack(by, 1, bed.reference(of, payload)) };
  }

  test("a new primary leads on 2f-1 ACKs each, those of the author and its own not counted", () => {
    const { bed, ack } = leading();
    ack(0, 0);
    ack(2, 2);
    ack(0, 2);
    assert.equal(viewOf(bed).active, false, "its own and r2's alone are two");
    ack(2, 2);
    assert.equal(viewOf(bed).active, false);
    const sent = ack(2, 3);
    assert.deepEqual(viewOf(bed), { view: 1, active: true });
    assert.equal(typesOf(sent).at(-1), pbft.NEW_VIEW);
    assert.ok(bed.journal.indexOf("persist") < bed.journal.indexOf(NEW_VIEW_SENT));
  });

  test("an ACK for another digest does not keep the one that counts from counting", () => {
    const { bed, ack } = leading();
    bed.ack(0, 1, { replica: 2, name: A });
    ack(0, 2);
    ack(0, 3);
    assert.equal(viewOf(bed).active, true);
  });

  test("a new primary decides anew whenever S grows, and waits for the bodies that it chose", () => {
    const bed = new ClaimsBed(1);
    const batch = bed.batch(bed.request(1));
    const claimed = bed.viewChange(1, { p: [[1, batch.digest, 0]] });
    const accepted = bed.viewChange(1, { q: [[1, batch.digest, 0]] });
    bed.hear(0, pbft.VIEW_CHANGE, claimed);
    bed.hear(3, pbft.VIEW_CHANGE, bed.viewChange(1, {}));
    bed.ack(2, 1, bed.reference(0, claimed));
    bed.ack(2, 1, bed.reference(3, bed.viewChange(1, {})));
    assert.equal(viewOf(bed).active, false, "of the first Q one alone knows of number 1");
    bed.hear(2, pbft.VIEW_CHANGE, accepted);
    const asked = bed.ack(3, 1, bed.reference(2, accepted));
    assert.deepEqual(typesOf(asked), [pbft.FETCH_BODY]);
    assert.equal(viewOf(bed).active, false);
    const name = pbft.encodeCheckpoint({ sequence: 1, digest: batch.digest });
    const sent = bed.hear(2, pbft.BODY, name, batch.bytes);
    assert.deepEqual(typesOf(sent), [pbft.NEW_VIEW]);
    assert.equal(bed.journal[0], "persist", "the body is as durable as the choice");
  });

  test("after a restart who waits has its VIEW-CHANGE, what it vouched for, and does not lead", () => {
    const { bed, ack } = leading();
    const [own] = bed.restart();
    assert.equal(own?.type, pbft.VIEW_CHANGE);
    ack(0, 2);
    ack(2, 3);
    assert.deepEqual(viewOf(bed), { view: 1, active: false });
    const sent = bed.status(0, 1, {});
    const vouched = sent.filter(({ type }) => type === wire.VIEW_CHANGE_ACK);
    assert.equal(vouched.length, 2, "for r2 and r3");
  });
});

describe("protocols §20.6: NEW-VIEW", () => {
  /** Tags of the frame spoilt, for this reader as for all. */
  function spoilt(bed: ClaimsBed, by: number, payload: Uint8Array): Uint8Array {
    const frame = bed.scheme(by).seal({ type: pbft.VIEW_CHANGE, payload }, "all");
    for (let at = frame.length - 60; at < frame.length; at++) frame[at] = (frame[at] ?? 0) ^ 1;
    return frame;
  }

  test("one that names a VIEW-CHANGE which convinces others alone is kept, and taken on f ACKs", () => {
    const bed = new ClaimsBed(2);
    const payload = bed.viewChange(1, {});
    for (const by of [0, 1]) bed.hear(by, pbft.VIEW_CHANGE, payload);
    const bad = bed.viewChange(1, { c: [GENESIS, FOUR] });
    bed.receive(3, spoilt(bed, 3, bad));
    bed.hear(1, pbft.NEW_VIEW, bed.newView(1, { 0: payload, 1: payload, 3: bad }, GENESIS));
    assert.equal(viewOf(bed).active, false);
    const reference = bed.reference(3, bad);
    const said = wire.encodeSaid({ type: pbft.VIEW_CHANGE, author: 3, payload: bad });
    bed.hear(1, wire.COPY, wire.encodeName(reference.name), said);
    assert.equal(viewOf(bed).active, false, "nobody but the primary vouches for it");
    bed.ack(1, 1, reference);
    bed.ack(3, 1, reference);
    assert.equal(viewOf(bed).active, false, "the primary's and the author's ACKs do not count");
    bed.ack(0, 1, reference);
    assert.deepEqual(viewOf(bed), { view: 1, active: true });
  });

  test("a copy counts by the name that was asked for, not by what is in it", () => {
    const bed = new ClaimsBed(2);
    const payload = bed.viewChange(1, {});
    for (const by of [0, 1]) bed.hear(by, pbft.VIEW_CHANGE, payload);
    bed.hear(1, pbft.NEW_VIEW, bed.newView(1, { 0: payload, 1: payload, 3: payload }, GENESIS));
    const { name } = bed.reference(3, payload);
    bed.ack(0, 1, { replica: 3, name });
    const other = bed.viewChange(1, { p: [[1, A, 0]] });
    const lie = wire.encodeSaid({ type: pbft.VIEW_CHANGE, author: 3, payload: other });
    bed.hear(0, wire.COPY, wire.encodeName(name), lie);
    assert.equal(viewOf(bed).active, false);
    const said = wire.encodeSaid({ type: pbft.VIEW_CHANGE, author: 3, payload });
    bed.hear(0, wire.COPY, wire.encodeName(name), said);
    assert.equal(viewOf(bed).active, true);
  });

  test("one whose X is not the choice is answered with a VIEW-CHANGE for the next view", () => {
    const bed = new ClaimsBed(2);
    const sent = bed.enter(1, { p: [[1, A, 0]] }, GENESIS);
    assert.equal(bed.viewChangeIn(sent).view, 2);
  });

  test("one whose X goes on beyond the choice, or begins at another state, is wrong, too", () => {
    const other = { ...FOUR, digest: A };
    for (const [base, ...digests] of [[FOUR, A] as const, [other] as const]) {
      const bed = new ClaimsBed(2);
      const sent = bed.enter(1, { c: [GENESIS, FOUR] }, base, ...digests);
      assert.equal(bed.viewChangeIn(sent).view, 2);
    }
  });

  test("one that leaves out a null which was prepared is wrong", () => {
    const bed = new ClaimsBed(2);
    const sent = bed.enter(1, { p: [[1, NULL_DIGEST, 0]] }, GENESIS);
    assert.equal(bed.viewChangeIn(sent).view, 2);
  });

  test("one that names of this replica what it never sent is refused", () => {
    const bed = new ClaimsBed(2);
    const payload = bed.viewChange(1, {});
    for (const by of [0, 1]) bed.hear(by, pbft.VIEW_CHANGE, payload);
    const other = bed.viewChange(1, { c: [GENESIS, FOUR] });
    const newView = bed.newView(1, { 0: payload, 1: payload, 2: other }, GENESIS);
    assert.equal(bed.viewChangeIn(bed.hear(1, pbft.NEW_VIEW, newView)).view, 2);
  });

  test("a view is entered on the word of f+1 that entered it, and on that of one it is not", () => {
    const bed = new ClaimsBed(2);
    const payload = bed.viewChange(5, {});
    const newView = bed.newView(5, { 0: payload, 1: payload, 3: payload }, GENESIS, A);
    const name = bed.nameOfNewView(5, newView);
    const said = wire.encodeSaid({ type: pbft.NEW_VIEW, author: 1, payload: newView });
    bed.status(0, 5, { active: true, newView: name });
    bed.hear(0, wire.COPY, wire.encodeName(name), said);
    assert.deepEqual(viewOf(bed), { view: 0, active: true });
    bed.status(3, 5, { active: true, newView: name });
    const other = bed.newView(5, { 0: payload, 1: payload, 3: payload }, GENESIS);
    const lie = wire.encodeSaid({ type: pbft.NEW_VIEW, author: 1, payload: other });
    bed.hear(0, wire.COPY, wire.encodeName(name), lie);
    assert.deepEqual(viewOf(bed), { view: 0, active: true }, "a copy of something else");
    bed.hear(0, wire.COPY, wire.encodeName(name), said);
    assert.deepEqual(viewOf(bed), { view: 5, active: true });
    assert.equal(bed.leaveFor(6).prePrepared.get(1)?.get(A), 5);
  });

  test("nothing at or below the base is ordered in its view, and in a later one with a lower base it is", () => {
    const bed = new ClaimsBed(2);
    bed.enter(1, { c: [GENESIS, FOUR] }, FOUR);
    const batch = bed.batch(bed.request(1));
    assert.deepEqual(bed.prePrepare({ view: 1, sequence: 4 }, batch), []);
    assert.deepEqual(typesOf(bed.prePrepare({ view: 1, sequence: 5 }, batch)), [pbft.PREPARE]);
    bed.enter(5, {}, GENESIS);
    assert.deepEqual(typesOf(bed.prePrepare({ view: 5, sequence: 1 }, batch)), [pbft.PREPARE]);
  });

  test("what was executed is voted on again where a later view chooses it, and not executed again", () => {
    const bed = new ClaimsBed(2);
    const { digest } = bed.execute(1);
    const sent = bed.enter(1, { p: [[1, digest, 0]] }, GENESIS, digest);
    assert.ok(typesOf(sent).includes(pbft.PREPARE));
    const executed = bed.audits.filter(({ e }) => e === "executed");
    const committed = bed.votes(pbft.PREPARE, { view: 1, sequence: 1, digest }, 0, 3);
    assert.ok(typesOf(committed).includes(pbft.COMMIT));
    assert.deepEqual(
      bed.audits.filter(({ e }) => e === "executed"),
      executed,
    );
  });

  test("what a view orders again and this replica executed it tells in STATUS, until it is prepared", () => {
    const bed = new ClaimsBed(2);
    const { digest } = bed.execute(1);
    bed.enter(1, { p: [[1, digest, 0]] }, GENESIS, digest);
    const again = () => {
      const status = bed.fire("status").find(({ type }) => type === pbft.STATUS);
      const read =
        status && pbft.decodeStatus(status.payload, (reader) => readPart(reader, bed.cluster));
      return read?.part.again;
    };
    assert.deepEqual(again(), { first: 1, slots: Uint8Array.of(pbft.HAS_PRE_PREPARE) });
    bed.votes(pbft.PREPARE, { view: 1, sequence: 1, digest }, 0, 3);
    assert.equal(again()?.slots.length, 0);
  });
});

describe("protocols §20.7: DECIDED", () => {
  const decided = { sequence: 1, digest: STATE };
  const state = (bed: ClaimsBed, by: number, vote = decided) =>
    bed.hear(by, wire.DECIDED, pbft.encodeCheckpoint(vote));
  const told = ({ audits }: ClaimsBed) => audits.filter(({ e }) => e === "stated").length;

  test("f+1 others that state a number decide it, one and its repetition do not", () => {
    const bed = new ClaimsBed(2);
    state(bed, 0);
    state(bed, 0);
    state(bed, 1, { sequence: 1, digest: A });
    assert.equal(told(bed), 0);
    state(bed, 1);
    assert.equal(told(bed), 1);
  });

  test("who was told states it no further until it has executed it", () => {
    const bed = new ClaimsBed(2);
    const batch = bed.batch(bed.request(1));
    const vote = { sequence: 1, digest: batch.digest };
    state(bed, 0, vote);
    state(bed, 1, vote);
    const asked = (): readonly number[] => {
      const head = { view: 0, active: true, stable: 0, lastExec: 0 };
      const nobody = [0, 1, 2, 3].map(() => ({ view: 0, counts: true, vouchers: [] }));
      const again = { first: 0, slots: new Uint8Array(0) };
      const part = encodePart({ newView: NULL_DIGEST, viewChanges: nobody, wanted: [], again });
      bed.now += 1_000;
      const payload = pbft.encodeStatus({ ...head, part, slots: Uint8Array.of(0) });
      const sent = typesOf(bed.hear(3, pbft.STATUS, payload));
      return sent.filter((type) => type === wire.DECIDED);
    };
    assert.deepEqual(asked(), []);
    bed.hear(0, pbft.BODY, pbft.encodeCheckpoint(vote), batch.bytes);
    assert.equal(bed.core.status().lastExec, 1);
    assert.deepEqual(asked(), [wire.DECIDED]);
  });
});
