/**
 * Nodes of the page tree and their bytes (`messages.md`, "State"). A page holds entries, a branch
 * names its children by digest; what a node says is a function of the entries below it alone.
 */
import { Reader, Writer } from "../wire/codec.ts";

/** What a key of the replicated state holds. */
export interface Entry {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

interface NodeFields {
  readonly digest: string;
  /** Bytes of all entries below it, `ENTRY_BYTES` each included. */
  readonly size: number;
  readonly entries: number;
}

export interface Page extends NodeFields {
  readonly kind: "page";
  readonly bytes: Uint8Array;
}

export interface Branch extends NodeFields {
  readonly kind: "branch";
  /** One place for each hex digit of a path. */
  readonly children: readonly (PageNode | null)[];
}

export type PageNode = Page | Branch;

/** What a branch says of a child. */
export interface ChildName {
  readonly kind: PageNode["kind"];
  readonly size: number;
  readonly digest: string;
}

/** A node as it came from the wire or the log: children by name only. */
export type NodeContent =
  | { readonly kind: "page"; readonly entries: number; readonly size: number }
  | { readonly kind: "branch"; readonly children: readonly (ChildName | null)[] };

export const FANOUT = 16;
const PAGE_TAG = 0xa0;
const BRANCH_TAG = 0xa1;
/** The two lengths in front of key and value. */
export const ENTRY_BYTES = 8;
export const PAGE_HEADER_BYTES = 5;
const CHILD_BYTES = 41;
export const BRANCH_BYTES_MAX = 3 + FANOUT * CHILD_BYTES;

export function sizeOf({ key, value }: Entry): number {
  return ENTRY_BYTES + key.length + value.length;
}

/** @param entries ascending by key */
export function encodePage(entries: readonly Entry[], size: number): Uint8Array {
  const writer = new Writer(PAGE_HEADER_BYTES + size).u8(PAGE_TAG).u32(entries.length);
  for (const { key, value } of entries) writer.blob(key).blob(value);
  return writer.finish();
}

/** Views into `page`, ascending by key. */
export function entriesOf(page: Page): Entry[] {
  const reader = new Reader(page.bytes);
  reader.u8();
  const count = reader.u32();
  const entries: Entry[] = [];
  while (entries.length < count) entries.push({ key: reader.blob(), value: reader.blob() });
  return entries;
}

export function encodeBranch(children: readonly (ChildName | null)[]): Uint8Array {
  const writer = new Writer(BRANCH_BYTES_MAX).u8(BRANCH_TAG);
  let present = 0;
  for (const [place, child] of children.entries()) if (child) present |= 1 << place;
  writer.u16(present);
  for (const child of children) {
    if (child)
      writer
        .u8(child.kind === "page" ? 0 : 1)
        .u64(child.size)
        .digest(child.digest);
  }
  return writer.finish();
}

/** Of branches that were asked for: to write one costs more than to send it. */
const encodedBranches = new WeakMap<Branch, Uint8Array>();

export function encodeNode(node: PageNode): Uint8Array {
  if (node.kind === "page") return node.bytes;
  const bytes = encodedBranches.get(node) ?? encodeBranch(node.children);
  encodedBranches.set(node, bytes);
  return bytes;
}

/** @returns null for bytes that are no node */
export function decodeNode(bytes: Uint8Array): NodeContent | null {
  const reader = new Reader(bytes);
  const tag = reader.u8();
  if (tag === PAGE_TAG) return decodePage(reader, bytes.length - PAGE_HEADER_BYTES);
  return tag === BRANCH_TAG ? decodeBranch(reader) : null;
}

function decodePage(reader: Reader, size: number): NodeContent | null {
  const entries = reader.u32();
  for (let read = 0; reader.ok && read < entries; read++) {
    reader.blob();
    reader.blob();
  }
  return reader.complete ? { kind: "page", entries, size } : null;
}

function decodeBranch(reader: Reader): NodeContent | null {
  const present = reader.u16();
  const children: (ChildName | null)[] = [];
  for (let place = 0; place < FANOUT; place++) {
    if ((present & (1 << place)) === 0) {
      children.push(null);
      continue;
    }
    const kind = reader.u8() === 0 ? "page" : "branch";
    children.push({ kind, size: reader.u64(), digest: reader.digest() });
  }
  return reader.complete ? { kind: "branch", children } : null;
}

/** The order of keys: by bytes, the shorter first. */
export function compareKeys(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const difference = (a[at] as number) - (b[at] as number);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
