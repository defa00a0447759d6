/** What the store of checkpoints keeps, whatever it is told (protocols §7.2, §8.6). */
import assert from "node:assert/strict";
import { test } from "vitest";
import { CheckpointStore } from "./checkpoint-store.ts";

test("256 votes for each channel that brings them: its own oldest go", () => {
  const store = new CheckpointStore();
  const vote = (index: number) => ({ sequence: 4, digest: index.toString(16).padStart(64, "0") });
  store.vote(vote(0), { replica: 2, own: null }, 2);
  for (let lie = 1; lie <= 257; lie++) store.vote(vote(lie), { replica: 3, own: null }, 3);
  assert.ok(store.of(2, vote(0)), "another channel's");
  assert.deepEqual(
    [1, 2, 257].map((lie) => store.of(3, vote(lie)) !== undefined),
    [false, true, true],
  );
});

const digest = "aa".repeat(32);

test("four own snapshots below the stable one are served, and no older one", () => {
  const served = (sequence: number) => store.snapshot(sequence) !== undefined;
  const store = new CheckpointStore();
  for (let sequence = 1; sequence <= 6; sequence++) {
    const content = { type: 0, payload: new Uint8Array() };
    const root = { kind: "page", digest, size: 0, entries: 0, bytes: new Uint8Array() } as const;
    store.own.set(sequence, { sequence, digest, root, content });
    store.advance({ sequence, digest, by: [0, 1, 2] });
  }
  assert.deepEqual([1, 2, 3, 4, 5, 6].map(served), [false, true, true, true, true, true]);
});
