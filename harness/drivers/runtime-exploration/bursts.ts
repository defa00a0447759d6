/** So much is said at once. */
import type { CoreOrder } from "./ledger-core.ts";
import { FRAME_BYTES_MAX } from "./ledger-frame.ts";

export const BURSTS = {
  many: { turns: 1, frames: 5_000, bytes: 30, asks: "nothing" },
  /** Nothing comes of them: they are looked at as time allows. */
  worthless: { turns: 5, frames: 4_000, bytes: 20, asks: "nothing" },
  /** Each costs an answer and is worth no more: somebody asks again and again. */
  questions: { turns: 5, frames: 4_000, bytes: 20, asks: "word" },
  large: { turns: 4, frames: 30, bytes: 100_000, asks: "nothing" },
  huge: { turns: 8, frames: 4, bytes: 1_000_000, asks: "record" },
  /** No receiver would take it. */
  oversized: { turns: 1, frames: 1, bytes: FRAME_BYTES_MAX + 1, asks: "nothing" },
} as const satisfies Readonly<Record<string, Omit<CoreOrder, "to">>>;

export type BurstKind = keyof typeof BURSTS;
export const BURST_KINDS = Object.keys(BURSTS) as readonly BurstKind[];
