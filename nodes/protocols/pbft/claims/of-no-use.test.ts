/** What is over, known or nobody's costs no check and leaves nothing behind (protocols §2.5, §20). */
import assert from "node:assert/strict";
import { describe, test } from "vitest";
import * as pbft from "../messages.ts";
import { encodeRelaySet, RELAY_SET } from "../relays/messages.ts";
import { Acks } from "./acks.ts";
import { ClaimsBed, FOUR, GENESIS, STATE, typesOf } from "./claims.fixture.ts";
import { longestOf } from "./message-sizes.ts";
import * as wire from "./messages.ts";

/** What it does, and how many codes it looks at for that. */
function costOf(bed: ClaimsBed, act: () => unknown) {
  const checks = () => bed.core.status().counters["checks"] ?? 0;
  const before = checks();
  const records = bed.disk.length;
  act();
  return { checks: checks() - before, records: bed.disk.length - records };
}

const NOTHING = { checks: 0, records: 0 };

describe("protocols §20.3: a VIEW-CHANGE", () => {
  test("for a view that is over, or was entered, is not even looked at", () => {
    const bed = new ClaimsBed(2);
    bed.enter(5, {}, GENESIS);
    for (const view of [4, 5]) {
      const cost = costOf(bed, () => bed.hear(0, pbft.VIEW_CHANGE, bed.viewChange(view, {})));
      assert.deepEqual(cost, NOTHING, `view ${view}`);
    }
  });

  test("that is longer than an honest one may be is refused before it is read", () => {
    const bed = new ClaimsBed(2);
    const payload = new Uint8Array(longestOf(bed.cluster).viewChange);
    payload.set(bed.viewChange(1, {}));
    assert.deepEqual(
      costOf(bed, () => bed.hear(0, pbft.VIEW_CHANGE, payload)),
      NOTHING,
    );
    assert.deepEqual(bed.core.status().rejected, { "VIEW-CHANGE:too large": 1 });
  });

  test("that claims what nobody honest does leaves nothing behind", () => {
    const bed = new ClaimsBed(2);
    const payload = bed.viewChange(1, { h: 4, c: [GENESIS, FOUR] });
    const { records } = costOf(bed, () => bed.hear(0, pbft.VIEW_CHANGE, payload));
    assert.equal(records, 0);
    assert.deepEqual(bed.core.status().rejected, { "VIEW-CHANGE:checkpoint below h": 1 });
  });

  test("copied and malformed is not kept: it is asked for again", () => {
    const bed = new ClaimsBed(2);
    const payload = bed.viewChange(1, {});
    for (const by of [0, 1]) bed.hear(by, pbft.VIEW_CHANGE, payload);
    const malformed = payload.subarray(1);
    bed.hear(1, pbft.NEW_VIEW, bed.newView(1, { 0: payload, 1: payload, 3: malformed }, GENESIS));
    const { name } = bed.reference(3, malformed);
    const said = { type: pbft.VIEW_CHANGE, author: 3, payload: malformed };
    const bring = () => bed.hear(1, wire.COPY, wire.encodeName(name), wire.encodeSaid(said));
    bring();
    assert.deepEqual(bed.core.status().rejected, {});
    bed.ack(0, 1, { replica: 3, name });
    assert.equal(bed.core.status().active, false);
  });

  test("copied in the name of a replica that there is not is not kept, whoever named it", () => {
    const bed = new ClaimsBed(2);
    const payload = bed.viewChange(1, {});
    for (const by of [0, 1]) bed.hear(by, pbft.VIEW_CHANGE, payload);
    const said = { type: pbft.VIEW_CHANGE, author: 4, payload };
    const reference = { replica: 3, name: wire.nameOf(bed.scheme(0), said) };
    const viewChanges = [...[0, 1].map((id) => bed.reference(id, payload)), reference];
    const selection = { base: GENESIS, chosen: [] };
    bed.hear(1, pbft.NEW_VIEW, wire.encodeNewView({ view: 1, viewChanges, selection }));
    bed.ack(0, 1, reference);
    bed.hear(1, wire.COPY, wire.encodeName(reference.name), wire.encodeSaid(said));
    // It lacks what it names, as before: nothing of it was read.
    const { view, active } = bed.core.status();
    assert.deepEqual({ view, active }, { view: 1, active: false });
  });
});

