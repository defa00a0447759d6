/** How far a state transfer has come. */
import type { PartialState } from "./partial-state.ts";
import type { Replier } from "./replier.ts";

export interface StateTransfer {
  sequence: number;
  digest: string;
  readonly partial: PartialState;
  /** Who may have the target, in the order in which they are asked. */
  repliers: readonly Replier[];
  /** When a node was last asked for, by path, ms. */
  readonly askedAt: Map<string, number>;
}
