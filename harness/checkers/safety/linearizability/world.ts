import type { State } from "./state-space.ts";

/** One explanation of everything so far. */
export interface World {
  readonly state: State;
  /** Open answered operations that are already placed, by slot. */
  readonly done: bigint;
  /** Operations of unknown outcome that took effect. */
  readonly used: bigint;
  /** The moment at which the last overwrite was placed; -1 = never. */
  readonly overwrittenAt: number;
}
