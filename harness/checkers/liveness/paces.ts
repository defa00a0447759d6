import type { Observations } from "../../observations/observations.ts";
import { loadOf } from "../verdict/shed.ts";
import { endOfRun, type Window } from "../windows.ts";

export interface Pace {
  readonly answers: number;
  /** In which the load was on. */
  readonly seconds: number;
}

/**
 * How many operations of the load were answered in a while. Before the quiet phase alone: what
 * the wire is like afterwards, and how long the load goes on, is another matter.
 */
export class Paces {
  readonly #answers: readonly number[];
  readonly #load: Window;

  constructor(observations: Observations) {
    const { sent } = loadOf(observations);
    this.#answers = sent.flatMap(({ completion }) => completion?.time ?? []);
    const { ledger, plan } = observations;
    const on = ledger.find((line) => line.kind === "load" && line.on);
    const quiet = ledger.find((line) => line.kind === "phase" && line.phase === "quiet");
    const end = endOfRun(observations);
    // Once all that there was to ask for is asked for, nobody can be answered.
    const { operationsMax } = plan.workload;
    const isAllAsked = operationsMax !== null && sent.length >= operationsMax;
    const last = sent.reduce((latest, { invoke }) => Math.max(latest, invoke.time), 0);
    const to = Math.min(quiet?.time ?? end, isAllAsked ? last : end);
    this.#load = { from: Math.max(0, on?.time ?? to), to };
  }

  of(windows: readonly Window[]): Pace {
    let [answers, ns] = [0, 0];
    for (const window of windows) {
      const from = Math.max(window.from, this.#load.from);
      const to = Math.min(window.to, this.#load.to);
      if (to <= from) continue;
      answers += this.#answers.filter((time) => time >= from && time < to).length;
      ns += to - from;
    }
    return { answers, seconds: ns / 1e9 };
  }
}
