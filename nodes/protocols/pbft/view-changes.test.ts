import assert from "node:assert/strict";
import { test } from "vitest";
import { ViewChanges } from "./view-changes.ts";

const ask = (replica: number, view: number, digest = "a") => ({ replica, view, digest });

test("of each replica the highest view counts, by what came first for it", () => {
  const asked = new ViewChanges();
  for (const each of [ask(2, 3), ask(1, 5), ask(2, 4, "b"), ask(2, 4, "c"), ask(1, 4)]) {
    asked.add(each);
  }
  assert.deepEqual([...asked.highest()], [ask(2, 4, "b"), ask(1, 5)]);
  assert.deepEqual(asked.of(2), ask(2, 4, "b"));
  assert.equal(asked.of(3), undefined);
});

test("two reasons for one view are both kept, found by digest, and of a liar's only so many", () => {
  const asked = new ViewChanges();
  for (let reason = 0; reason < 100; reason++) asked.add(ask(2, 7, `${reason}`));
  asked.add(ask(2, 7, "0"));
  const kept = Array.from({ length: 100 }, (_, reason) => asked.named(2, `${reason}`));
  assert.deepEqual(
    kept.filter(Boolean),
    [0, 1, 2, 3].map((reason) => ask(2, 7, `${reason}`)),
  );
  asked.add(ask(2, 8, "later"));
  assert.equal(asked.named(2, "0"), undefined);
});
