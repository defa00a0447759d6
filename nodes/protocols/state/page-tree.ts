/**
 * The replicated state as a tree of pages (protocols §7.6): a trie over the digests of the
 * keys. A subtree is one page if its entries fit into `PAGE_BYTES` or are one entry, else a branch.
 * So the partition is a function of the content alone, whatever the history: equal states have
 * equal roots, an unchanged region keeps its pages, and a new key moves nobody else's.
 *
 * Nodes are never changed: a tree with changes shares all untouched nodes with the one before, so
 * an older snapshot costs only what differs, and a checkpoint costs only what changed.
 */
import { PAGE_BYTES } from "../contract/limits.ts";
import {
  type Branch,
  compareKeys,
  decodeNode,
  type Entry,
  encodeBranch,
  encodePage,
  entriesOf,
  FANOUT,
  type Page,
  type PageNode,
  sizeOf,
} from "./page.ts";

/** `value` null: the key is gone. */
export interface Change {
  readonly key: Uint8Array;
  readonly value: Uint8Array | null;
}

/** An entry or change on its way down; the path is worked out once, where a branch needs it. */
type OnItsWay<T extends Change> = T & { path?: string };

export type Digest = (bytes: Uint8Array) => string;

export class PageTree {
  readonly empty: Page;
  readonly #digest: Digest;

  constructor(digest: Digest) {
    this.#digest = digest;
    this.empty = this.#page([]);
  }

  /** @param entries with distinct keys, in any order */
  of(entries: Iterable<Entry>): PageNode {
    return this.#build(
      [...entries].sort((a, b) => compareKeys(a.key, b.key)),
      0,
    );
  }

  /** @param changes with distinct keys, in any order */
  apply(root: PageNode, changes: Iterable<Change>): PageNode {
    const sorted = [...changes].sort((a, b) => compareKeys(a.key, b.key));
    return this.#apply(root, sorted, 0);
  }

  digestOf(bytes: Uint8Array): string {
    return this.#digest(bytes);
  }

  /** What lies below a node, as if it were a branch: pages are cut as a larger state would. */
  childrenOf(node: PageNode, depth: number): readonly (PageNode | null)[] {
    return node.kind === "branch" ? node.children : this.#split(entriesOf(node), depth);
  }

  branch(children: readonly (PageNode | null)[]): Branch {
    let size = 0;
    let entries = 0;
    for (const child of children) {
      size += child?.size ?? 0;
      entries += child?.entries ?? 0;
    }
    const digest = this.#digest(encodeBranch(children));
    return { kind: "branch", children, size, entries, digest };
  }

  /**
   * Reads a tree back.
   * @param bytesOf the bytes of a node by their digest, which the caller has checked
   * @returns null if a node is missing or malformed
   */
  read(digest: string, bytesOf: (digest: string) => Uint8Array | undefined): PageNode | null {
    const bytes = bytesOf(digest);
    const content = bytes && decodeNode(bytes);
    if (!bytes || !content) return null;
    // A copy: what was read may be a view of something much larger.
    if (content.kind === "page") return { ...content, bytes: bytes.slice(), digest };
    const children: (PageNode | null)[] = [];
    for (const child of content.children) {
      const read = child && this.read(child.digest, bytesOf);
      if (child && !read) return null;
      children.push(read);
    }
    return this.branch(children);
  }

  #apply(node: PageNode, changes: readonly OnItsWay<Change>[], depth: number): PageNode {
    if (changes.length === 0) return node;
    if (node.kind === "page") return sameOr(node, this.#build(merge(node, changes), depth));
    const shares = this.#share(changes, depth);
    const children = node.children.map((child, place) => {
      const changed = this.#apply(child ?? this.empty, shares[place] ?? [], depth + 1);
      return changed.entries === 0 ? null : changed;
    });
    const size = children.reduce((total, child) => total + (child?.size ?? 0), 0);
    const entries = children.reduce((total, child) => total + (child?.entries ?? 0), 0);
    if (!isPage(size, entries)) return sameOr(node, this.branch(children));
    const all = children.flatMap((child) => (child ? [...allEntries(child)] : []));
    return this.#page(all.sort((a, b) => compareKeys(a.key, b.key)));
  }

  #build(entries: readonly OnItsWay<Entry>[], depth: number): PageNode {
    const size = entries.reduce((total, entry) => total + sizeOf(entry), 0);
    return isPage(size, entries.length)
      ? this.#page(entries, size)
      : this.branch(this.#split(entries, depth));
  }

  #split(entries: readonly OnItsWay<Entry>[], depth: number): (PageNode | null)[] {
    return this.#share(entries, depth).map((share) =>
      share.length === 0 ? null : this.#build(share, depth + 1),
    );
  }

  #share<T extends Change>(items: readonly OnItsWay<T>[], depth: number): OnItsWay<T>[][] {
    const shares: OnItsWay<T>[][] = Array.from({ length: FANOUT }, () => []);
    for (const item of items) {
      item.path ??= this.#pathOf(item.key);
      shares[Number.parseInt(item.path[depth] ?? "0", FANOUT)]?.push(item);
    }
    return shares;
  }

  /** The name space first: what changes at every checkpoint (clients) stays in few pages. */
  #pathOf(key: Uint8Array): string {
    return `${(key[0] ?? 0).toString(FANOUT)}${this.#digest(key)}`;
  }

  #page(
    entries: readonly Entry[],
    size = entries.reduce((sum, one) => sum + sizeOf(one), 0),
  ): Page {
    const bytes = encodePage(entries, size);
    return { kind: "page", bytes, size, entries: entries.length, digest: this.#digest(bytes) };
  }
}

function isPage(size: number, entries: number): boolean {
  return size <= PAGE_BYTES || entries <= 1;
}

/** The same content is the same node, so that what is known of it (it is logged) stays known. */
function sameOr(before: PageNode, after: PageNode): PageNode {
  return before.digest === after.digest ? before : after;
}

function merge(page: Page, changes: readonly Change[]): Entry[] {
  const merged: Entry[] = [];
  const entries = entriesOf(page);
  let next = 0;
  for (const { key, value } of changes) {
    let order = -1;
    for (; next < entries.length; next++) {
      order = compareKeys((entries[next] as Entry).key, key);
      if (order >= 0) break;
      merged.push(entries[next] as Entry);
    }
    if (order === 0 && next < entries.length) next += 1;
    if (value !== null) merged.push({ key, value });
  }
  return [...merged, ...entries.slice(next)];
}

export function* allEntries(node: PageNode): Iterable<Entry> {
  if (node.kind === "page") return yield* entriesOf(node);
  for (const child of node.children) if (child) yield* allEntries(child);
}
