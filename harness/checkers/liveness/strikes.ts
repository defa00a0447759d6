/** Who is left alone: of a replica that a fault has in its hands nothing is owed for itself. */
import { type FaultEffect, isAbsent } from "../../../faults/fault.ts";
import type { Observations } from "../../observations/observations.ts";
import type { Window } from "../windows.ts";

interface Strike extends Window {
  readonly replicas: readonly string[];
  readonly effects: readonly FaultEffect[];
}

export class Strikes {
  readonly #all: readonly Strike[];

  constructor({ ledger }: Pick<Observations, "ledger">) {
    const healedAt = new Map<string, number>();
    const absent = new Set<string>();
    for (const line of ledger) {
      if (line.kind === "healed") healedAt.set(line.entry, line.time);
      if (line.kind === "installed" && isAbsent(line.outcome)) absent.add(line.entry);
    }
    this.#all = ledger.flatMap((line): readonly Strike[] => {
      if (line.kind !== "intent" || absent.has(line.entry)) return [];
      const to = healedAt.get(line.entry) ?? Number.POSITIVE_INFINITY;
      const replicas = line.effects.flatMap((effect) =>
        "replica" in effect ? [effect.replica] : [effect.from, effect.to],
      );
      return [{ from: line.time, to, replicas, effects: line.effects }];
    });
  }

  /** What struck one of them, or a link of it. */
  of(replicas: readonly number[]): readonly Window[] {
    return this.#all.filter((strike) =>
      replicas.some((replica) => strike.replicas.includes(`r${replica}`)),
    );
  }

  /** What did that to anybody. */
  which(does: (effect: FaultEffect) => boolean): readonly Window[] {
    return this.#all.filter(({ effects }) => effects.some(does));
  }

  /** Whether nothing struck it, or a link of it, at any time of the window. */
  spare(replica: number, { from, to }: Window): boolean {
    return !this.#all.some(
      (strike) => strike.from < to && strike.to > from && strike.replicas.includes(`r${replica}`),
    );
  }
}
