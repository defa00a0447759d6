import { expect, test } from "vitest";
import { Ledger } from "./ledger.ts";

const NOTHING = Buffer.alloc(0);

test("seed 371: a frame is free once the log holds all that was persisted before it", () => {
  const ledger = new Ledger(0, 2);
  let number = 0;
  const isFree = (): boolean | undefined => {
    number += 1;
    ledger.sent({ bytes: NOTHING, to: 1, sentMs: number, number });
    return ledger.frames.get(number)?.isFree;
  };
  const persisted = (): Buffer => {
    const record = ledger.newRecord(20, NOTHING);
    ledger.persisted("append", [record]);
    return record;
  };
  expect(isFree()).toBe(true);
  const first = persisted();
  expect(isFree()).toBe(false);
  const second = persisted();
  // An fsync has ended, of what was there when it began.
  ledger.waitingBytes = 0;
  ledger.marked(first);
  expect(isFree()).toBe(false);
  ledger.marked(Buffer.concat([first, second]));
  expect(isFree()).toBe(true);
});
