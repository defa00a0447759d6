/** The four words of a run's troubles, one meaning each: terminal, HTML and README say the same. */
import type { Judgement } from "../checkers/verdict/judgement.ts";
import { milliseconds } from "./format.ts";

export type Word = "outage" | "recovery" | "hangover" | "redundancy lost";

interface Meaning {
  /** Where `results.json` has it. */
  readonly fields: readonly string[];
  /** Beside the figure. */
  readonly brief: string;
  readonly meaning: string;
  readonly figure: (judgement: Judgement) => string;
}

export const words: Readonly<Record<Word, Meaning>> = {
  outage: {
    fields: ["outageMs", "faults[].outageMs"],
    brief: "longest time without an answer",
    meaning:
      "The longest time in which somebody waited and nobody was answered: in all, and for each fault, from when it was there.",
    figure: ({ outageMs }) => milliseconds(outageMs),
  },
  recovery: {
    fields: ["recoveryMs"],
    brief: "last heal to the next answer",
    meaning:
      "From the last heal to the next answer; `expect.recoverWithin` is about this, as far as somebody waited for it.",
    figure: ({ recoveryMs }) => milliseconds(recoveryMs),
  },
  hangover: {
    fields: ["hangoverMs", "hangover", "hangoverWhy"],
    brief: "until throughput and p99 are back",
    meaning:
      "From the last heal until throughput and p99 are within 20 % of what they were, in three windows of 500 ms. What they were is measured over the last stretch before the first fault with at least 200 operations; without one it is unknown.",
    figure: ({ hangover }) => hangoverFigure(hangover),
  },
  "redundancy lost": {
    fields: ["redundancyLostMs"],
    brief: "with B + C = f",
    meaning: "The time with B + C = f, in which one more fault would have been too many.",
    figure: ({ redundancyLostMs }) => milliseconds(redundancyLostMs),
  },
};

function hangoverFigure(hangover: Judgement["hangover"]): string {
  switch (hangover.outcome) {
    case "regained":
      return milliseconds(hangover.ms);
    case "not-regained":
      return "not regained";
    case "unknown":
      return "unknown";
    case "none":
      return milliseconds(null);
    default:
      return hangover satisfies never;
  }
}
