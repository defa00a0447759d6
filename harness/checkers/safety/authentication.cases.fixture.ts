import { FILES } from "../../observations/store.ts";
import {
  badClient,
  type CheckerCases,
  changed,
  TRUSTS_WHAT_IS_LEFT,
  viewChanged,
} from "../case.fixture.ts";
import { cutAfter } from "../cut-short.fixture.ts";
import {
  ALICE,
  audit,
  down,
  inject,
  lying,
  MS,
  quietRun,
  type Run,
  rewrite,
} from "../run.fixture.ts";
import { authentication } from "./authentication.ts";
import { proposalCases, unproposed } from "./proposals.fixture.ts";

interface Refusal {
  readonly type?: string;
  readonly reason?: string;
  readonly from?: number;
}

/** Replica 1 refuses something at 900 ms. */
function refuses({ type = "COMMIT", reason = "malformed", from = 2 }: Refusal): (run: Run) => void {
  return (run) => audit(run, 1, 900, { e: "reject", type, from, reason, count: 1 });
}

/** Replica 1 chooses keys and replica 2 gets them, at 10 ms unless said otherwise. */
function withKeys(
  run: Run,
  { counter = 5, at = 10 }: { counter?: number; at?: number } = {},
): void {
  audit(run, 1, at, { e: "keys", of: 1, counter });
  audit(run, 2, at + 2, { e: "keys", of: 1, counter });
}

function refusesUnder(keys: (run: Run) => void): () => Run {
  return changed((run) => {
    keys(run);
    refuses({ reason: "old keys" })(run);
  });
}

function liar(replica: number): (run: Run) => void {
  return (run) => inject(run, { entry: "lie", effects: lying(replica), at: 100, until: 1_900 });
}

function both(...changes: readonly ((run: Run) => void)[]): () => Run {
  return changed((run) => {
    for (const change of changes) change(run);
  });
}

/** Replica 2 enters view 1 with another digest at n=6 than the primary chose. */
function otherChoice(run: Run): void {
  viewChanged(run);
  rewrite(run, 2, (record) =>
    record.e === "newview"
      ? {
          ...record,
          selected: [
            [5, "batch-5"],
            [6, "other"],
          ],
        }
      : record,
  );
}

/** What replica 1 has refused so far when it is polled, at 1 000 ms unless said otherwise. */
function counts(rejected: Readonly<Record<string, number>>, at = 1_000): (run: Run) => void {
  const status = { view: 0, active: true, lastExec: 5, stable: 4, rejected, counters: {} };
  return (run) => run.samples.push({ time: at * MS, replica: 1, up: true, status });
}

const polledTwice = [counts({ "COMMIT:old keys": 2 }, 900), counts({ "COMMIT:old keys": 4 })];

/** All others get the keys that replica 1 chooses. */
function withKeysOfAll(run: Run, at: number): void {
  withKeys(run, { at });
  for (const replica of [0, 3]) audit(run, replica, at + 2, { e: "keys", of: 1, counter: 5 });
}

