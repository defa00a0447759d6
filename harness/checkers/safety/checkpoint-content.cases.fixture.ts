import { VALUE_BYTES_MAX } from "../../../nodes/protocols/contract/limits.ts";
import { valueName } from "../../observations/value-name.ts";
import { usualSimulation } from "../../plan/simulation.ts";
import { type CheckerCases, changed, executedAt } from "../case.fixture.ts";
import { ALICE, BOB, inject, lying, MS, quietRun, type Run, rewrite } from "../run.fixture.ts";
import { checkpointContent } from "./checkpoint-content.ts";

const HELD = { a: valueName("y"), b: valueName("w") };
const SERVED = { [ALICE]: 4, [BOB]: 3 };

interface FixtureState {
  readonly found?: string | null;
  readonly values?: Readonly<Record<string, string>>;
  readonly clients?: Readonly<Record<string, number>>;
}

/** On the disk of replica 1 the state of n=6: as it is, but for what is given. */
function holding(given: FixtureState, ...changes: readonly ((run: Run) => void)[]): () => Run {
  return changed((run) => {
    const state = { n: 6, digest: "state-6", found: "state-6", values: HELD, clients: SERVED };
    run.ledger.push({ time: 2_000 * MS, kind: "stored", replica: 1, ...state, ...given });
    for (const change of changes) change(run);
  });
}

/** The `cas` of ALICE: one swaps, and one does not. */
const SWAP = 2;
const LAST = 4;

/** Something else in the place of a `cas`. */
function asked(f: "append" | "write", t: number, value: string): (run: Run) => void {
  return (run) => {
    run.history = run.history.map((event) =>
      event.client === ALICE && event.t === t ? { ...event, f, value } : event,
    );
  };
}

/** The key `a` has the name that every object knows. */
function known(run: Run): void {
  run.history = run.history.map((event) =>
    event.key === "a" ? { ...event, key: "__proto__" } : event,
  );
}

/** Two values of it in a row are too long. */
function padded(run: Run): void {
  run.plan = { ...run.plan, simulation: { ...usualSimulation, paddingBytes: 700_000 } };
  run.driver = "simulation";
}

export const checkpointContentCases: CheckerCases = {
  checker: checkpointContent,
  cases: [
    { claim: "a run whose disks nobody has read", run: quietRun, outcome: "valid", judged: 0 },
    {
      claim: "what was executed",
      run: holding({}),
      outcome: "valid",
      judged: 1,
      shows: /1 of them against what was executed/,
    },
    {
      claim: "a digest that is not that of what is stored",
      run: holding({ found: "another" }),
      outcome: "invalid",
      shows: /r1 at n=6: its state is named state-6, and what is stored has another/,
    },
    {
      claim: "a digest of nothing that is stored",
      run: holding({ found: null, values: {}, clients: {} }),
      outcome: "invalid",
      shows: /names a page that its log does not hold/,
    },
    {
      claim: "a key is left out",
      run: holding({ values: { a: HELD.a } }),
      outcome: "invalid",
      shows: /its state leaves out b/,
    },
    {
      claim: "another value",
      run: holding({ values: { ...HELD, a: valueName("x") } }),
      outcome: "invalid",
      shows: /it holds another value of a than was executed/,
    },
    {
      claim: "a key with a name that every object knows",
      run: holding(
        {
          values: Object.fromEntries([
            ["__proto__", HELD.a],
            ["b", HELD.b],
          ]),
        },
        known,
      ),
      outcome: "valid",
      judged: 1,
      shows: /1 of them/,
    },
    {
      claim: "such a key is left out",
      run: holding({ values: { b: HELD.b } }, known),
      outcome: "invalid",
      shows: /its state leaves out __proto__/,
    },
    {
      claim: "a key that nobody wrote",
      run: holding({ values: { ...HELD, c: valueName("x") } }),
      outcome: "invalid",
      shows: /it holds c, which nobody wrote/,
    },
    {
      claim: "a key that was deleted",
      run: holding({}, (run) => {
        run.history = run.history.map((event) =>
          event.key === "b" && event.f === "write" ? { ...event, f: "delete", value: null } : event,
        );
      }),
      outcome: "invalid",
      shows: /it still holds b, which was deleted/,
    },
    {
      claim: "a client is left out",
      run: holding({ clients: { [ALICE]: 4 } }),
      outcome: "invalid",
      shows: new RegExp(`its state leaves out client ${BOB}`),
    },
    {
      claim: "an older answer to a client",
      run: holding({ clients: { ...SERVED, [BOB]: 2 } }),
      outcome: "invalid",
      shows: /it holds t=2 of client \d+, who was served t=3/,
    },
    {
      claim: "an append that would make a value too long",
      run: holding({}, asked("append", LAST, "z".repeat(VALUE_BYTES_MAX))),
      outcome: "valid",
      judged: 1,
      shows: /1 of them/,
    },
    {
      claim: "a write of too long a value",
      run: holding({}, asked("write", LAST, "z".repeat(VALUE_BYTES_MAX + 1))),
      outcome: "valid",
      judged: 1,
      shows: /1 of them/,
    },
    {
      claim: "an append that only the padding of the simulator makes too long",
      run: holding({ values: { ...HELD, a: valueName("q") } }, padded, asked("append", SWAP, "z")),
      outcome: "valid",
      judged: 1,
      shows: /1 of them/,
    },
    {
      claim: "an append that fits",
      run: holding({ values: { ...HELD, a: valueName("q") } }, asked("append", SWAP, "z")),
      outcome: "invalid",
      shows: /it holds another value of a than was executed/,
    },
    {
      claim: "another value, of a liar",
      run: holding({ values: {} }, (run) =>
        inject(run, { entry: "lie", effects: lying(1), at: 100, until: 200 }),
      ),
      outcome: "valid",
      judged: 0,
    },
    {
      claim: "another value, where no log has all that was executed",
      run: holding({ values: {} }, (run) => {
        for (const replica of run.audits.keys()) {
          rewrite(
            run,
            replica,
            executedAt(3, () => undefined),
          );
        }
      }),
      outcome: "valid",
      judged: 1,
      shows: /0 of them/,
    },
    {
      claim: "another value, where an operation is in no history",
      run: holding({ values: {} }, (run) => {
        run.history = run.history.filter(({ client, t }) => client !== ALICE || t !== 2);
      }),
      outcome: "valid",
      judged: 1,
      shows: /0 of them/,
    },
  ],
  blindness: {
    "checkpoint-content.ts": [
      ["any digest will do", "const wrong = misnamed(state);", "const wrong = null;"],
      ["what a liar holds counts", ".filter(({ replica }) => input.good.has(replica))", ""],
      [
        "keys may be left out",
        "if (held === undefined) return",
        "if (held === undefined) continue;\n if (false) return",
      ],
      ["values are not compared", "held !== valueName(value)", "false"],
      ["keys may be invented", "strange !== undefined", "false"],
      ["what is deleted may stay", "value === null && held !== undefined", "false"],
      [
        "clients may be left out",
        "if (last === undefined) return",
        "if (last === undefined) continue;\n if (false) return",
      ],
      ["clients may be behind", "last !== t", "false"],
    ],
    "executed-state.ts": [
      ["values have no limit", "if (length > VALUE_BYTES_MAX) return;", ""],
      ["padding takes no room", "+ this.#paddingBytes", ""],
      [
        "a gap is passed over",
        "if (record === undefined || ",
        "if (record === undefined) { this.#n += 1; continue; } if (",
      ],
    ],
  },
};
