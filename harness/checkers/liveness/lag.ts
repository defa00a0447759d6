import type { AuditRecord } from "../../../nodes/protocols/contract/audit.ts";
import type { Checker } from "../checker.ts";
import { provenOutcome } from "../proof.ts";
import { leftBehind, type Race } from "./stretches.ts";

/** Once to hear how far the others are, once to fetch what they are ahead. */
const BOUNDS = 2;

/** L-5: who was cut off and is no more catches up, whatever the others do meanwhile. */
export const lag: Checker = {
  id: "L-5",
  summary: "a good replica that nothing strikes does not stay more than a window behind",
  idle: "no good replica was more than a window behind",
  promise: "liveness",
  needs: ["ledger", "audits"],
  judges: ["certificates"],
  check(input) {
    const { checkpointInterval, window } = input.observations.plan.cluster.parameters;
    const race = new Executions(checkpointInterval + window);
    const { judged, violations } = leftBehind(input, race, BOUNDS);
    return provenOutcome(input, judged, violations);
  },
};

class Executions implements Race {
  readonly isRelative = false;
  readonly #lagMax: number;
  readonly #last = new Map<number, number>();
  #head = 0;

  constructor(lagMax: number) {
    this.#lagMax = lagMax;
  }

  follow(record: AuditRecord): boolean {
    const reached = reachedBy(record);
    if (reached === null) return false;
    this.#last.set(record.replica, reached);
    this.#head = Math.max(this.#head, reached);
    return true;
  }

  isBehind(replica: number): boolean {
    return this.#head - this.#of(replica) > this.#lagMax;
  }

  describe(replica: number): string {
    const behind = this.#head - this.#of(replica);
    return `r${replica} was at n=${this.#of(replica)}, ${behind} behind, and stayed that far`;
  }

  #of(replica: number): number {
    return this.#last.get(replica) ?? 0;
  }
}

function reachedBy(record: AuditRecord): number | null {
  if (record.e === "boot") return record.lastExec;
  return record.e === "executed" || record.e === "installed" ? record.n : null;
}