describe("protocols §20.5: a VIEW-CHANGE-ACK", () => {
  test("is sent neither to the author, nor to oneself, nor for oneself", () => {
    const ackedBy = (id: number, view: number) => {
      const bed = new ClaimsBed(id);
      const payload = bed.viewChange(view, {});
      const others = [0, 1, 2, 3].filter((each) => each !== id);
      const sent = others.flatMap((by) => bed.hear(by, pbft.VIEW_CHANGE, payload));
      const acks = sent.filter(({ type }) => type === wire.VIEW_CHANGE_ACK);
      return acks.map((ack) => [ack.to, wire.decodeAck(ack.payload, bed.cluster)?.replica]);
    };
    assert.deepEqual(ackedBy(2, 1), [
      [1, 0],
      [1, 3],
    ]);
    assert.deepEqual(ackedBy(2, 2), []);
  });

  test("is none for the view that comes after the awaited one", () => {
    const bed = new ClaimsBed(2);
    bed.hear(3, pbft.VIEW_CHANGE, bed.viewChange(5, {}));
    const payload = bed.viewChange(1, {});
    const sent = [0, 1].flatMap((by) => bed.hear(by, pbft.VIEW_CHANGE, payload));
    const acks = sent.filter(({ type }) => type === wire.VIEW_CHANGE_ACK);
    const of = acks.map((ack) => wire.decodeAck(ack.payload, bed.cluster));
    assert.deepEqual(
      of.map((ack) => [ack?.view, ack?.replica]),
      [[1, 0]],
    );
  });

  test("known, for its sender's own, or of a view that is over is not looked at", () => {
    const bed = new ClaimsBed(1);
    const ack = (by: number, view: number, replica: number) =>
      costOf(bed, () => bed.ack(by, view, { replica, name: STATE })).checks;
    assert.equal(ack(0, 5, 2), 1);
    assert.equal(ack(0, 5, 2), 0);
    assert.equal(ack(2, 5, 2), 0);
    assert.deepEqual(bed.core.status().rejected, { "VIEW-CHANGE-ACK:for its own": 1 });
    bed.enter(6, {}, GENESIS);
    assert.deepEqual(
      [5, 6].map((view) => ack(0, view, 3)),
      [0, 0],
    );
  });

  test("said twice pushes nothing out", () => {
    const acks = new Acks();
    const ack = (name: string) => ({ view: 1, replica: 3, name });
    acks.add(0, ack("first"));
    for (let again = 0; again < 9; again++) acks.add(0, ack("second"));
    assert.deepEqual(acks.vouchers(ack("first"), [0]), [0]);
  });
});

test("protocols §21.2: a relay of a view that is over or entered is of no use", () => {
  const bed = new ClaimsBed(2, "channels");
  bed.enter(5, {}, GENESIS);
  if (bed.timers.has("relay")) bed.fire("relay");
  for (const slot of [4, 5]) {
    const relays = encodeRelaySet([{ author: 3, slot, digest: STATE }]);
    const { records } = costOf(bed, () => {
      for (const by of [0, 1]) bed.hear(by, RELAY_SET, relays);
    });
    assert.equal(records, 0, `view ${slot}`);
    assert.equal(bed.timers.has("relay"), false);
  }
});

describe("protocols §20.7: DECIDED", () => {
  const state = (bed: ClaimsBed, by: number, sequence: number, digest = STATE) =>
    costOf(bed, () => bed.hear(by, wire.DECIDED, pbft.encodeCheckpoint({ sequence, digest })));

  test("of a number that was executed, or is decided, is not looked at", () => {
    const bed = new ClaimsBed(2);
    bed.execute(1);
    assert.deepEqual(state(bed, 0, 1), NOTHING);
    for (const by of [0, 1]) state(bed, by, 2);
    assert.deepEqual(state(bed, 3, 2), NOTHING);
  });

  test("said again is not looked at, nor is a number that is beyond what is ordered", () => {
    const bed = new ClaimsBed(2);
    assert.equal(state(bed, 0, 1).checks, 1);
    assert.deepEqual(state(bed, 0, 1), NOTHING);
    const beyond = bed.cluster.window + 1;
    for (const by of [0, 1]) assert.deepEqual(state(bed, by, beyond), NOTHING);
    assert.equal(
      bed.audits.some(({ e }) => e === "stated"),
      false,
    );
    assert.deepEqual(typesOf(bed.fire("status")).includes(pbft.FETCH_BODY), false);
  });
});
