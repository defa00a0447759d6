/** The runs of a benchmark, one after the other, each shown as it goes. */
import type { RunOutcome } from "../../checkers/verdict/exit-code.ts";
import type { JudgedRun } from "../../reports/report.ts";
import type { FinishedRun, PlannedScenario } from "../../run.ts";
import { printable } from "../../scenario/printable.ts";
import { Aborts } from "../aborts.ts";
import type { Delivery } from "../delivery.ts";
import { shownRun } from "../shown-run.ts";

/** One run that a benchmark is made of. */
export interface Turn {
  readonly planned: PlannedScenario;
  /** Behind its position: `0/0 KB`. */
  readonly name: string;
}

export interface PlayedTurn<T extends Turn> {
  readonly turn: T;
  readonly finished: FinishedRun;
  /** `3/40 0/0 KB`, for what is said of it. */
  readonly position: string;
}

export interface TurnsOptions {
  /** Where the run stores go. */
  readonly out: string;
  readonly delivery: Delivery | null;
}

/** Ends early where somebody stops it, or with the first run that the harness failed at. */
export async function* playedTurns<T extends Turn>(
  turns: readonly T[],
  { out, delivery }: TurnsOptions,
): AsyncGenerator<PlayedTurn<T>> {
  using aborts = new Aborts();
  for (const [index, turn] of turns.entries()) {
    if (aborts.level > 0) return;
    const position = `${index + 1}/${turns.length} ${turn.name}`;
    const showing = { position, aborts, out, delivery, mutantFolders: [] };
    const finished = await shownRun(turn.planned, showing);
    yield { turn, finished, position };
    if (finished.harness.state === "failed") return;
  }
}

/** What counts of it for the exit code. */
export function outcomeOf({ harness, judged }: FinishedRun): RunOutcome {
  return { harness, judgement: judged?.judgement ?? null };
}

/** What its figures come from; null where it was not played to its end, or not judged. */
export function measuredIn({ harness, judged }: FinishedRun): JudgedRun | null {
  // What a stopped run measured is of another length than the others.
  return harness.state === "ok" ? judged : null;
}

/** Says on standard error which runs the harness did not bring to their end. */
export function tellTrouble<T extends Turn>(played: readonly PlayedTurn<T>[]): void {
  for (const { turn, finished } of played) {
    const { harness } = finished;
    if (harness.state === "ok") continue;
    const { protocol } = turn.planned.plan.cluster;
    process.stderr.write(`${printable(`${protocol}: harness ${harness.state}: ${harness.why}`)}\n`);
  }
}
