import { expect, test } from "vitest";
import { Random } from "../simulation/random.ts";
import { MemoryFile } from "./memory-file.ts";

const PLACE_BYTES = 36;

/** Two places, written in turn and in halves, as a disk takes them that is given little at a time. */
function writeInTurn(file: MemoryFile, times: number): void {
  for (let turn = 1; turn <= times; turn += 1) {
    const at = (turn % 2) * PLACE_BYTES;
    const half = Buffer.alloc(PLACE_BYTES / 2, turn);
    file.write(at, half);
    file.write(at + half.length, half);
  }
}

function isTorn(bytes: Buffer): boolean {
  return bytes[0] !== bytes.at(-1);
}

test("seed 900156: a power cut leaves of a sector what it held at one moment", () => {
  for (let seed = 1; seed <= 400; seed += 1) {
    const file = new MemoryFile();
    file.write(0, Buffer.alloc(2 * PLACE_BYTES));
    file.sync(file.unsynced);
    writeInTurn(file, 6);
    file.cut(new Random(seed, 1));
    const [first, second] = [0, PLACE_BYTES].map((at) =>
      file.content.subarray(at, at + PLACE_BYTES),
    );
    const torn = [first, second].filter((place) => place !== undefined && isTorn(place));
    expect(torn.length, `seed ${seed}`).toBeLessThan(2);
  }
});

test("sectors of one write are left, or not, each for itself", () => {
  const sizes = new Set<string>();
  for (let seed = 1; seed <= 100; seed += 1) {
    const file = new MemoryFile();
    file.write(0, Buffer.alloc(2 * 512));
    file.sync(file.unsynced);
    file.write(0, Buffer.alloc(2 * 512, 1));
    file.cut(new Random(seed, 1));
    sizes.add([file.content[0], file.content[512]].join());
  }
  expect(sizes).toEqual(new Set(["0,0", "0,1", "1,0", "1,1"]));
});
