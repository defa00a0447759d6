/**
 * Everything that all replicas agree on, service and client table, as one tree of pages (reference
 * 1.7). Nothing replica-local is in it.
 */
import { type ClientTable, decodeClient } from "../client-table.ts";
import type { Service } from "../contract/service.ts";
import type { Entry, PageNode } from "./page.ts";
import { allEntries, type Change, type Digest, PageTree } from "./page-tree.ts";

/** First byte of every key in the tree. */
const SERVICE_SPACE = 0;
const CLIENT_SPACE = 1;

export class ReplicatedState {
  readonly tree: PageTree;
  readonly #service: Service;
  readonly #clients: ClientTable;
  #root: PageNode;

  constructor(parts: { service: Service; clients: ClientTable; digest: Digest }) {
    this.#service = parts.service;
    this.#clients = parts.clients;
    this.tree = new PageTree(parts.digest);
    this.#root = this.tree.empty;
  }

  /** As of the last `checkpoint` or `restore`. */
  get root(): PageNode {
    return this.#root;
  }

  /** Takes in what changed since the last one. */
  checkpoint(): PageNode {
    this.#root = this.tree.apply(this.#root, [
      ...changesIn(SERVICE_SPACE, this.#service.takeChanges()),
      ...changesIn(CLIENT_SPACE, this.#clients.takeChanges()),
    ]);
    return this.#root;
  }

  /** Of the state as it is now, from scratch: an increment that was missed shows. */
  digest(): string {
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
    return true;
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
