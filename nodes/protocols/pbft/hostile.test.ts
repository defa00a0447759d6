import assert from "node:assert/strict";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { describe, test } from "vitest";
import {
  BODY,
  encodeCheckpoint,
  encodeStatus,
  encodeViews,
  FETCH_BODY,
  FETCH_STATE,
  STATE_PAGES,
  STATUS,
} from "./messages.ts";
import { ALICE, Bed, BOB, HOST } from "./pbft.fixture.ts";
import { encodeFetchState, encodeNodes, encodeStatePages } from "./state-messages.ts";

const MUTATED_FRAMES = 100_000;

/** One honest frame of every type, as r3 or a client would send it. */
function honestFrames(bed: Bed): Uint8Array[] {
  const batch = bed.batch(bed.request(ALICE, 9), bed.request(BOB, 9));
  const vote = { view: 0, sequence: 2, digest: batch.digest };
  const certificate = bed.certificate({ ...vote, sequence: 3 }, [2, 3]);
  const proof = [0, 2, 3].map((by) => bed.checkpoint(by, 4, "aa".repeat(32)));
  const claims = { view: 3, stable: 4, checkpoints: proof };
  const viewChanges = [0, 2, 3].map((by) => bed.viewChange(by, claims));
  const envelopes = bed.envelopes(3);
  const name = { sequence: 4, digest: "aa".repeat(32) };
  const bytes = new Uint8Array(40);
  return [
    bed.request(ALICE, 10),
    bed.prePrepare(0, vote, batch),
    bed.prepare(3, vote),
    bed.commit(3, vote),
    bed.checkpoint(3, 4, "aa".repeat(32)),
    bed.viewChange(3, { view: 3, prepared: [certificate] }),
    // One VIEW-CHANGE short of valid: a valid one would be obeyed, and rightly.
    bed.newView(3, { view: 3, viewChanges: viewChanges.slice(1), chosen: [] }),
    envelopes.seal(
      {
        type: STATUS,
        payload: encodeStatus({
          view: 0,
          active: true,
          stable: 0,
          lastExec: 0,
          part: encodeViews([0, 0, 0, 0]),
          slots: new Uint8Array(8),
        }),
      },
      "all",
    ),
    envelopes.seal(
      {
        type: FETCH_STATE,
        payload: encodeFetchState({
          number: 1,
          sequence: 4,
          nodes: [{ path: "0a", digest: name.digest }],
        }),
      },
      "all",
    ),
    envelopes.seal(
      { type: STATE_PAGES, payload: encodeStatePages(1) },
      "all",
      encodeNodes([bytes]),
    ),
    envelopes.seal({ type: FETCH_BODY, payload: encodeCheckpoint(name) }, "all"),
    envelopes.seal({ type: BODY, payload: encodeCheckpoint(name) }, "all", batch.bytes),
  ];
}

class Mutator {
  readonly #generator: ReturnType<typeof xoroshiro128plus>;

  constructor(seed: number) {
    this.#generator = xoroshiro128plus(seed);
  }

  below(bound: number): number {
    return (this.#generator.next() >>> 0) % bound;
  }

  /** Bit flips, cuts, repeats, inflated lengths, or two frames glued together. */
  mutate(frame: Uint8Array, other: Uint8Array): Uint8Array {
    const bytes = frame.slice();
    switch (this.below(6)) {
      case 0:
        return bytes.subarray(0, this.below(bytes.length + 1));
      case 1:
        bytes.fill(this.below(256), this.below(bytes.length));
        return bytes;
      case 2:
        return Uint8Array.from([...bytes.subarray(0, this.below(bytes.length)), ...other]);
      case 3:
        new DataView(bytes.buffer).setUint32(this.below(bytes.length - 3), this.#generator.next());
        return bytes;
      default:
        for (let flips = 1 + this.below(4); flips > 0; flips--) {
          const at = this.below(bytes.length);
          bytes[at] = (bytes[at] ?? 0) ^ (1 << this.below(8));
        }
        return bytes;
    }
  }
}

describe("hostile input", () => {
  test(`${MUTATED_FRAMES} mutated frames stop no replica and teach it nothing`, () => {
    const seed = 20_261_121;
    const mutator = new Mutator(seed);
    const bed = new Bed(1);
    const frames = honestFrames(bed);
    for (let count = 0; count < MUTATED_FRAMES; count++) {
      const frame = frames[mutator.below(frames.length)] as Uint8Array;
      const other = frames[mutator.below(frames.length)] as Uint8Array;
      const from = mutator.below(5);
      bed.receive(from === 4 ? HOST : from, mutator.mutate(frame, other));
      bed.now += 1;
      if (count % 1000 === 0) bed.audits.length = 0;
    }
    assert.equal(bed.core.status().lastExec, 0, `seed ${seed}`);
    assert.ok(bed.execute(1).digest.length === 64, "and it still works");
    assert.equal(bed.core.status().lastExec, 1);
  });

  test("signed nonsense from one bad replica leaves nothing behind", () => {
    const bed = new Bed(1);
    const digest = "ab".repeat(32);
    for (let sequence = 1; sequence < 5000; sequence++) {
      bed.receive(3, bed.prepare(3, { view: 0, sequence, digest }));
      bed.receive(3, bed.commit(3, { view: sequence, sequence: 1 + (sequence % 8), digest }));
      bed.receive(3, bed.checkpoint(3, sequence * 4, digest));
      bed.receive(3, bed.viewChange(3, { view: sequence }));
      bed.receive(3, bed.prepare(3, { view: 7, sequence, digest }));
    }
    assert.equal(bed.disk.length, 0, "nothing of it is worth a record");
    assert.equal(bed.core.status().view, 0);
    bed.execute(1);
    assert.equal(bed.core.status().lastExec, 1);
  });
});
