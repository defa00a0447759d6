/**
 * A state goes wrong: of one value another one is there, in what a replica holds and in every state
 * on its disk, and all digests above it are made anew. So pages fit together, and nothing but a
 * comparison with others can tell.
 */
import type { Service } from "../../../nodes/protocols/contract/service.ts";
import { LoggedPages } from "../../../nodes/protocols/state/logged-pages.ts";
import { decodeNode, type PageNode } from "../../../nodes/protocols/state/page.ts";
import { allEntries, PageTree } from "../../../nodes/protocols/state/page-tree.ts";
import type { StateChange } from "../active-faults.ts";
import { type Attestation, proven } from "../attestation.ts";
import { isSnapshot, type LogLayout, PAGE_RECORD, storedStates } from "../stored-states.ts";
import type { SimulatedReplica } from "./replica.ts";

export interface CorruptibleParts {
  readonly replica: Pick<SimulatedReplica, "disk" | "stateDigest">;
  /** What it holds while it runs; null while it does not. */
  readonly service: Service | null;
  /** Changes a value of that; null: its service keeps none. */
  readonly write: ((key: string, value: string) => Uint8Array) | null;
  readonly layout: LogLayout;
}

const SERVICE_SPACE = 0;
/** No value of a workload begins with it. */
const WRONG = "~";
const WRONG_AGAIN = "!";

export function corruptState(change: StateChange, parts: CorruptibleParts): Attestation {
  const { replica: name, pick } = change;
  const { replica, service, write, layout } = parts;
  const states = new StoredTrees(replica.disk.read(), layout);
  const held = service === null ? states.newest : [...service.entries()];
  const keys = held.map(({ key }) => Buffer.from(key)).toSorted((a, b) => a.compare(b));
  const key = keys.at(pick % keys.length);
  if (key === undefined || write === null) {
    const evidence = [`${name}: its state has no value of the service that could be changed`];
    return { outcome: "skipped", evidence };
  }
  const before = seenOf(parts);
  const value = held.find((entry) => key.equals(entry.key))?.value ?? key;
  service?.execute(write(key.toString("utf8"), wrong(Buffer.from(value).toString("utf8"))));
  replica.disk.change((record) => states.changed(record, key));
  return judged(`${name}: ${key.toString("utf8")}`, before, seenOf(parts));
}

function wrong(value: string): string {
  return `${value.startsWith(WRONG) ? WRONG_AGAIN : WRONG}${value.slice(1)}`;
}

interface Seen {
  /** Null while it is down. */
  readonly held: string | null;
  /** Of the newest state on the disk, if one is there. */
  readonly stored: { readonly digest: string; readonly found: string | null } | undefined;
}

function seenOf({ replica, layout }: CorruptibleParts): Seen {
  return { held: replica.stateDigest(), stored: storedStates(replica.disk.read(), layout).at(-1) };
}

/** What is stored is read back by the pages alone: it has to fit together, and be another one. */
function judged(what: string, before: Seen, after: Seen): Attestation {
  const isStored =
    after.stored?.digest !== before.stored?.digest && after.stored?.found === after.stored?.digest;
  const isHeld = before.held !== after.held;
  const seen = [
    ...(isHeld ? [`what it holds was ${short(before.held)} and is ${short(after.held)}`] : []),
    ...(isStored
      ? [
          `what it has stored was ${short(before.stored?.digest)} and is ${short(after.stored?.digest)}`,
        ]
      : []),
  ];
  const line = `${what} has another value: ${seen.join("; ")}`;
  if (isHeld || isStored) return proven(line);
  return { outcome: "ineffective", evidence: [`${what} was changed, and no digest with it`] };
}

function short(digest: string | null | undefined): string {
  return digest?.slice(0, 12) ?? "nothing";
}

/** The states on a disk, from the first record on. */
class StoredTrees {
  readonly #tree: PageTree;
  readonly #pages = new Map<string, Uint8Array>();
  readonly #newest: PageNode | null;

  constructor(records: readonly Uint8Array[], { digestOf }: LogLayout) {
    this.#tree = new PageTree(digestOf);
    for (const record of records) this.#take(record);
    const last = records.findLast(isSnapshot);
    this.#newest = last === undefined ? null : this.#rootOf(last);
  }

  /** Values of the service, by their own keys. */
  get newest(): readonly { readonly key: Uint8Array; readonly value: Uint8Array }[] {
    if (this.#newest === null) return [];
    const entries = [...allEntries(this.#newest)].filter(({ key }) => key[0] === SERVICE_SPACE);
    return entries.map(({ key, value }) => ({ key: key.subarray(1), value }));
  }

  /** What stands in the place of a record: pages stay, since others may name them. */
  changed(record: Uint8Array, serviceKey: Uint8Array): readonly Uint8Array[] {
    this.#take(record);
    const root = isSnapshot(record) ? this.#rootOf(record) : null;
    const key = Buffer.concat([Buffer.of(SERVICE_SPACE), serviceKey]);
    const entry = root && [...allEntries(root)].find((each) => key.equals(each.key));
    if (root === null || !entry) return [record];
    const value = Buffer.from(wrong(Buffer.from(entry.value).toString("utf8")));
    const changed = this.#tree.apply(root, [{ key: entry.key, value }]);
    const pages = new LoggedPages().missing(changed);
    const digest = Buffer.from(changed.digest, "hex");
    const named = Buffer.concat([record.subarray(0, record.length - digest.length), digest]);
    return [...pages.map((page) => Buffer.concat([Buffer.of(PAGE_RECORD), page])), named];
  }

  #take(record: Uint8Array): void {
    if (record[0] !== PAGE_RECORD) return;
    const page = record.subarray(1);
    if (decodeNode(page) !== null) this.#pages.set(this.#tree.digestOf(page), page);
  }

  #rootOf(snapshot: Uint8Array): PageNode | null {
    const digest = Buffer.from(snapshot.subarray(9)).toString("hex");
    return this.#tree.read(digest, (name) => this.#pages.get(name));
  }
}

export function stateLeft({ replica }: StateChange): Attestation {
  return proven(`${replica}: its state is left to itself; whoever finds it wrong is to mend it`);
}
