/** Answering FETCH-STATE (protocols §8.6). */

import type { NodeId } from "../contract/core.ts";
import { PAGES_ANSWER_BYTES } from "../contract/limits.ts";
import { encodeNode, FANOUT, type PageNode } from "../state/page.ts";
import { STATE_PAGES } from "./messages.ts";
import type { ReplicaState } from "./replica-state.ts";
import type { Route } from "./route.ts";
import {
  decodeFetchState,
  encodeNodes,
  encodeStatePages,
  type FetchState,
  type NodeName,
} from "./state-messages.ts";

export function fetchStateRoute(state: ReplicaState): Route<FetchState> {
  return {
    name: "FETCH-STATE",
    firstHand: true,
    mayCost: (_envelope, from) => state.limits.fetchState.take(from, state.now),
    decode: ({ payload }) => decodeFetchState(payload) ?? "malformed",
    check: () => "yes",
    take(fetch, { sender }) {
      serve(state, fetch, sender);
      return "yes";
    },
  };
}

function serve(state: ReplicaState, fetch: FetchState, peer: NodeId): void {
  const { checkpoints, served, marks, variant } = state;
  const wanted = checkpoints.snapshot(fetch.sequence) ?? served.of(peer, fetch.sequence);
  if (wanted) served.keep(peer, wanted, state.now);
  // Gone here: who is convinced of the newer one can aim at that.
  else if (marks.stable > fetch.sequence) variant.retransmission.convinceOfStable(peer);
  // What did not change is in other snapshots, too.
  const roots = [...(wanted ? [wanted.root] : []), state.content.root];
  const nodes = answerTo(fetch.nodes, roots);
  const bytes = nodes.reduce((sum, node) => sum + node.length, 0);
  // A single long entry counts as the several answers that it is as long as.
  state.limits.fetchState.charge(peer, state.now, Math.floor(bytes / PAGES_ANSWER_BYTES));
  const content = { type: STATE_PAGES, payload: encodeStatePages(fetch.number) };
  state.effects.send(peer, state.scheme.seal(content, peer, encodeNodes(nodes)));
}

const NOT_HERE = new Uint8Array(0);

/** An honest asker knows how long nodes are: what is beyond one answer is not sent. */
function answerTo(names: readonly NodeName[], roots: readonly PageNode[]): Uint8Array[] {
  let bytes = 0;
  return names.map((name) => {
    const node = findNode(name, roots);
    const encoded = node ? encodeNode(node) : NOT_HERE;
    if (bytes > 0 && bytes + encoded.length > PAGES_ANSWER_BYTES) return NOT_HERE;
    bytes += encoded.length;
    return encoded;
  });
}

function findNode({ path, digest }: NodeName, roots: readonly PageNode[]): PageNode | null {
  for (const root of roots) {
    const node = nodeAt(root, path);
    if (node?.digest === digest) return node;
  }
  return null;
}

/** Whoever asks says how long the path is: no further than the tree goes. */
function nodeAt(root: PageNode, path: string): PageNode | null {
  let node = root;
  for (const digit of path) {
    const child = node.kind === "branch" ? node.children[Number.parseInt(digit, FANOUT)] : null;
    if (!child) return null;
    node = child;
  }
  return node;
}
