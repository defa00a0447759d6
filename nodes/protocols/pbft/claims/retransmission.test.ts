/** What is told again, to whom it helps (protocols §20.7, §20.8). */
import { expect, test } from "vitest";
import * as pbft from "../messages.ts";
import { ClaimsBed, GENESIS, typesOf } from "./claims.fixture.ts";
import * as wire from "./messages.ts";
import { readPart } from "./status-part.ts";

/** What a replica says in its next STATUS of the VIEW-CHANGEs of each. */
function counting(bed: ClaimsBed): readonly boolean[] {
  const status = bed.fire("status").find(({ type }) => type === pbft.STATUS);
  const read =
    status && pbft.decodeStatus(status.payload, (reader) => readPart(reader, bed.cluster));
  return read?.part.viewChanges.map(({ counts }) => counts) ?? [];
}

test("a new primary says of a VIEW-CHANGE that it counts once enough vouch for it, and not before", () => {
  const bed = new ClaimsBed(1);
  const payload = bed.viewChange(1, {});
  for (const by of [0, 2]) bed.hear(by, pbft.VIEW_CHANGE, payload);
  expect(counting(bed)).toEqual([false, true, false, false]);
  bed.ack(3, 1, bed.reference(2, payload));
  expect(counting(bed)).toEqual([false, true, true, false]);
});

test("who states a decision says what it voted itself: the others may need that to decide", () => {
  const bed = new ClaimsBed(2);
  bed.execute(1);
  const sent = bed.status(3, 0, { active: true, slots: Uint8Array.of(pbft.HAS_PRE_PREPARE) });
  expect(typesOf(sent)).toEqual([wire.DECIDED, pbft.PREPARE, pbft.COMMIT]);
});

test("who has entered a view tells its VIEW-CHANGE for it to who has not", () => {
  const bed = new ClaimsBed(2);
  bed.enter(1, {}, GENESIS);
  expect(bed.core.status()).toMatchObject({ view: 1, active: true });
  expect(typesOf(bed.status(3, 1, {}))).toContain(pbft.VIEW_CHANGE);
  const known = [0, 0, 1, 0].map((view) => ({ view, counts: true, vouchers: [] }));
  expect(typesOf(bed.status(3, 1, { viewChanges: known }))).not.toContain(pbft.VIEW_CHANGE);
});

test("a new primary goes on above its stable mark, however many claim that it is lower", () => {
  const bed = new ClaimsBed(1);
  const payload = bed.viewChange(1, {});
  for (const by of [0, 2, 3]) bed.hear(by, pbft.VIEW_CHANGE, payload);
  const checkpoint = pbft.encodeCheckpoint({ sequence: 4, digest: "5".repeat(64) });
  for (const by of [0, 2, 3]) bed.hear(by, pbft.CHECKPOINT, checkpoint);
  bed.ack(0, 1, bed.reference(2, payload));
  bed.ack(2, 1, bed.reference(3, payload));
  expect(bed.core.status()).toMatchObject({ view: 1, active: true, stable: 4 });
  const host = 2 ** 16;
  expect(() => {
    bed.receive(host, bed.request(1));
    if (bed.timers.has("proposal")) bed.fire("proposal");
  }).not.toThrow();
});
