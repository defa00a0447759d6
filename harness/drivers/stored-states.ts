/**
 * What stands on the disk of a replica of its state, read by the pages that say how it is laid out
 * (nodes/protocols/wire/messages.md, "State") and not by the code that wrote it: a digest that
 * leaves something out would agree with itself.
 */
import { createHash } from "node:crypto";
import { valueName } from "../observations/value-name.ts";

export const PAGE_RECORD = 9;
/** One server alone has a log of its own making. */
const UNREPLICATED_PAGE_RECORD = 3;
const SNAPSHOT_RECORD = 1;
const SNAPSHOT_BYTES = 41;
const PAGE_TAG = 0xa0;
const BRANCH_TAG = 0xa1;
const PAGE_BYTES_MAX = 16_384;
const ENTRY_HEAD_BYTES = 8;
const FANOUT = 16;
const CHILD_BYTES = 41;
const DIGEST_BYTES = 32;
const SERVICE_SPACE = 0;
/** The newest of a log tell of everything before them. */
const STATES_MAX = 2;
/** Bytes that make values longer in the simulator, and are in no history. */
const PADDING = 0;

export interface StoredState {
  readonly n: number;
  /** As the record has it, and as CHECKPOINT told it to the others. */
  readonly digest: string;
  /** Of what is stored under it, made anew; null where that digest names nothing that is there. */
  readonly found: string | null;
  /** The name of each value of the service, by its key. */
  readonly values: Readonly<Record<string, string>>;
  /** The last timestamp of each client that the state holds. */
  readonly clients: Readonly<Record<string, number>>;
}

type Digest = (bytes: Uint8Array) => string;

interface Entry {
  readonly key: Buffer;
  readonly value: Buffer;
}

interface Placed extends Entry {
  readonly path: string;
}

export interface LogLayout {
  readonly digestOf: Digest;
  readonly protocol: string;
}

/** Ascending; the newest ones of a log. */
export function storedStates(
  records: readonly Uint8Array[],
  { digestOf, protocol }: LogLayout,
): readonly StoredState[] {
  const pageRecord = protocol === "unreplicated" ? UNREPLICATED_PAGE_RECORD : PAGE_RECORD;
  const pages = new Map<string, Buffer>();
  const snapshots = records.filter(isSnapshot).slice(-STATES_MAX);
  return records.flatMap((record) => {
    const bytes = Buffer.from(record.buffer, record.byteOffset, record.byteLength);
    if (bytes[0] === pageRecord) pages.set(digestOf(bytes.subarray(1)), bytes.subarray(1));
    if (!snapshots.includes(record)) return [];
    const digest = bytes.toString("hex", SNAPSHOT_BYTES - DIGEST_BYTES);
    return [
      { n: Number(bytes.readBigUInt64BE(1)), digest, ...stateUnder(digest, pages, digestOf) },
    ];
  });
}

export function isSnapshot(record: Uint8Array): boolean {
  return record[0] === SNAPSHOT_RECORD && record.length === SNAPSHOT_BYTES;
}

function stateUnder(
  digest: string,
  pages: ReadonlyMap<string, Buffer>,
  digestOf: Digest,
): Pick<StoredState, "found" | "values" | "clients"> {
  const entries = entriesUnder(digest, pages);
  if (entries === null) return { found: null, values: {}, clients: {} };
  // A key may be any text, `__proto__` too: no object is written to by it.
  const values = new Map<string, string>();
  const clients = new Map<string, number>();
  for (const { key, value } of entries) {
    if (key[0] === SERVICE_SPACE) {
      values.set(key.toString("utf8", 1), valueName(withoutPadding(value).toString("utf8")));
    } else clients.set(String(key.readUInt32BE(1)), Number(value.readBigUInt64BE(0)));
  }
  const placed = entries.map((entry) => ({ ...entry, path: pathOf(entry.key, digestOf) }));
  return {
    found: digestOf(nodeOf(placed, { depth: 0, digestOf }).bytes),
    values: Object.fromEntries(values),
    clients: Object.fromEntries(clients),
  };
}

