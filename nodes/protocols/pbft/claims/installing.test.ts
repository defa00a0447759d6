import assert from "node:assert/strict";
import { test } from "vitest";
import type { Vote } from "../messages.ts";
import * as pbft from "../messages.ts";
import { decodeFetchState, encodeNodes, encodeStatePages } from "../state-messages.ts";
import { ClaimsBed, FOUR, GENESIS, STATE, typesOf } from "./claims.fixture.ts";
import * as wire from "./messages.ts";

/**
 * r2 of seven prepared number 1 and no more; three others, W, claim to have executed 4, or what is
 * given, and r1 serves the state.
 */
function installed(
  before?: (bed: ClaimsBed) => void,
  claimed = 4,
  meanwhile?: (bed: ClaimsBed) => void,
): { bed: ClaimsBed; one: Vote } {
  const [bed, server] = [sevens(2), sevens(1)];
  const one = bed.prepare(1);
  before?.(bed);
  const { digest } = fourOf(server);
  const checkpoint = pbft.encodeCheckpoint({ sequence: claimed, digest });
  for (const by of [1, 3, 4]) bed.hear(by, pbft.CHECKPOINT, checkpoint);
  bed.fire("status");
  let asked = bed.fire("transfer");
  meanwhile?.(bed);
  for (let turn = 0; turn < 8 && bed.core.status().lastExec === 0; turn++) {
    const questions = asked.filter(({ type, to }) => type === pbft.FETCH_STATE && to === 1);
    asked = questions.flatMap(({ payload }) =>
      server
        .hear(2, pbft.FETCH_STATE, payload)
        .flatMap((answer) => bed.hear(1, answer.type, answer.payload, answer.attachment)),
    );
  }
  return { bed, one };
}

/** Its checkpoint after four numbers. */
function fourOf(server: ClaimsBed): pbft.CheckpointVote {
  for (const sequence of [1, 2, 3, 4]) server.execute(sequence);
  const taken = server.audits.find((event) => event.e === "checkpoint");
  assert.ok(taken);
  return { sequence: taken.n, digest: taken.d };
}

function sevens(id: number): ClaimsBed {
  return new ClaimsBed(id, "vectors", { faultsMax: 2 });
}

test("protocols §20.7: a state that f+1 claim is installed, claimed, and makes nothing stable", () => {
  const { bed } = installed();
  const { lastExec, stable } = bed.core.status();
  assert.deepEqual({ lastExec, stable }, { lastExec: 4, stable: 0 });
  const { stable: h, checkpoints } = bed.leaveFor(1);
  assert.equal(h, 0);
  assert.deepEqual(
    checkpoints.map(({ sequence }) => sequence),
    [0, 4],
  );
});

test("protocols §20.3: a state below what has become stable meanwhile is not claimed", () => {
  const eight = { sequence: 8, digest: "8".repeat(64) };
  const { bed } = installed(undefined, 4, (early) => {
    for (const by of [0, 1, 3, 4, 5]) early.hear(by, pbft.CHECKPOINT, pbft.encodeCheckpoint(eight));
  });
  const { lastExec, stable } = bed.core.status();
  assert.deepEqual({ lastExec, stable }, { lastExec: 4, stable: 8 });
  const { stable: h, checkpoints } = bed.leaveFor(1);
  assert.deepEqual({ h, checkpoints }, { h: 8, checkpoints: [] });
});

test("protocols §20.7: what was told of a number below an installed state is stated to nobody", () => {
  const batch = sevens(2).batch(sevens(2).request(5));
  const five = pbft.encodeCheckpoint({ sequence: 5, digest: batch.digest });
  const { bed } = installed((early) => {
    const two = pbft.encodeCheckpoint({ sequence: 2, digest: STATE });
    for (const vote of [two, five]) for (const by of [0, 3, 5]) early.hear(by, wire.DECIDED, vote);
  });
  assert.ok(bed.audits.some((event) => event.e === "stated" && event.n === 2));
  const sent = bed.status(3, 0, { active: true, slots: new Uint8Array(5) });
  assert.equal(typesOf(sent).includes(wire.DECIDED), false);
  bed.hear(0, pbft.BODY, five, batch.bytes);
  assert.equal(bed.core.status().lastExec, 5, "of a number above it it still counts");
});

