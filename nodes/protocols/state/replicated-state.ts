/**
 * Everything that all replicas agree on, service and client table, as one tree of pages
 * (protocols §7.6). Nothing replica-local is in it.
 */
import { type ClientTable, decodeClient } from "../client-table.ts";
import type { Service } from "../contract/service.ts";
import type { Entry, PageNode } from "./page.ts";
import { allEntries, type Change, type Digest, PageTree } from "./page-tree.ts";

/** First byte of every key in the tree. */
const SERVICE_SPACE = 0;
const CLIENT_SPACE = 1;
/** Built anew in two or three milliseconds; anybody may ask for the digest. */
const FROM_SCRATCH_BYTES_MAX = 128 * 1024;

export class ReplicatedState {
  readonly tree: PageTree;
  readonly #service: Service;
  readonly #clients: ClientTable;
  #root: PageNode;
  /** With what has changed since, as far as somebody has asked. */
  #head: PageNode;

  constructor(parts: { service: Service; clients: ClientTable; digest: Digest }) {
    this.#service = parts.service;
    this.#clients = parts.clients;
    this.tree = new PageTree(parts.digest);
    this.#root = this.tree.empty;
    this.#head = this.#root;
  }

  /** As of the last `checkpoint` or `restore`. */
  get root(): PageNode {
    return this.#root;
  }

  /** Takes in what changed since the last one. */
  checkpoint(): PageNode {
    this.#root = this.#takeChanges();
    return this.#root;
  }

  /**
   * Of the state as it is now. A small one is built from scratch, so that an increment that was
   * missed shows; of a large one only what has changed since the last question or checkpoint is
   * looked at, because nobody who asks may keep a replica from its work.
   */
  digest(): string {
    const head = this.#takeChanges();
    if (head.size > FROM_SCRATCH_BYTES_MAX) return head.digest;
    const entries = [
      ...entriesIn(SERVICE_SPACE, this.#service.entries()),
      ...entriesIn(CLIENT_SPACE, this.#clients.entries()),
    ];
    return this.tree.of(entries).digest;
  }

  /** @returns false (nothing changed) if it is no state of this version */
  restore(root: PageNode): boolean {
    const service: Entry[] = [];
    const clients: Entry[] = [];
    for (const { key, value } of allEntries(root)) {
      const entry = { key: key.subarray(1), value };
      if (key[0] === SERVICE_SPACE) service.push(entry);
      else if (key[0] === CLIENT_SPACE && decodeClient(entry) !== null) clients.push(entry);
      else return false;
    }
    this.#service.restore(service);
    this.#clients.restore(clients);
    this.#root = root;
    this.#head = root;
    return true;
  }

  #takeChanges(): PageNode {
    this.#head = this.tree.apply(this.#head, [
      ...changesIn(SERVICE_SPACE, this.#service.takeChanges()),
      ...changesIn(CLIENT_SPACE, this.#clients.takeChanges()),
    ]);
    return this.#head;
  }
}

function* changesIn(space: number, changes: Iterable<Change>): Iterable<Change> {
  for (const { key, value } of changes) yield { key: keyIn(space, key), value };
}

function* entriesIn(space: number, entries: Iterable<Entry>): Iterable<Entry> {
  for (const { key, value } of entries) yield { key: keyIn(space, key), value };
}

function keyIn(space: number, key: Uint8Array): Uint8Array {
  const whole = new Uint8Array(1 + key.length);
  whole[0] = space;
  whole.set(key, 1);
  return whole;
}
