/** What a night came to, in the words of its page and of the terminal. */
import type { Tone } from "../verdicts.ts";
import { isRed, type Night } from "./night.ts";

export interface NightVerdict {
  readonly symbol: string;
  readonly name: string;
  readonly text: string;
  readonly tone: Tone;
}

export function nightVerdict({ steps, state, why, mutant }: Night): NightVerdict {
  const red = steps.filter(isRed);
  const unfinished =
    state === "stopped" ? ` It was stopped before its end: ${why ?? "unknown"}.` : "";
  const planted = mutant === null ? "" : " It ran with a planted bug, which has to be found.";
  const more = `${planted}${unfinished}`;
  if (red.length > 0) {
    const text = `${red.length} of ${steps.length} parts did not come out as expected.${more}`;
    return { symbol: "✗", name: "Something broke", text, tone: "bad" };
  }
  if (steps.length === 0 || state === "stopped") {
    const text = `Of ${steps.length} parts, each came out as expected.${more}`;
    return { symbol: "?", name: "Not a whole night", text, tone: "doubt" };
  }
  const text = `Each of ${steps.length} parts came out as expected.${more}`;
  return { symbol: "✓", name: "Nothing broke", text, tone: mutant === null ? "good" : "doubt" };
}

/** `1 min 20 s` */
export function timeText(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  const [minutes, rest] = [Math.floor(seconds / 60), seconds % 60];
  if (minutes === 0) return `${rest} s`;
  return rest === 0 ? `${minutes} min` : `${minutes} min ${rest} s`;
}
