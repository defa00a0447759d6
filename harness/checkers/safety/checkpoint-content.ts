import type { LedgerEntry } from "../../observations/observations.ts";
import { valueName } from "../../observations/value-name.ts";
import type { Checker, CheckerInput, Evidence } from "../checker.ts";
import { goodLogs, outcomeOf, short } from "../evidence.ts";
import { paddingOf } from "../padding.ts";
import { type ExecutedState, ExecutedStates } from "./executed-state.ts";

type Stored = LedgerEntry & { readonly kind: "stored" };

/**
 * S-26: replicas that compare digests agree on whatever the digests leave out. So the state that
 * stands on the disk of each is read and digested by the harness, and compared with what the
 * operations of the logs make of an empty service: each key with its value, each client with its
 * last timestamp, and nothing besides.
 */
export const checkpointContent: Checker = {
  id: "S-26",
  summary: "a stored state has the digest that names it, and holds what was executed, all of it",
  idle: "no good replica has a state on a disk that could be read",
  promise: "safety",
  needs: ["ledger", "audits"],
  check(input) {
    const { ledger, history } = input.observations;
    const stored = ledger
      .filter((line): line is Stored => line.kind === "stored")
      .filter(({ replica }) => input.good.has(replica))
      .toSorted((a, b) => a.n - b.n);
    const logs = goodLogs(input).map(([, records]) => records);
    const paddingBytes = paddingOf(input.observations);
    const executed = new ExecutedStates({ logs, history, paddingBytes });
    const violations: Evidence[] = [];
    let whole = 0;
    for (const state of stored) {
      const wrong = misnamed(state);
      const expected = hasModel(input) ? executed.after(state.n) : null;
      if (expected !== null) whole += 1;
      const what = wrong ?? (expected === null ? null : differenceOf(state, expected));
      if (what === null) continue;
      const { replica, n, time } = state;
      violations.push({ what: `r${replica} at n=${n}: ${what}`, replica, time, records: [state] });
    }
    const note = `${whole} of them against what was executed`;
    return outcomeOf(stored.length, violations, note);
  },
};

/** Only of the service kv it is known how its operations change it. */
function hasModel({ subject: { service } }: Pick<CheckerInput, "subject">): boolean {
  return service.name === "kv";
}

function misnamed({ digest, found }: Stored): string | null {
  if (found === digest) return null;
  if (found === null) return `its state ${short(digest)} names a page that its log does not hold`;
  return `its state is named ${short(digest)}, and what is stored has ${short(found)}`;
}

function differenceOf(state: Stored, expected: ExecutedState): string | null {
  // Not looked up in the record itself: a key may be a word that every object knows.
  const values = new Map(Object.entries(state.values));
  const { clients } = state;
  for (const [key, value] of expected.values) {
    const held = values.get(key);
    if (value === null && held !== undefined) return `it still holds ${key}, which was deleted`;
    if (value === null) continue;
    if (held === undefined) return `its state leaves out ${key}`;
    if (held !== valueName(value)) return `it holds another value of ${key} than was executed`;
  }
  const strange = [...values.keys()].find((key) => !expected.values.has(key));
  if (strange !== undefined) return `it holds ${strange}, which nobody wrote`;
  for (const [client, t] of expected.clients) {
    const last = clients[client];
    if (last === undefined) return `its state leaves out client ${client}`;
    if (last !== t) return `it holds t=${last} of client ${client}, who was served t=${t}`;
  }
  return null;
}
