/**
 * A new primary whose NEW-VIEW rests on what others asked for earlier views, before they had
 * prepared what they have now (protocols §9.6): all of it is theirs, and none of it is for this
 * view. Where V is not shown but named, nobody has those any more.
 */
import { z } from "zod";
import type { Input, NodeId } from "../../nodes/protocols/contract/core.ts";
import { quorumSize } from "../../nodes/protocols/quorum.ts";
import { type Behaviour, defineBehaviour } from "./behaviour.ts";
import { type FramedClaims, SignedPbft } from "./forgeries/pbft-sig.ts";

export const staleViewChanges = defineBehaviour({
  name: "stale-view-changes",
  summary: "as new primary, sends a NEW-VIEW that rests on VIEW-CHANGEs for earlier views",
  as: "new primary",
  schema: z.strictObject({}),
  unfit: {
    "pbft-mac": "a NEW-VIEW names VIEW-CHANGEs, and nobody has old ones: groundless-new-view",
    "pbft-relay": "a NEW-VIEW names VIEW-CHANGEs, and nobody has old ones: groundless-new-view",
    "pbft-mac-proof": "nobody vouches for old ones, and V is made of those that are vouched for",
  },
  fits: {
    "pbft-sig": (_parameters, context) => new Rummager(new SignedPbft(context)),
  },
});

class Rummager implements Behaviour {
  readonly #messages: SignedPbft;
  /** Of each author, the first that it was heard to send. */
  readonly #earliest = new Map<NodeId, FramedClaims>();

  constructor(messages: SignedPbft) {
    this.#messages = messages;
  }

  observe(input: Input): void {
    if (input.kind !== "frame") return;
    const claims = this.#messages.claimsIn(input.bytes);
    if (claims === null || this.#earliest.has(claims.replica)) return;
    this.#earliest.set(claims.replica, claims);
  }

  rewrite(_to: NodeId, frame: Uint8Array): readonly Uint8Array[] {
    const messages = this.#messages;
    const message = messages.newViewIn(frame);
    if (message === null) return [frame];
    const current = messages.claimsOf(message.viewChanges);
    const stale = [...this.#earliest.values()].filter(({ view }) => view < message.view);
    const others = current.filter(
      ({ replica }) => !stale.some((earlier) => earlier.replica === replica),
    );
    const used = [...stale, ...others].slice(0, quorumSize(messages.cluster));
    return [messages.newViewFrom(message.view, used)];
  }
}