/** Piece by piece: most of a long value is padding, and to look at each byte of it takes long. */
function withoutPadding(value: Buffer): Buffer {
  const pieces: Buffer[] = [];
  let from = 0;
  while (from < value.length) {
    const found = value.indexOf(PADDING, from);
    const end = found === -1 ? value.length : found;
    pieces.push(value.subarray(from, end));
    from = end;
    while (value[from] === PADDING) from += 1;
  }
  return Buffer.concat(pieces);
}

/** Null where a page is missing, or is none. */
function entriesUnder(name: string, pages: ReadonlyMap<string, Buffer>): readonly Entry[] | null {
  const bytes = pages.get(name);
  if (bytes === undefined) return null;
  try {
    if (bytes[0] === PAGE_TAG) return entriesOf(bytes);
    if (bytes[0] !== BRANCH_TAG) return null;
    const below = namesIn(bytes).map((child) => entriesUnder(child, pages));
    return below.includes(null) ? null : below.flatMap((entries) => entries ?? []);
  } catch (error) {
    // It says that it is longer than it is.
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function entriesOf(page: Buffer): readonly Entry[] {
  let at = 5;
  const blob = (): Buffer => {
    const from = at + 4;
    at = from + page.readUInt32BE(at);
    return page.subarray(from, at);
  };
  return Array.from({ length: page.readUInt32BE(1) }, () => ({ key: blob(), value: blob() }));
}

function namesIn(branch: Buffer): readonly string[] {
  const children = Array.from(
    { length: FANOUT },
    (_, digit) => (branch.readUInt16BE(1) >> digit) & 1,
  );
  const count = children.reduce((sum, is) => sum + is, 0);
  return Array.from({ length: count }, (_, child) => {
    const end = 3 + (child + 1) * CHILD_BYTES;
    return branch.toString("hex", end - DIGEST_BYTES, end);
  });
}

function pathOf(key: Buffer, digestOf: Digest): string {
  return `${(key[0] ?? 0).toString(FANOUT)}${digestOf(key)}`;
}

interface Node {
  readonly isPage: boolean;
  readonly bytes: Buffer;
  /** Of all entries below it. */
  readonly size: number;
}

function nodeOf(
  entries: readonly Placed[],
  { depth, digestOf }: { readonly depth: number; readonly digestOf: Digest },
): Node {
  const size = entries.reduce(
    (sum, { key, value }) => sum + ENTRY_HEAD_BYTES + key.length + value.length,
    0,
  );
  if (size <= PAGE_BYTES_MAX || entries.length <= 1) {
    return { isPage: true, bytes: pageOf(entries), size };
  }
  const head = Buffer.alloc(3, BRANCH_TAG);
  let present = 0;
  const children: Buffer[] = [head];
  for (let digit = 0; digit < FANOUT; digit += 1) {
    const share = entries.filter(
      ({ path }) => Number.parseInt(path[depth] ?? "", FANOUT) === digit,
    );
    if (share.length === 0) continue;
    present |= 1 << digit;
    children.push(nameOf(nodeOf(share, { depth: depth + 1, digestOf }), digestOf));
  }
  head.writeUInt16BE(present, 1);
  return { isPage: false, bytes: Buffer.concat(children), size };
}

function pageOf(entries: readonly Entry[]): Buffer {
  const head = Buffer.alloc(5, PAGE_TAG);
  head.writeUInt32BE(entries.length, 1);
  const sorted = entries.toSorted((a, b) => Buffer.compare(a.key, b.key));
  const blobs = sorted.flatMap(({ key, value }) => [lengthOf(key), key, lengthOf(value), value]);
  return Buffer.concat([head, ...blobs]);
}

function lengthOf(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return length;
}

function nameOf({ isPage, bytes, size }: Node, digestOf: Digest): Buffer {
  const head = Buffer.alloc(CHILD_BYTES - DIGEST_BYTES, isPage ? 0 : 1);
  head.writeBigUInt64BE(BigInt(size), 1);
  return Buffer.concat([head, Buffer.from(digestOf(bytes), "hex")]);
}

/** The digest of real clusters. */
export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
