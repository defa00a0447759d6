/** What a night came to, in the words of its page and of the terminal. */
import type { Tone } from "../verdicts.ts";
import { type Night, ofFate } from "./night.ts";

export interface NightVerdict {
  readonly symbol: string;
  readonly name: string;
  readonly text: string;
  readonly tone: Tone;
}

export function nightVerdict({ steps, state, why, mutant }: Night): NightVerdict {
  const [broken, open] = [ofFate("broken", steps).length, ofFate("open", steps).length];
  const done = steps.length - ofFate("idle", steps).length;
  const unfinished =
    state === "stopped" ? ` It was stopped before its end: ${why ?? "unknown"}.` : "";
  const planted = mutant === null ? "" : " It ran with a planted bug, which has to be found.";
  const more = `${planted}${unfinished}`;
  const unjudged = `${open} of ${done} parts could not be judged`;
  if (broken > 0) {
    const besides = open === 0 ? "" : ` ${unjudged}.`;
    const text = `${broken} of ${done} parts did not come out as expected.${besides}${more}`;
    return { symbol: "✗", name: "Something broke", text, tone: "bad" };
  }
  if (open > 0) {
    const text = `${unjudged}; nothing broke in the others.${more}`;
    return { symbol: "?", name: "Not all could be judged", text, tone: "doubt" };
  }
  if (done === 0 || state === "stopped") {
    const text = `Of ${done} parts, each came out as expected.${more}`;
    return { symbol: "?", name: "Not a whole night", text, tone: "doubt" };
  }
  const text = `Each of ${done} parts came out as expected.${more}`;
  return { symbol: "✓", name: "Nothing broke", text, tone: mutant === null ? "good" : "doubt" };
}

/** `1 min 20 s` */
export function timeText(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  const [minutes, rest] = [Math.floor(seconds / 60), seconds % 60];
  if (minutes === 0) return `${rest} s`;
  return rest === 0 ? `${minutes} min` : `${minutes} min ${rest} s`;
}
