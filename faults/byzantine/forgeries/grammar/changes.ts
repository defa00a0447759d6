/**
 * One change to one field or one list of a message, anywhere in it: the smallest lies there are.
 * Numbers go to their neighbours, to their limits, and to what stood in the same place elsewhere;
 * bytes flip, end early or go on; lists lose, repeat, exchange and swap what is in them.
 */
import type { Draws } from "./draws.ts";
import { type Field, type FieldKind, isList, type List, type Tree } from "./layout.ts";
import type { Memory } from "./memory.ts";

export interface Means {
  readonly draws: Draws;
  readonly memory: Memory;
}

const U8_MAX = 0xff;
const LARGEST: Readonly<Partial<Record<FieldKind, number>>> = {
  flag: U8_MAX,
  count: 0xffff,
  node: 0xffff_ffff,
};
const BYTES_MAX = 2 ** 16;

/** @returns the tree with one thing in it changed; itself if nothing is in it */
export function changed(tree: Tree, means: Means): Tree {
  const at = tree.length === 0 ? -1 : means.draws.integer(0, tree.length - 1);
  return tree.map((part, place) => (place === at ? changedPart(part, means) : part));
}

function changedPart(part: Field | List, means: Means): Field | List {
  if (!isList(part)) return { kind: part.kind, value: changedValue(part, means) };
  return { counted: part.counted, items: changedItems(part.items, means) };
}

function changedItems(items: readonly Tree[], means: Means): readonly Tree[] {
  const { draws } = means;
  if (items.length === 0) return items;
  const [at, other] = [draws.integer(0, items.length - 1), draws.integer(0, items.length - 1)];
  // Most lies are in the items, as most of a message is.
  if (draws.chance(0.5)) {
    return items.map((item, place) => (place === at ? changed(item, means) : item));
  }
  return draws.pick([
    () => items.filter((_, place) => place !== at),
    () => items.flatMap((item, place) => (place === at ? [item, item] : [item])),
    () => items.map((item, place) => (place === at ? (items[other] ?? item) : item)),
    () => items.toReversed(),
    () => items.slice(0, at),
    () => [],
  ])();
}

function changedValue(field: Field, means: Means): Field["value"] {
  const { draws, memory } = means;
  const elsewhere = memory.value(field.kind, draws);
  if (elsewhere !== null && draws.chance(0.4)) return elsewhere;
  const { kind, value } = field;
  if (typeof value === "string") return changedDigest(value, draws);
  if (typeof value !== "number") return changedBytes(kind, value, means);
  const largest = LARGEST[kind] ?? Number.MAX_SAFE_INTEGER;
  const jump = draws.integer(2, 200);
  const near = draws.pick([value + 1, value - 1, value + jump, value - jump, 0, largest, 1]);
  return Math.min(largest, Math.max(0, near));
}

/** Of nothing, or of the null request. */
function changedDigest(digest: string, draws: Draws): string {
  if (draws.chance(0.3)) return "0".repeat(digest.length);
  const at = draws.integer(0, digest.length - 1);
  const digit = (Number.parseInt(digest[at] ?? "0", 16) ^ draws.integer(1, 15)).toString(16);
  return `${digest.slice(0, at)}${digit}${digest.slice(at + 1)}`;
}

function changedBytes(kind: FieldKind, bytes: Uint8Array, means: Means): Uint8Array {
  const { draws, memory } = means;
  if (kind === "message" && draws.chance(0.4)) return memory.frame(draws) ?? bytes;
  if (bytes.length === 0) return kind === "path" ? bytes : Uint8Array.of(draws.integer(0, U8_MAX));
  const at = draws.integer(0, bytes.length - 1);
  const longest = kind === "path" ? U8_MAX : BYTES_MAX;
  return draws.pick([
    () => bytes.map((byte, place) => (place === at ? byte ^ draws.integer(1, U8_MAX) : byte)),
    () => bytes.slice(0, at),
    () => Uint8Array.from([...bytes.subarray(0, longest - 1), draws.integer(0, U8_MAX)]),
  ])();
}
