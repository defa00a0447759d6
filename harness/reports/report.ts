import type { Judgement } from "../checkers/verdict/judgement.ts";
import type { Observations } from "../observations/observations.ts";

/** What every report is made from: the run store as read, and what it came to. */
export interface JudgedRun {
  readonly observations: Observations;
  readonly judgement: Judgement;
}

/** One file of the run store, written after the judgement. */
export interface Report {
  readonly name: string;
  readonly summary: string;
  /** File name inside the run store. */
  readonly file: string;
  /** Pure: the same run gives the same text. */
  render(run: JudgedRun): Promise<string>;
}
