/** Plays seeds until it is enough: by number, by the clock, by Ctrl-C, or by what was found. */
import { monotonicMs } from "../../drivers/clock.ts";
import type { ExploreFlags } from "./flags.ts";
import { progress } from "./telling.ts";

export interface Playing<Result> {
  readonly results: AsyncGenerator<Result, void>;
  /** Null: nobody knows. */
  readonly seeds: number | null;
  readonly flags: Pick<ExploreFlags, "for" | "stopAtFirst">;
  /** @returns how many seeds have failed so far */
  readonly onResult: (result: Result) => number;
  /** Beside the limits that the flags say. */
  readonly isEnough?: () => boolean;
}

export interface Played {
  readonly minutes: number;
  readonly isAborted: boolean;
}

export async function playSeeds<Result>(playing: Playing<Result>): Promise<Played> {
  const { results, seeds, flags, onResult, isEnough } = playing;
  const startedMs = monotonicMs();
  const endMs = startedMs + (flags.for ?? Number.POSITIVE_INFINITY);
  let isAborted = false;
  const abort = () => {
    isAborted = true;
  };
  // A second one ends the process.
  process.once("SIGINT", abort);
  const tell = progress(seeds);
  let played = 0;
  try {
    for await (const result of results) {
      const failures = onResult(result);
      played += 1;
      tell(played, failures);
      if (isAborted || monotonicMs() >= endMs) break;
      if (flags.stopAtFirst === true && failures > 0) break;
      if (isEnough?.() === true) break;
    }
  } finally {
    process.off("SIGINT", abort);
  }
  return { minutes: (monotonicMs() - startedMs) / 60_000, isAborted };
}
