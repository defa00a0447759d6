/** Which NEW-VIEWs a replica may have to enter, and what it asks for of them (protocols §20.8). */
import { describe, expect, test } from "vitest";
import * as pbft from "../messages.ts";
import { ClaimsBed, GENESIS, typesOf } from "./claims.fixture.ts";
import * as wire from "./messages.ts";
import { readPart } from "./status-part.ts";

const NOBODYS = "ab".repeat(32);

function viewOf(bed: ClaimsBed) {
  const { view, active } = bed.core.status();
  return { view, active };
}

/** Its primary names three VIEW-CHANGEs, all the same but for who said them. */
function newView(bed: ClaimsBed, view: number): Uint8Array {
  const payload = bed.viewChange(view, {});
  return bed.newView(view, { 0: payload, 1: payload, 3: payload }, GENESIS);
}

function nameOf(bed: ClaimsBed, by: number, view: number): string {
  return bed.reference(by, bed.viewChange(view, {})).name;
}

/** What it asks for in its next STATUS. */
function wanted(bed: ClaimsBed): readonly string[] {
  const status = bed.fire("status").find(({ type }) => type === pbft.STATUS);
  let names: readonly string[] = [];
  pbft.decodeStatus(status?.payload ?? new Uint8Array(0), (reader) => {
    names = readPart(reader, bed.cluster)?.wanted ?? [];
    return { answer: () => undefined };
  });
  return names;
}

function copy(bed: ClaimsBed, author: number, view: number): void {
  const said = { type: pbft.VIEW_CHANGE, author, payload: bed.viewChange(view, {}) };
  bed.hear(0, wire.COPY, wire.encodeName(nameOf(bed, author, view)), wire.encodeSaid(said));
}

function isCopied(bed: ClaimsBed, name: string): boolean {
  const { view, active } = viewOf(bed);
  return typesOf(bed.status(0, view, { active, wanted: [name] })).includes(wire.COPY);
}

describe("what a NEW-VIEW names is asked for", () => {
  test("of the awaited view rather than of one above", () => {
    const bed = new ClaimsBed(2);
    bed.leaveFor(1);
    bed.hear(1, pbft.NEW_VIEW, newView(bed, 1));
    bed.hear(3, pbft.NEW_VIEW, newView(bed, 7));
    expect(wanted(bed)).toEqual([nameOf(bed, 3, 1)]);
  });

  test("of the highest, where nothing of the own view is lacking", () => {
    const bed = new ClaimsBed(2);
    bed.hear(3, pbft.NEW_VIEW, newView(bed, 3));
    bed.hear(1, pbft.NEW_VIEW, newView(bed, 5));
    expect(wanted(bed)).toEqual([0, 1, 3].map((by) => nameOf(bed, by, 5)));
  });

  test("until the view is left, whatever comes then", () => {
    const bed = new ClaimsBed(2);
    bed.leaveFor(3);
    bed.hear(3, pbft.NEW_VIEW, newView(bed, 3));
    expect(wanted(bed)).toEqual([nameOf(bed, 3, 3)]);
    bed.leaveFor(4);
    expect(wanted(bed)).toEqual([]);
    bed.ack(0, 3, { replica: 3, name: nameOf(bed, 3, 3) });
    copy(bed, 3, 3);
    expect(viewOf(bed)).toEqual({ view: 4, active: false });
  });

  test("and kept as long as it may be entered, and in the view itself", () => {
    const bed = new ClaimsBed(2);
    bed.hear(3, pbft.NEW_VIEW, newView(bed, 3));
    copy(bed, 0, 3);
    bed.hear(1, pbft.VIEW_CHANGE, bed.viewChange(1, {}));
    expect(isCopied(bed, nameOf(bed, 0, 3))).toBe(true);
    for (const by of [1, 3]) bed.hear(by, pbft.VIEW_CHANGE, bed.viewChange(3, {}));
    bed.ack(1, 3, { replica: 0, name: nameOf(bed, 0, 3) });
    expect(viewOf(bed)).toEqual({ view: 3, active: true });
    bed.hear(1, pbft.VIEW_CHANGE, bed.viewChange(4, {}));
    expect(isCopied(bed, nameOf(bed, 0, 3))).toBe(true);
  });
});

describe("the NEW-VIEW that f+1 others state to have entered", () => {
  test("is not asked for, of a view that is below or entered by another", () => {
    for (const view of [3, 5]) {
      const bed = new ClaimsBed(2);
      bed.enter(5, {}, GENESIS);
      for (const by of [0, 3]) bed.status(by, view, { active: true, newView: NOBODYS });
      expect(wanted(bed)).toEqual([]);
    }
  });

  test("is nothing to enter by if it is one's own: what is not on the disk was not said", () => {
    const bed = new ClaimsBed(1);
    bed.leaveFor(1);
    const viewChange = bed.viewChange(1, {});
    const payload = bed.newView(1, { 0: viewChange, 2: viewChange, 3: viewChange }, GENESIS);
    const name = bed.nameOfNewView(1, payload);
    for (const by of [0, 3]) bed.status(by, 1, { active: true, newView: name });
    const said = wire.encodeSaid({ type: pbft.NEW_VIEW, author: 1, payload });
    expect(wanted(bed)).toContain(name);
    bed.hear(0, wire.COPY, wire.encodeName(name), said);
    expect(viewOf(bed)).toEqual({ view: 1, active: false });
    expect(wanted(bed)).not.toContain(name);
  });
});
