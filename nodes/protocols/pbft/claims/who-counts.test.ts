/** Only replicas that there are count, for what they themselves said last (protocols §20.5 to §20.8). */
import assert from "node:assert/strict";
import { describe, test } from "vitest";
import * as pbft from "../messages.ts";
import { ClaimsBed, GENESIS, STATE } from "./claims.fixture.ts";
import * as wire from "./messages.ts";

const rejected = ({ core }: ClaimsBed) => core.status().rejected;

describe("protocols §20.5: replicas that there are not", () => {
  test("stand in no V: a NEW-VIEW that names one is malformed", () => {
    const bed = new ClaimsBed(2);
    const payload = bed.viewChange(1, {});
    for (const by of [0, 1]) bed.hear(by, pbft.VIEW_CHANGE, payload);
    bed.hear(1, pbft.NEW_VIEW, bed.newView(1, { 0: payload, 1: payload, 4: payload }, GENESIS));
    assert.deepEqual(rejected(bed), { "NEW-VIEW:malformed": 1 });
  });

  test("nor does one that there is stand there twice", () => {
    const bed = new ClaimsBed(2);
    const payload = bed.viewChange(1, {});
    for (const by of [0, 1]) bed.hear(by, pbft.VIEW_CHANGE, payload);
    const [zero, one] = [bed.reference(0, payload), bed.reference(1, payload)];
    const selection = { base: GENESIS, chosen: [] };
    const newView = wire.encodeNewView({ view: 1, viewChanges: [zero, zero, one], selection });
    bed.hear(1, pbft.NEW_VIEW, newView);
    assert.deepEqual(rejected(bed), { "NEW-VIEW:malformed": 1 });
  });

  test("are vouched for by nobody", () => {
    const bed = new ClaimsBed(1);
    bed.ack(0, 1, { replica: 4, name: STATE });
    assert.deepEqual(rejected(bed), { "VIEW-CHANGE-ACK:malformed": 1 });
  });
});

test("protocols §20.8: a COPY of a NEW-VIEW in another's name than its primary's is none", () => {
  for (const author of [3, 1]) {
    const bed = new ClaimsBed(2);
    const payload = bed.viewChange(5, {});
    const newView = bed.newView(5, { 0: payload, 1: payload, 3: payload }, GENESIS);
    const said = { type: pbft.NEW_VIEW, author, payload: newView };
    const name = wire.nameOf(bed.scheme(0), said);
    for (const by of [0, 3]) bed.status(by, 5, { active: true, newView: name });
    bed.hear(0, wire.COPY, wire.encodeName(name), wire.encodeSaid(said));
    assert.equal(bed.core.status().view, author === 1 ? 5 : 0, `in the name of r${author}`);
  }
});

test("protocols §20.7: of what one replica states of a number its latest digests count", () => {
  const bed = new ClaimsBed(2);
  const digests = ["1", "2", "3", "4", "5"].map((digit) => digit.repeat(64));
  const state = (by: number, digest = "") =>
    bed.hear(by, wire.DECIDED, pbft.encodeCheckpoint({ sequence: 1, digest }));
  const told = () => bed.audits.flatMap((event) => (event.e === "stated" ? [event.d] : []));
  for (const digest of digests) state(0, digest);
  state(1, digests[0]);
  assert.deepEqual(told(), [], "the oldest went");
  state(3, digests[4]);
  assert.deepEqual(told(), [digests[4]]);
});

test("protocols §20.9: a log that is written anew tells own and others' VIEW-CHANGEs apart", () => {
  const bed = new ClaimsBed(2);
  for (const sequence of [1, 2, 3, 4]) bed.execute(sequence);
  const own = bed.leaveFor(1);
  bed.hear(3, pbft.VIEW_CHANGE, bed.viewChange(1, {}));
  const taken = bed.audits.find((event) => event.e === "checkpoint");
  const payload = pbft.encodeCheckpoint({ sequence: 4, digest: taken?.d ?? "" });
  for (const by of [0, 1]) bed.hear(by, pbft.CHECKPOINT, payload);
  assert.equal(bed.core.status().stable, 4);
  assert.deepEqual(bed.viewChangeIn(bed.restart()), own);
  const vouched = bed.status(1, 1, {}).filter(({ type }) => type === wire.VIEW_CHANGE_ACK);
  const ackedFor = vouched.map((ack) => wire.decodeAck(ack.payload, bed.cluster)?.replica);
  assert.deepEqual(ackedFor, [0, 3]);
});