test("protocols §20.6: an installed state forgets nothing that was prepared below it", () => {
  const { bed, one } = installed();
  bed.restart();
  const { prepared, prePrepared } = bed.leaveFor(1);
  assert.equal(prepared.get(1)?.digest, one.digest);
  assert.equal(prePrepared.get(1)?.get(one.digest), 0);
});

test("protocols §20.6: an installed state is no floor: numbers below it are voted on again", () => {
  const { bed } = installed((early) => early.enter(1, {}, GENESIS));
  const batch = bed.batch(bed.request(1));
  assert.deepEqual(typesOf(bed.prePrepare({ view: 1, sequence: 1 }, batch)), [pbft.PREPARE]);
  assert.equal(bed.core.status().lastExec, 4);
});

test("protocols §20.7: where one of f+1 claimants has it no more and the other is silent, the next is aimed at", () => {
  const bed = new ClaimsBed(2);
  const claim = (sequence: number) => {
    const payload = pbft.encodeCheckpoint({ sequence, digest: `${sequence}`.repeat(64) });
    for (const by of [1, 3]) bed.hear(by, pbft.CHECKPOINT, payload);
  };
  claim(4);
  bed.fire("status");
  const aims: number[] = [];
  for (let turn = 0; turn < 40 && aims.length < 2; turn++) {
    const sent = bed.fire("transfer");
    if (turn === 0) claim(8);
    for (const { type, to, payload } of sent) {
      const asked = type === pbft.FETCH_STATE && to === 1 ? decodeFetchState(payload) : null;
      if (!asked) continue;
      const nothing = encodeNodes(asked.nodes.map(() => new Uint8Array(0)));
      bed.hear(1, pbft.STATE_PAGES, encodeStatePages(asked.number), nothing);
      if (!aims.includes(asked.sequence)) aims.push(asked.sequence);
    }
  }
  assert.deepEqual(aims, [4, 8]);
});

test("protocols §20.8: how far above the stable mark a state was installed costs STATUS nothing", () => {
  const far = 2 ** 40;
  const { bed } = installed(undefined, far);
  assert.equal(bed.core.status().lastExec, far);
  const sent = bed.fire("status");
  assert.ok(typesOf(sent).includes(pbft.STATUS));
});

test("protocols §20.7: the state of a base is asked of who claimed it, not of who claimed another", () => {
  const bed = new ClaimsBed(2);
  const other = { ...FOUR, digest: "6".repeat(64) };
  const [base, lie] = [bed.viewChange(1, { c: [FOUR] }), bed.viewChange(1, { c: [other] })];
  const viewChanges = { 0: base, 1: base, 3: lie };
  for (const [by, payload] of Object.entries(viewChanges)) {
    bed.hear(Number(by), pbft.VIEW_CHANGE, payload);
  }
  bed.hear(1, pbft.NEW_VIEW, bed.newView(1, viewChanges, FOUR));
  assert.equal(bed.core.status().active, true);
  bed.fire("status");
  const asked = bed.fire("transfer").filter(({ type }) => type === pbft.FETCH_STATE);
  assert.deepEqual([...new Set(asked.map(({ to }) => to))].sort(), [0, 1]);
});

