/** Answering FETCH-STATE (reference 1.8). */

import { PAGES_ANSWER_BYTES } from "../contract/limits.ts";
import { encodeNode, FANOUT, type PageNode } from "../state/page.ts";
import type { Envelope } from "../wire/envelope.ts";
import { STATE_PAGES } from "./messages.ts";
import type { ReplicaState } from "./replica-state.ts";
import {
  decodeFetchState,
  encodeNodes,
  encodeStatePages,
  type NodeName,
} from "./state-messages.ts";

export function onFetchState(state: ReplicaState, envelope: Envelope): void {
  const { sender } = envelope;
  const fetch = decodeFetchState(envelope.payload);
  if (!fetch) return state.reject("FETCH-STATE", sender, "malformed");
  if (!state.limits.fetchState.take(sender, state.now)) {
    return state.reject("FETCH-STATE", sender, "rate");
  }
  if (!state.scheme.verify(envelope)) return state.reject("FETCH-STATE", sender, "signature");
  const { checkpoints, served } = state;
  const wanted = checkpoints.snapshot(fetch.sequence) ?? served.of(sender, fetch.sequence);
  if (wanted) served.keep(sender, wanted, state.now);
  else if (checkpoints.stable.sequence > fetch.sequence) {
    // Gone here: the proof of the newer one lets the peer aim at that.
    for (const frame of checkpoints.stable.proof) state.effects.send(sender, frame);
  }
  // What did not change is in other snapshots, too.
  const roots = [...(wanted ? [wanted.root] : []), state.content.root];
  const nodes = answerTo(fetch.nodes, roots);
  const bytes = nodes.reduce((sum, node) => sum + node.length, 0);
  // A single long entry counts as the several answers that it is as long as.
  state.limits.fetchState.charge(sender, state.now, Math.floor(bytes / PAGES_ANSWER_BYTES));
  const payload = encodeStatePages(fetch.number);
  state.effects.send(
    sender,
    state.scheme.seal({ type: STATE_PAGES, payload }, "all", encodeNodes(nodes)),
  );
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
    let node: PageNode | null = root;
    for (const digit of path) {
      const place = Number.parseInt(digit, FANOUT);
      node = node?.kind === "branch" ? (node.children[place] ?? null) : null;
    }
    if (node?.digest === digest) return node;
  }
  return null;
}
