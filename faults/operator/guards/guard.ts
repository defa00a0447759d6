import type { Endpoint, FaultEffect } from "../../fault.ts";

/**
 * A command as the control plane sees it: what would be done, and what the work order says. Whether
 * it is an error, and which, is not in it.
 */
export interface Action {
  /** The kind of what is done: `crash`, `partition`, ... */
  readonly kind: string;
  readonly effects: readonly FaultEffect[];
  /** What the order would come to if it were done to the letter. */
  readonly ordered: readonly FaultEffect[];
}

/** The cluster as it is when the command is given. */
export interface ClusterState {
  /** How many may be away at once. */
  readonly faultsMax: number;
  /** Replicas that do not answer, are not in the view that the others work in, or far behind. */
  readonly unrecovered: readonly Endpoint[];
  /**
   * B + C, those who have not recovered among them: what the action would come to if there were
   * nothing else, and what it would be after it.
   */
  readonly away: { readonly alone: number; readonly after: number };
}

/** Looks at a command before it is carried out, in every world, and may refuse it. */
export interface Guard {
  readonly name: string;
  readonly summary: string;
  /** Why it is refused, in words; null = it may pass. */
  refusal(action: Action, state: ClusterState): string | null;
}
