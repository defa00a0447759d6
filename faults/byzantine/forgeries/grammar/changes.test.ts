import { expect, test } from "vitest";
import { changed } from "./changes.ts";
import { drawsOf } from "./draws.ts";
import { type Layout, putTogether, takenApart } from "./layout.ts";
import { Memory } from "./memory.ts";

const LAYOUT: Layout = [
  "view",
  "node",
  "flag",
  "count",
  "digest",
  "bytes",
  { many: ["number", { many: ["path"], counted: "u16" }], counted: "u32" },
];
const TREE = [
  { kind: "view", value: 7 },
  { kind: "node", value: 2 },
  { kind: "flag", value: 1 },
  { kind: "count", value: 3 },
  { kind: "digest", value: "ab".repeat(32) },
  { kind: "bytes", value: Uint8Array.of(1, 2, 3) },
  {
    counted: "u32",
    items: [
      [
        { kind: "number", value: 0 },
        { counted: "u16", items: [[{ kind: "path", value: Uint8Array.of(5) }]] },
      ],
      [
        { kind: "number", value: Number.MAX_SAFE_INTEGER },
        { counted: "u16", items: [] },
      ],
    ],
  },
] as const;

test("a changed message still has its layout: it is refused for what it says", () => {
  const draws = drawsOf(3);
  const memory = new Memory(draws);
  memory.keepValues(TREE);
  for (let round = 0; round < 2_000; round += 1) {
    const bytes = putTogether(changed(TREE, { draws, memory }));
    expect(takenApart(LAYOUT, bytes)).not.toBeNull();
  }
});

test("every field and every list changes, to more than one value", () => {
  const draws = drawsOf(4);
  const memory = new Memory(draws);
  const seen = TREE.map(() => new Set<string>());
  for (let round = 0; round < 3_000; round += 1) {
    for (const [place, part] of changed(TREE, { draws, memory }).entries()) {
      seen[place]?.add(JSON.stringify(part));
    }
  }
  for (const values of seen) expect(values.size).toBeGreaterThan(3);
});

test("the same seed makes the same changes", () => {
  const made = () => {
    const draws = drawsOf(5);
    const memory = new Memory(draws);
    return Array.from({ length: 50 }, () => changed(TREE, { draws, memory }));
  };
  expect(made()).toEqual(made());
});

test("memory has a bound, however much is said", () => {
  const draws = drawsOf(6);
  const memory = new Memory(draws);
  for (let view = 0; view < 1_000; view += 1) {
    memory.keep(Uint8Array.of(view & 255));
    memory.keepValues([{ kind: "view", value: view }]);
  }
  const frames = new Set(Array.from({ length: 2_000 }, () => memory.frame(draws)));
  const views = new Set(Array.from({ length: 2_000 }, () => memory.value("view", draws)));
  expect(frames.size).toBeLessThanOrEqual(96);
  expect(views.size).toBeLessThanOrEqual(24);
  expect(views.size).toBeGreaterThan(12);
});
