import type { AuditRecord, RecordOf } from "../../../nodes/protocols/contract/audit.ts";
import { FILES } from "../../observations/store.ts";
import type { Absence, Checker, Violation } from "../checker.ts";
import { goodLogs, short, shownBy } from "../evidence.ts";
import { provenOutcome } from "../proof.ts";

/** S-2: every good replica executes the same commands, number by number, without a gap. */
export const prefix: Checker = {
  id: "S-2",
  summary: "good replicas execute the same operations in the same order, without gaps",
  idle: "no good replica executed anything",
  promise: "safety",
  needs: ["audits"],
  check(input) {
    const logs = goodLogs(input);
    const good = [...input.good];
    const taken = checkpointsTaken(logs.flatMap(([, records]) => records));
    const violations: Violation[] = [];
    const commands = new Map<number, RecordOf<"executed">>();
    let judged = 0;
    for (const [, records] of logs) {
      violations.push(...gaps(records, taken, good));
      for (const record of records) {
        if (record.e !== "executed") continue;
        judged += 1;
        const other = commands.get(record.n);
        if (other === undefined) commands.set(record.n, record);
        else if (commandsOf(other) !== commandsOf(record)) {
          violations.push(
            shownBy(
              `n=${record.n}: r${other.replica} and r${record.replica} executed other operations`,
              other,
              record,
            ),
          );
        }
      }
    }
    return provenOutcome(input, judged, violations);
  },
};

interface Taken {
  /** `n digest` of each checkpoint some good replica took by executing. */
  readonly exact: ReadonlySet<string>;
  readonly numbers: ReadonlySet<number>;
}

function checkpointsTaken(records: readonly AuditRecord[]): Taken {
  const checkpoints = records.filter((record) => record.e === "checkpoint");
  return {
    exact: new Set(checkpoints.map(({ n, d }) => `${n} ${d}`)),
    numbers: new Set(checkpoints.map(({ n }) => n)),
  };
}

/** Walks through one log; `position` is the last number whose effect the state holds. */
function gaps(
  records: readonly AuditRecord[],
  taken: Taken,
  good: readonly number[],
): readonly Violation[] {
  const violations: Violation[] = [];
  let position = 0;
  let before: AuditRecord | null = null;
  let corrupt = false;
  const wrong = (what: string, record: AuditRecord, rests: readonly Absence[] = []): void => {
    const shown = shownBy(what, ...(before === null ? [record] : [before, record]));
    violations.push({ ...shown, rests });
  };
  // A replica logs its checkpoint before it tells anybody of it.
  const unseenBy = ({ time: until }: AuditRecord): readonly Absence[] =>
    good.map((replica) => ({ file: FILES.audit(replica), until }));
  for (const record of records) {
    const who = `r${record.replica}`;
    switch (record.e) {
      case "boot":
        // What it executed since that snapshot it executes again: no second execution.
        if (record.lastExec > 0 && !taken.numbers.has(record.lastExec)) {
          wrong(
            `${who} started at n=${record.lastExec}, where no good replica was`,
            record,
            unseenBy(record),
          );
        }
        position = record.lastExec;
        corrupt = false;
        break;
      case "checkpoint":
        // A run that joins a cluster begins at a checkpoint; any other log begins with a start.
        if (record !== records[0]) continue;
        position = record.n;
        break;
      case "executed":
        if (record.n !== position + 1) {
          wrong(`${who} executed n=${record.n} after n=${position}`, record);
        }
        position = record.n;
        break;
      case "installed":
        if (!taken.exact.has(`${record.n} ${record.d}`)) {
          const state = `(${record.n}, ${short(record.d)})`;
          wrong(
            `${who} installed ${state}, a state no good replica was in`,
            record,
            unseenBy(record),
          );
        }
        if (record.n < position && !corrupt) {
          wrong(`${who} went back from n=${position} to n=${record.n}`, record);
        }
        position = record.n;
        corrupt = false;
        break;
      case "corrupt":
        // From here its own execution counts for nothing: it may go back to a certified state.
        corrupt = true;
        break;
      default:
        continue;
    }
    before = record;
  }
  return violations;
}

function commandsOf({ ops }: RecordOf<"executed">): string {
  return ops.map(([client, t, , operation]) => `${client} ${t} ${operation}`).join();
}