test("protocols §20.7: of one checkpoint all are asked who claim it, in VIEW-CHANGE or CHECKPOINT", () => {
  const bed = new ClaimsBed(2);
  const [base, nothing] = [bed.viewChange(1, { c: [FOUR] }), bed.viewChange(1, {})];
  const viewChanges = { 0: base, 1: base, 3: nothing };
  for (const [by, payload] of Object.entries(viewChanges)) {
    bed.hear(Number(by), pbft.VIEW_CHANGE, payload);
  }
  bed.hear(1, pbft.NEW_VIEW, bed.newView(1, viewChanges, FOUR));
  assert.equal(bed.core.status().active, true);
  for (const by of [1, 3]) bed.hear(by, pbft.CHECKPOINT, pbft.encodeCheckpoint(FOUR));
  bed.fire("status");
  const asked = bed.fire("transfer").filter(({ type }) => type === pbft.FETCH_STATE);
  assert.deepEqual([...new Set(asked.map(({ to }) => to))].sort(), [0, 1, 3]);
});

/** r2 enters view 1 on the word of r1 and r3, whose VIEW-CHANGEs claim its base; not all are held. */
function enteredOnTheWordOfOthers(...held: readonly number[]): ClaimsBed {
  const bed = new ClaimsBed(2);
  const [claimed, other] = [bed.viewChange(1, { c: [GENESIS, FOUR] }), bed.viewChange(1, {})];
  for (const by of held) bed.hear(by, pbft.VIEW_CHANGE, claimed);
  const newView = bed.newView(1, { 0: other, 1: claimed, 3: claimed }, FOUR);
  const name = bed.nameOfNewView(1, newView);
  for (const by of [1, 3]) bed.status(by, 1, { active: true, newView: name });
  const said = { type: pbft.NEW_VIEW, author: 1, payload: newView };
  bed.hear(1, wire.COPY, wire.encodeName(name), wire.encodeSaid(said));
  assert.equal(bed.core.status().active, true);
  return bed;
}

test.each([{ known: [] }, { known: [3] }])(
  "protocols §8.3: where fewer than f+1 are known to have it, all are asked (known: $known)",
  ({ known }) => {
    const bed = enteredOnTheWordOfOthers(...known);
    bed.fire("status");
    const asked = bed.fire("transfer").filter(({ type }) => type === pbft.FETCH_STATE);
    assert.deepEqual([...new Set(asked.map(({ to }) => to))].sort(), [0, 1, 3]);
  },
);

test("protocols §8.3: where f+1 are known and none of them gives it, the others are asked, too", () => {
  const bed = new ClaimsBed(2);
  for (const by of [1, 3]) bed.hear(by, pbft.CHECKPOINT, pbft.encodeCheckpoint(FOUR));
  bed.fire("status");
  const asked = new Set<number | "all">();
  for (let turn = 0; turn < 40; turn++) {
    for (const { type, to, payload } of bed.fire("transfer")) {
      const question = type === pbft.FETCH_STATE ? decodeFetchState(payload) : null;
      if (!question) continue;
      if (turn < 5) assert.notEqual(to, 0, "as long as there is hope of them");
      asked.add(to);
      // r1 has it no more, and r3 is silent.
      if (to !== 1) continue;
      const nothing = encodeNodes(question.nodes.map(() => new Uint8Array(0)));
      bed.hear(1, pbft.STATE_PAGES, encodeStatePages(question.number), nothing);
    }
  }
  assert.deepEqual(asked, new Set([1, 3, 0]));
});

test("protocols §20.6: an installed state raises how far is ordered", () => {
  const { bed } = installed();
  const orders = (sequence: number) =>
    typesOf(bed.prePrepare({ view: 0, sequence }, bed.batch(bed.request(sequence))));
  assert.deepEqual(orders(4 + bed.cluster.window), [pbft.PREPARE]);
  assert.deepEqual(orders(5 + bed.cluster.window), []);
});

test("protocols §7.2: what is installed is counted as the own vote for it, too", () => {
  const { bed } = installed(undefined, 4, (early) => {
    early.hear(5, pbft.CHECKPOINT, pbft.encodeCheckpoint(fourOf(sevens(1))));
  });
  const { lastExec, stable } = bed.core.status();
  assert.deepEqual({ lastExec, stable }, { lastExec: 4, stable: 4 });
});
