import { isAbsent } from "../../../faults/fault.ts";
import type { AuditRecord, RecordOf } from "../../../nodes/protocols/contract/audit.ts";
import type { LedgerEntry, StatusSample } from "../../observations/observations.ts";
import { FILES } from "../../observations/store.ts";
import type { Checker, CheckerInput, Evidence, Violation } from "../checker.ts";
import { goodLogs, short, shownBy } from "../evidence.ts";
import { withHonestCode } from "../honest-code.ts";
import { OwnState } from "../own-state.ts";
import { provenOutcome } from "../proof.ts";

/**
 * S-27: whoever's state was spoilt from outside is in B, and what it says of it may be wrong. But
 * its code is honest, so that it finds what it can know to be wrong, says nothing of it, and has
 * the others' state in its place, is owed all the same. Who lies besides is no evidence.
 */
export const repairedState: Checker = {
  id: "S-27",
  summary:
    "a state that goes wrong is found where a stable checkpoint shows it, is not executed upon, and " +
    "gives way only to that of the others",
  idle: "no state was spoilt",
  promise: "safety",
  needs: ["ledger", "audits"],
  check(input) {
    const { audits, ledger } = input.observations;
    const honest = new Set(withHonestCode(input));
    const struck = new Map([...strikesIn(ledger)].filter(([replica]) => honest.has(replica)));
    const truth = statesOf(input);
    const violations = [...struck].flatMap(([replica, strikes]): readonly Violation[] => {
      const walk = new Walk(truth);
      for (const record of audits.get(replica) ?? []) walk.take(record);
      const ends = died(ledger, replica, strikes[0] ?? 0);
      return [
        ...walk.violations,
        ...ends,
        ...polled(input, { replica, strikes, repairs: walk.repairs }),
      ];
    });
    return provenOutcome(input, struck.size, violations);
  },
};

/**
 * Times at which the state of each replica was spoilt, ascending. Of one whose outcome nobody wrote
 * down it may have been, too: it counts where another one is certain.
 */
function strikesIn(ledger: readonly LedgerEntry[]): ReadonlyMap<number, readonly number[]> {
  const outcomes = new Map(
    ledger.flatMap((line) => (line.kind === "installed" ? [[line.entry, line.outcome]] : [])),
  );
  const struck = new Map<number, number[]>();
  const certain = new Set<number>();
  for (const line of ledger) {
    const outcome = line.kind === "intent" ? outcomes.get(line.entry) : undefined;
    if (line.kind !== "intent" || (outcome !== undefined && isAbsent(outcome))) continue;
    for (const effect of line.effects) {
      if (effect.on !== "state") continue;
      const replica = Number(effect.replica.slice(1));
      struck.set(replica, [...(struck.get(replica) ?? []), line.time]);
      if (outcome !== undefined) certain.add(replica);
    }
  }
  return new Map([...struck].filter(([replica]) => certain.has(replica)));
}

/** What is the state at each number: of good replicas. */
function statesOf(input: CheckerInput): ReadonlyMap<number, string> {
  const states = new Map<number, string>();
  for (const [, records] of goodLogs(input)) {
    for (const record of records) if (record.e === "stable") states.set(record.n, record.d);
  }
  return states;
}

interface Repair {
  readonly found: number;
  readonly time: number;
}

/** Through one log: what it knows to be stable, and what it goes on from. */
class Walk {
  readonly violations: Evidence[] = [];
  /** Since when it had its state from the others in place of a wrong one, ns. */
  readonly repairs: Repair[] = [];
  readonly #truth: ReadonlyMap<number, string>;
  /** In whatever life. */
  readonly #everStable = new Map<number, string>();
  #life = 0;
  #own = new OwnState();
  #installed: RecordOf<"installed"> | null = null;

  constructor(truth: ReadonlyMap<number, string>) {
    this.#truth = truth;
  }

  take(record: AuditRecord): void {
    if (record.boot > this.#life) {
      this.#life = record.boot;
      this.#own = new OwnState();
      this.#installed = null;
    }
    const known = this.#own.wrong;
    this.#own.take(record);
    switch (record.e) {
      case "boot":
        this.#boot(record);
        break;
      case "stable":
        this.#everStable.set(record.n, record.d);
        break;
      case "checkpoint":
        this.#refuse("took a checkpoint", record);
        break;
      case "executed":
        this.#refuse(`executed n=${record.n}`, record);
        break;
      case "installed":
        this.#install(record, known);
        break;
      default:
    }
  }

  /** Lines of what was restored stand before that of the start, and `h` is what its log proves. */
  #boot(record: RecordOf<"boot">): void {
    const restored = this.#own.taken(record.h);
    const stable = this.#everStable.get(record.h) ?? this.#truth.get(record.h);
    if (restored === undefined || stable === undefined || restored.d === stable) return;
    const what =
      `r${record.replica} started from ${short(restored.d)} at n=${record.h}, ` +
      `where ${short(stable)} is stable`;
    this.violations.push(shownBy(what, restored, record));
  }

  #refuse(what: string, record: AuditRecord): void {
    const { wrong } = this.#own;
    if (wrong === null) return;
    const line = `r${record.replica} ${what} though its state is known to be wrong`;
    this.violations.push(shownBy(line, wrong, record));
  }

  /** @param known what showed that its state was wrong */
  #install(record: AuditRecord & RecordOf<"installed">, known: AuditRecord | null): void {
    const state = this.#truth.get(record.n);
    const who = `r${record.replica} installed ${short(record.d)} at n=${record.n}`;
    if (state !== undefined && state !== record.d) {
      this.violations.push(shownBy(`${who}, where the others have ${short(state)}`, record));
    }
    if (known === null && this.#installed?.n === record.n) {
      this.violations.push(shownBy(`${who} again`, this.#installed, record));
    }
    this.#installed = record;
    if (known) this.repairs.push({ found: known.time, time: record.time });
  }
}

/** Nothing that it reads makes honest code end by itself. */
function died(ledger: readonly LedgerEntry[], replica: number, since: number): readonly Evidence[] {
  return ledger.flatMap((line) => {
    if (line.kind !== "died" || line.replica !== replica || line.time < since) return [];
    return [{ what: line.why, replica, time: line.time, records: [line] }];
  });
}

/** Once repaired, and as long as it is not spoilt again, it holds what the others hold. */
function polled(
  { observations, good }: CheckerInput,
  struck: {
    readonly replica: number;
    readonly strikes: readonly number[];
    readonly repairs: readonly Repair[];
  },
): readonly Violation[] {
  const { replica, strikes, repairs } = struck;
  const first = new Map<number, StatusSample>();
  const isKnown = (sample: StatusSample) => sample.stateDigest !== undefined;
  for (const sample of observations.samples.filter(isKnown)) {
    const n = sample.status?.lastExec;
    if (n !== undefined && good.has(sample.replica)) first.set(n, sample);
  }
  const last = Math.max(...strikes);
  const since = repairs.find(({ found }) => found > last)?.time ?? Number.POSITIVE_INFINITY;
  return observations.samples.filter(isKnown).flatMap((sample) => {
    const other = first.get(sample.status?.lastExec ?? -1);
    if (sample.replica !== replica || sample.time < since || !other) return [];
    if (other.stateDigest === sample.stateDigest) return [];
    const n = sample.status?.lastExec;
    const what = `r${replica} was repaired, and holds another state than r${other.replica} after n=${n}`;
    // It may have been spoilt once more.
    const rests = [{ file: FILES.ledger, until: sample.time }];
    return [{ what, replica, time: sample.time, records: [other, sample], rests }];
  });
}
