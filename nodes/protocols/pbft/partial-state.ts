/**
 * The state that is being fetched, from the root down (protocols §8.2): which nodes are missing,
 * and which need not be fetched because this replica holds them already, in its own state or from
 * what it fetched for an older checkpoint. Nothing is kept that its certified parent did not prove,
 * and one node for each place, so it holds no more than one state.
 */
import { assert } from "../assert.ts";
import { ENTRY_BYTES_MAX } from "../contract/limits.ts";
import {
  BRANCH_BYTES_MAX,
  type ChildName,
  decodeNode,
  ENTRY_BYTES,
  FANOUT,
  PAGE_HEADER_BYTES,
  type Page,
  type PageNode,
} from "../state/page.ts";
import type { PageTree } from "../state/page-tree.ts";
import type { NodeName } from "./state-messages.ts";

export interface WantedNode extends NodeName {
  readonly bytesMax: number;
  /** What this replica's own state has in that place. */
  readonly own: PageNode | null;
}

interface HeldBranch {
  readonly kind: "branch";
  readonly digest: string;
  readonly children: readonly (ChildName | null)[];
}

/** Nobody has said yet how long the root is. */
const ROOT_BYTES_MAX = Math.max(
  PAGE_HEADER_BYTES + ENTRY_BYTES + ENTRY_BYTES_MAX,
  BRANCH_BYTES_MAX,
);
const NOTHING: readonly null[] = Array.from({ length: FANOUT }, () => null);

export class PartialState {
  /** By path, parents first. */
  readonly wanted = new Map<string, WantedNode>();
  readonly fetched = { nodes: 0, bytes: 0 };
  readonly #tree: PageTree;
  /** Fetched and verified, by path; also for checkpoints aimed at before. */
  readonly #held = new Map<string, Page | HeldBranch>();
  /** Subtrees of the own state that are in the wanted one, by path. */
  readonly #own = new Map<string, PageNode>();

  constructor(tree: PageTree) {
    this.#tree = tree;
  }

  /**
   * What is held already is looked through for it.
   * @param digest certified
   * @returns the root
   */
  aim(digest: string, own: PageNode): WantedNode {
    const root = { path: "", digest, bytesMax: ROOT_BYTES_MAX, own };
    this.wanted.clear();
    this.#own.clear();
    this.#want(root);
    return root;
  }

  /** @returns false if the bytes are not that node */
  take(node: WantedNode, bytes: Uint8Array): boolean {
    if (bytes.length > node.bytesMax || this.#tree.digestOf(bytes) !== node.digest) return false;
    const content = decodeNode(bytes);
    if (content === null) return false;
    const { path, digest } = node;
    const isWanted = this.wanted.get(path)?.digest === digest;
    // Of an older checkpoint, late: it may still be in the newer one, if its place is not taken.
    if (!isWanted && this.#held.has(path)) return true;
    this.fetched.nodes += 1;
    this.fetched.bytes += bytes.length;
    // A copy: the frame is many times longer.
    const held = content.kind === "page" ? { ...content, bytes: bytes.slice() } : content;
    this.#held.set(path, { ...held, digest });
    if (!isWanted) return true;
    this.wanted.delete(path);
    this.#want(node);
    return true;
  }

  /** The whole; only when nothing is missing. */
  assemble(): PageNode {
    assert(this.wanted.size === 0, "a state is assembled when nothing is missing");
    return this.#assemble("");
  }

  #want(node: WantedNode): void {
    const { path, digest, own } = node;
    if (own?.digest === digest) {
      this.#own.set(path, own);
      return;
    }
    const held = this.#held.get(path);
    if (held?.digest !== digest) {
      this.wanted.set(path, node);
      return;
    }
    if (held.kind === "page") return;
    const ownChildren = own ? this.#tree.childrenOf(own, path.length) : NOTHING;
    for (const [place, child] of held.children.entries()) {
      if (!child) continue;
      const ownChild = ownChildren[place] ?? null;
      this.#want({ ...nameOf(child, `${path}${place.toString(FANOUT)}`), own: ownChild });
    }
  }

  #assemble(path: string): PageNode {
    const own = this.#own.get(path);
    if (own) return own;
    const held = this.#held.get(path);
    assert(held !== undefined, "what is not missing is held");
    if (held.kind === "page") return held;
    const children = held.children.map((child, place) =>
      child ? this.#assemble(`${path}${place.toString(FANOUT)}`) : null,
    );
    return this.#tree.branch(children);
  }
}

function nameOf({ kind, size, digest }: ChildName, path: string): Omit<WantedNode, "own"> {
  const bytesMax = kind === "page" ? PAGE_HEADER_BYTES + size : BRANCH_BYTES_MAX;
  return { path, digest, bytesMax };
}