export const authenticationCases: CheckerCases = {
  checker: authentication,
  cases: [
    { claim: "a valid run", run: quietRun, outcome: "valid", judged: 21 },
    { claim: "a view change", run: changed(viewChanged), outcome: "valid", judged: 24 },
    ...proposalCases,
    { claim: "a proposal of a liar", run: both(unproposed, liar(0)), outcome: "valid" },
    {
      claim: "a proposal of one whose log breaks off before",
      run: () => cutAfter(quietRun(), FILES.audit(0), 300),
      outcome: "unknown",
      shows: /which r0 never proposed, but .*r0.jsonl is complete only until/,
    },
    {
      claim: "another NEW-VIEW than its good primary made",
      run: changed(otherChoice),
      outcome: "invalid",
      shows: /r2 entered view 1 by another NEW-VIEW than its primary/,
    },
    { claim: "two NEW-VIEWs of a liar", run: both(otherChoice, liar(1)), outcome: "valid" },
    {
      claim: "a NEW-VIEW whose line died with its primary",
      run: both(otherChoice, (run) =>
        rewrite(run, 1, (record) => (record.e === "newview" ? undefined : record)),
      ),
      outcome: "valid",
    },
    {
      claim: "keys as their good author chose them",
      run: changed((run) => withKeysOfAll(run, 10)),
      outcome: "valid",
      judged: 24,
    },
    {
      claim: "keys that their good author never chose",
      run: changed((run) => audit(run, 2, 40, { e: "keys", of: 1, counter: 5 })),
      outcome: "invalid",
      shows: /r2 took keys 5 of r1 at 40 ms, which it never chose/,
    },
    {
      claim: "other keys than their good author chose",
      run: both(
        (run) => withKeys(run),
        (run) => audit(run, 2, 40, { e: "keys", of: 1, counter: 6 }),
      ),
      outcome: "invalid",
      shows: /r2 took keys 6 of r1/,
    },
    {
      claim: "keys that their good author had not written down yet",
      run: changed((run) => {
        audit(run, 2, 40, { e: "keys", of: 1, counter: 5 });
        audit(run, 1, 44, { e: "keys", of: 1, counter: 5 });
      }),
      outcome: "invalid",
      shows: /r2 took keys 5 of r1 at 40 ms, which it chose only at 44 ms/,
    },
    {
      claim: "keys of a liar",
      run: both(liar(1), (run) => audit(run, 2, 140, { e: "keys", of: 1, counter: 5 })),
      outcome: "valid",
    },
    {
      claim: "something of a good replica is refused",
      run: changed(refuses({})),
      outcome: "invalid",
      shows: /r1 refused COMMIT of r2: malformed/,
    },
    {
      claim: "a signature of a good replica is refused",
      run: changed(refuses({ reason: "signature" })),
      outcome: "invalid",
      shows: /r1 refused COMMIT of r2: signature/,
    },
    { claim: "something of a liar is refused", run: both(refuses({}), liar(2)), outcome: "valid" },
    { claim: "a liar refuses something", run: both(refuses({}), liar(1)), outcome: "valid" },
    { claim: "a client is refused", run: changed(refuses({ from: ALICE })), outcome: "valid" },
    {
      claim: "too much of a good replica is refused",
      run: both(refuses({ reason: "rate" }), refuses({ reason: "too much waits" })),
      outcome: "valid",
      judged: 23,
    },
    {
      claim: "what is too far ahead is refused",
      run: changed(refuses({ type: "PRE-PREPARE", reason: "outside the window" })),
      outcome: "valid",
    },
    {
      claim: "what a client made is refused",
      run: both(
        refuses({ type: "REQUEST", reason: "old timestamp" }),
        refuses({ type: "PRE-PREPARE", reason: "unauthentic request" }),
      ),
      outcome: "valid",
    },
    {
      claim: "what a good replica passed on is no request at all",
      run: changed(refuses({ type: "REQUEST" })),
      outcome: "invalid",
      shows: /r1 refused REQUEST of r2: malformed/,
    },
    {
      claim: "a code under the keys in force is refused",
      run: both((run) => withKeys(run, { at: 890 }), refuses({ reason: "MAC" })),
      outcome: "invalid",
      shows: /r1 refused COMMIT of r2: MAC/,
    },
    {
      claim: "a code of whoever has had the new keys for long is under old ones",
      run: refusesUnder((run) => withKeys(run)),
      outcome: "invalid",
      shows: /r1 refused COMMIT of r2: old keys/,
    },
    {
      claim: "a code is refused that may be of a moment before the keys changed",
      run: refusesUnder((run) => {
        withKeys(run);
        withKeys(run, { counter: 6, at: 800 });
      }),
      outcome: "valid",
    },
    {
      claim: "a code is refused whose sender has not got the new keys yet",
      run: refusesUnder((run) => {
        withKeys(run);
        audit(run, 1, 400, { e: "keys", of: 1, counter: 6 });
      }),
      outcome: "valid",
    },
    {
      claim: "a code is refused whose sender has forgotten all keys",
      run: refusesUnder((run) => {
        withKeys(run);
        audit(run, 2, 400, { e: "boot", v: 0, h: 2, lastExec: 2, boot: 2 });
      }),
      outcome: "valid",
    },
    {
      claim: "a code is refused that a fault may have held back",
      run: refusesUnder((run) => {
        withKeys(run);
        inject(run, { entry: "crash", effects: down(3), at: 700, until: 750 });
      }),
      outcome: "valid",
    },
    {
      claim: "a replica has counted what it refused of good ones",
      run: changed(counts({ "STATUS:rate": 2, "COMMIT:malformed": 3 })),
      outcome: "invalid",
      shows: /r1 refused COMMIT of good replicas, 3 times: malformed/,
    },
    {
      claim: "a replica has counted what nobody is to blame for",
      run: changed(
        counts({
          "STATUS:rate": 2,
          "REQUEST:signature": 1,
          "COMMIT:old keys": 4,
          "PREPARE:too much waits": 1,
        }),
      ),
      outcome: "valid",
      judged: 25,
    },
    {
      claim: "a replica has counted wrong codes",
      run: changed(counts({ "COMMIT:MAC": 3 })),
      outcome: "invalid",
      shows: /r1 refused COMMIT of good replicas, 3 times: MAC/,
    },
    {
      claim: "what is under old keys grows although all have had the new ones for long",
      run: both((run) => withKeysOfAll(run, 10), ...polledTwice),
      outcome: "invalid",
      shows: /r1 refused COMMIT of good replicas, 4 times: old keys/,
    },
    {
      claim: "what is under old keys grows while somebody has not got the new ones",
      run: both((run) => withKeys(run), ...polledTwice),
      outcome: "valid",
    },
    {
      claim: "what is under old keys does not grow any more",
      run: both(
        (run) => withKeysOfAll(run, 10),
        counts({ "COMMIT:old keys": 4 }, 900),
        counts({ "COMMIT:old keys": 4 }),
      ),
      outcome: "valid",
    },
    {
      claim: "a replica has counted what it refused beside a liar",
      run: both(counts({ "COMMIT:malformed": 3 }), liar(2)),
      outcome: "valid",
    },
    {
      claim: "a replica has counted what it refused beside a bad client",
      run: both(counts({ "frame:malformed": 3 }), badClient),
      outcome: "valid",
    },
  ],
  blindness: {
    "authentication.ts": [
      [
        "what was never proposed may be accepted",
        "if (this.#proposed.has(",
        "if (true || this.#proposed.has(",
      ],
      ["a start costs nothing", "if (this.#restarts.some(", "if (false && this.#restarts.some("],
      ["anybody's start may cost a line", "replica !== taken.leader || ", ""],
      ["a start in any view may", "v !== taken.v || ", ""],
      ["what is sent may be lost", " || time > taken.time", ""],
      ["lines in the middle may be lost", "taken.n > highest && ", ""],
      ["what is above the stable mark is not repeated", " && taken.n <= h", ""],
      [
        "keys may be anybody's",
        "if (chosen !== undefined && chosen <= until) return [];",
        "return [];",
      ],
      [
        "keys may come before they are chosen",
        "chosen !== undefined && chosen <= until",
        "chosen !== undefined",
      ],
      ["liars have no keys", "of === replica || !this.#input.good.has(of)", "of === replica"],
      ["choices are not compared", "choiceOf(own) === choiceOf(record)", "true"],
      ["good primaries are not told from bad ones", "!this.#input.good.has(leader)", "false"],
      ["rejections are not looked at", "if (rests === null) continue;", "continue;"],
      ["liars may not be refused", "!good.has(from) || ", ""],
      ["nothing is ever too much", "OF_THE_MOMENT.has(reason)", "false"],
      ["a forwarder answers for its client", "OF_A_CLIENT.has(`${type}:${reason}`) || ", ""],
      [
        "a forwarder answers for nothing",
        "OF_A_CLIENT.has(`${type}:${reason}`)",
        'type === "REQUEST"',
      ],
      ["a primary answers for its clients", " || reason === UNAUTHENTIC", ""],
      ["keys never change", "if (reason !== UNDER_OLD_KEYS) return [];", "return [];"],
      [
        "codes are never judged",
        "if (reason !== UNDER_OLD_KEYS) return [];",
        'if (reason !== UNDER_OLD_KEYS && reason !== "MAC") return [];',
      ],
      [
        "codes are not judged where they are counted",
        "if (isExcused({ type, reason }) || found.has(name)) continue;",
        'if (isExcused({ type, reason }) || found.has(name) || reason === "MAC") continue;',
      ],
      [
        "what is under old keys is not judged where it is counted",
        "before !== undefined && times > before.times",
        "false",
      ],
      [
        "what is under old keys may be of any time",
        "before !== undefined && times > before.times",
        "before !== undefined",
      ],
      ["one that has the keys stands for all", "!senders.every((from)", "!senders.some((from)"],
      ["nothing is on its way", "!isNewest || got.time + this.#boundNs > window.from", "!isNewest"],
      ["any key is the newest", "got.counter === chosen.counter", "true"],
      [
        "faults hold nothing back",
        "calm.from + this.#boundNs <= window.from && window.to <= calm.to",
        "true",
      ],
    ],
    "../proof.ts": TRUSTS_WHAT_IS_LEFT,
  },
};
