/**
 * A primary that fills the room which others have for bodies, and leaves (protocols §6.2, §12.5).
 * It leaves one number out, so that nothing is executed any more, and orders the largest requests
 * that it knows at all that follow, again and again. What of it no view chooses, or each replica
 * lacks in part, is what the next primary finds there.
 */
import { z } from "zod";
import type { NodeId } from "../../nodes/protocols/contract/core.ts";
import type { Vote } from "../../nodes/protocols/pbft/messages.ts";
import { type Behaviour, defineBehaviour } from "./behaviour.ts";
import { everyPbft } from "./forgeries/every-pbft.ts";
import { LargestRequests } from "./forgeries/largest-requests.ts";
import type { PbftMessages } from "./forgeries/pbft.ts";

const schema = z.strictObject({
  /**
   * `differing`: to each replica another batch, so that none is prepared. `parted`: the same to all
   * but one, another one at each number. `same`: to all.
   */
  batches: z.enum(["differing", "parted", "same"]).default("differing"),
  /** In a row that it orders as it should first: then it knows what clients ask for. */
  honest: z.int().min(0).max(16).default(4),
  /** Numbers that it fills. */
  numbers: z.int().min(1).max(64).default(32),
});

type Parameters = z.output<typeof schema>;

export const leftBodies = defineBehaviour({
  name: "left-bodies",
  summary: "as primary, leaves a number out and fills those that follow with the largest batches",
  as: "primary",
  schema,
  fits: everyPbft((parameters: Parameters, messages) => new Filling(parameters, messages)),
});

class Reign {
  readonly view: number;
  /** Numbers that were ordered as they should be. */
  readonly ordered = new Set<number>();
  leftOut: number | null = null;
  /** Who was told what fills the others: once, whatever he asks for. */
  readonly filled = new Set<NodeId>();

  constructor(view: number) {
    this.view = view;
  }
}

class Filling implements Behaviour {
  readonly #parameters: Parameters;
  readonly #messages: PbftMessages;
  readonly #requests: LargestRequests;
  /** Of the view that it leads. */
  #reign = new Reign(0);

  constructor(parameters: Parameters, messages: PbftMessages) {
    this.#parameters = parameters;
    this.#messages = messages;
    this.#requests = new LargestRequests(messages);
  }

  rewrite(to: NodeId, frame: Uint8Array): readonly Uint8Array[] {
    const proposal = this.#messages.proposalIn(frame);
    if (proposal === null) return [frame];
    this.#requests.hear(proposal);
    const { view, sequence } = proposal.vote;
    if (this.#reign.view !== view) this.#reign = new Reign(view);
    const { ordered, filled } = this.#reign;
    if (ordered.size < this.#parameters.honest) ordered.add(sequence);
    if (ordered.has(sequence)) return [frame];
    if (filled.has(to)) return [];
    filled.add(to);
    this.#reign.leftOut ??= sequence;
    return this.#filling(to, { ...proposal.vote, sequence: this.#reign.leftOut });
  }

  #filling(to: NodeId, leftOut: Vote): readonly Uint8Array[] {
    const { others } = this.#messages;
    const { batches, numbers } = this.#parameters;
    const place = others.indexOf(to);
    return Array.from({ length: numbers }, (_, index) => index + 1).flatMap((further) => {
      if (batches === "parted" && further % others.length === place) return [];
      const batch = this.#requests.batch(batches === "differing" ? place : 0);
      return [this.#messages.proposal({ ...leftOut, sequence: leftOut.sequence + further }, batch)];
    });
  }
}
