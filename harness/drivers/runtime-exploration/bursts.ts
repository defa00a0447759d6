/** So much is said at once. */
import { FRAME_BYTES_MAX } from "./ledger-frame.ts";

export const BURSTS = {
  many: { turns: 1, frames: 5_000, bytes: 30, isAsking: false },
  /** Nothing comes of them: they are looked at as time allows. */
  worthless: { turns: 5, frames: 4_000, bytes: 20, isAsking: false },
  large: { turns: 4, frames: 30, bytes: 100_000, isAsking: false },
  huge: { turns: 8, frames: 4, bytes: 1_000_000, isAsking: true },
  /** No receiver would take it. */
  oversized: { turns: 1, frames: 1, bytes: FRAME_BYTES_MAX + 1, isAsking: false },
} as const;

export type BurstKind = keyof typeof BURSTS;
export const BURST_KINDS = Object.keys(BURSTS) as readonly BurstKind[];
