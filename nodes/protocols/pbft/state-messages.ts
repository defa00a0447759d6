/** FETCH-STATE and its answer STATE-PAGES (protocols §8). */
import { Reader, Writer } from "../wire/codec.ts";

/** Nodes in one question at most. */
export const NODES_PER_FETCH_MAX = 128;
/** Longer than any path: a name space and the digits of a digest. */
const PATH_DIGITS_MAX = 65;
const HEX = "0123456789abcdef";

/** A node of the page tree: where it is and what it is. */
export interface NodeName {
  /** One hex digit for each branch above it; empty for the root. */
  readonly path: string;
  readonly digest: string;
}

export interface FetchState {
  /** The asker's name for this question; the answer repeats it. */
  readonly number: number;
  /** Of the checkpoint whose state is wanted. */
  readonly sequence: number;
  readonly nodes: readonly NodeName[];
}

export function encodeFetchState({ number, sequence, nodes }: FetchState): Uint8Array {
  const writer = new Writer(16 + 48 * nodes.length).u32(number).u64(sequence).u16(nodes.length);
  for (const { path, digest } of nodes) {
    writer.u8(path.length);
    for (const digit of path) writer.u8(HEX.indexOf(digit));
    writer.digest(digest);
  }
  return writer.finish();
}

export function decodeFetchState(payload: Uint8Array): FetchState | null {
  const reader = new Reader(payload);
  const number = reader.u32();
  const sequence = reader.u64();
  const count = reader.u16();
  if (count === 0 || count > NODES_PER_FETCH_MAX) return null;
  const nodes: NodeName[] = [];
  while (reader.ok && nodes.length < count) {
    const path = pathOf(reader.raw(reader.u8()));
    if (path === null) return null;
    nodes.push({ path, digest: reader.digest() });
  }
  return reader.complete ? { number, sequence, nodes } : null;
}

function pathOf(digits: Uint8Array): string | null {
  if (digits.length > PATH_DIGITS_MAX) return null;
  let path = "";
  for (const digit of digits) {
    if (digit >= HEX.length) return null;
    path += HEX[digit];
  }
  return path;
}

/**
 * The payload of STATE-PAGES; the nodes travel as attachment, because their digests are known to
 * the asker and prove more than a signature.
 */
export function encodeStatePages(number: number): Uint8Array {
  return new Writer(4).u32(number).finish();
}

/** One blob for each node asked for, in that order; an empty one says that it is not here. */
export function encodeNodes(nodes: readonly Uint8Array[]): Uint8Array {
  const bytes = nodes.reduce((total, node) => total + 4 + node.length, 4);
  return new Writer(bytes).blobs(nodes).finish();
}

export interface StatePages {
  readonly number: number;
  readonly nodes: readonly Uint8Array[];
}

export function decodeStatePages(payload: Uint8Array, attachment: Uint8Array): StatePages | null {
  const head = new Reader(payload);
  const number = head.u32();
  const body = new Reader(attachment);
  const nodes = body.blobs(NODES_PER_FETCH_MAX);
  return head.complete && body.complete ? { number, nodes } : null;
}
