import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { PAGE_BYTES } from "../contract/limits.ts";
import { LoggedPages } from "./logged-pages.ts";
import { decodeNode, type Entry, encodeNode, type PageNode } from "./page.ts";
import { allEntries, type Change, PageTree } from "./page-tree.ts";

const digest = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const tree = new PageTree(digest);

function entry(name: number, valueBytes: number, fill = 0): Entry {
  const key = new Uint8Array(5);
  new DataView(key.buffer).setUint32(1, name);
  return { key, value: new Uint8Array(valueBytes).fill(fill) };
}

function* nodesOf(node: PageNode): Iterable<PageNode> {
  yield node;
  if (node.kind === "branch") for (const child of node.children) if (child) yield* nodesOf(child);
}

const names = fc.integer({ min: 0, max: 40 });
const changes = fc.uniqueArray(
  fc.record({
    name: names,
    bytes: fc.oneof(fc.constant(null), fc.constantFrom(0, 10, 3_000, 9_000, PAGE_BYTES, 40_000)),
    fill: fc.integer({ min: 0, max: 255 }),
  }),
  { selector: ({ name }) => name, maxLength: 20 },
);

test("the partition is a function of the content: any way to a state gives the same nodes", () => {
  fc.assert(
    fc.property(fc.array(changes, { maxLength: 6 }), (batches) => {
      const content = new Map<number, Entry>();
      let root: PageNode = tree.empty;
      for (const batch of batches) {
        const taken: Change[] = batch.map(({ name, bytes, fill }) => {
          const { key, value } = entry(name, bytes ?? 0, fill);
          if (bytes === null) content.delete(name);
          else content.set(name, { key, value });
          return { key, value: bytes === null ? null : value };
        });
        root = tree.apply(root, taken);
        expect(root.digest).toBe(tree.of(content.values()).digest);
      }
      expect([...allEntries(root)]).toHaveLength(content.size);
    }),
    { numRuns: 150 },
  );
});

test("a page holds no more than its limit, unless it is one entry", () => {
  const root = tree.of(Array.from({ length: 3_000 }, (_, name) => entry(name, (name * 7) % 900)));
  for (const node of nodesOf(root)) {
    if (node.kind === "page") expect(node.size <= PAGE_BYTES || node.entries === 1).toBe(true);
    else expect(node.size).toBeGreaterThan(PAGE_BYTES);
  }
});

test("one changed key changes the nodes above it and no others, a new key likewise", () => {
  const entries = Array.from({ length: 3_000 }, (_, name) => entry(name, 1_000));
  const before = tree.of(entries);
  const known = new Set([...nodesOf(before)].map((node) => node.digest));
  expect(known.size).toBeGreaterThan(256);
  for (const change of [entry(17, 1_000, 1), entry(70_000, 500)]) {
    const after = tree.apply(before, [change]);
    const fresh = [...nodesOf(after)].filter((node) => !known.has(node.digest));
    expect(fresh.length).toBeLessThan(6);
  }
});

test("a write of what is there already changes no node", () => {
  const root = tree.of(Array.from({ length: 100 }, (_, name) => entry(name, 1_000)));
  expect(tree.apply(root, [entry(5, 1_000)])).toBe(root);
});

test("a tree is read back from the bytes of its nodes", () => {
  const root = tree.of(Array.from({ length: 300 }, (_, name) => entry(name, 400)));
  const bytes = new Map([...nodesOf(root)].map((node) => [node.digest, encodeNode(node)]));
  const read = tree.read(root.digest, (name) => bytes.get(name));
  expect(read).toEqual(root);
  bytes.delete([...nodesOf(root)].at(-1)?.digest ?? "");
  expect(tree.read(root.digest, (name) => bytes.get(name))).toBeNull();
});

test("the bytes of a branch are written once, however often it is asked for", () => {
  const root = tree.of(Array.from({ length: 300 }, (_, name) => entry(name, 400)));
  expect(root.kind).toBe("branch");
  expect(encodeNode(root)).toBe(encodeNode(root));
});

test("the log is given each node once, until it is replaced", () => {
  const logged = new LoggedPages();
  const root = tree.of(Array.from({ length: 300 }, (_, name) => entry(name, 400)));
  expect(logged.missing(root)).toHaveLength([...nodesOf(root)].length);
  expect(logged.missing(root)).toHaveLength(0);
  const next = tree.apply(root, [entry(7, 401)]);
  expect(logged.missing(next).length).toBeLessThan(5);
  logged.forget();
  expect(logged.missing(next)).toHaveLength([...nodesOf(next)].length);
});

test("bytes that are no node are told from those that are, and never throw", () => {
  const root = tree.of(Array.from({ length: 300 }, (_, name) => entry(name, 400)));
  const [branch] = [...nodesOf(root)].map(encodeNode);
  const page = tree.of([entry(1, 3)]);
  for (const bytes of [branch ?? new Uint8Array(0), encodeNode(page)]) {
    expect(decodeNode(bytes)).not.toBeNull();
    for (let end = 0; end < bytes.length; end++) {
      expect(decodeNode(bytes.subarray(0, end))).toBeNull();
    }
  }
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      decodeNode(bytes);
    }),
  );
});
