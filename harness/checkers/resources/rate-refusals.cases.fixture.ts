import { FILES } from "../../observations/store.ts";
import { badClient, type CheckerCases, changed } from "../case.fixture.ts";
import { cutAfter } from "../cut-short.fixture.ts";
import { audit, down, inject, lying, quietRun, type Run } from "../run.fixture.ts";
import { rateRefusals } from "./rate-refusals.ts";
import { polled, sized } from "./samples.fixture.ts";

/** The start of the cluster, a bound before zero and one after it: 12 periods for each of 3. */
const AT_START = 36;

function refuses(
  rejected: Readonly<Record<string, number>>,
  ...changes: readonly ((run: Run) => void)[]
): () => Run {
  return changed((run) => {
    for (const change of changes) change(run);
    polled(run, 1_900, { rejected });
  });
}

function logs(from: number, count: number): (run: Run) => void {
  return (run) =>
    audit(run, 1, 1_900, { e: "reject", type: "STATUS", from, reason: "rate", count });
}

function refusesToLeave(at: number): (run: Run) => void {
  const line = { e: "reject", type: "VIEW-CHANGE", from: 2, reason: "rate", count: 1 } as const;
  return (run) => audit(run, 1, at, line);
}

function leaves(views: number): (run: Run) => void {
  return (run) => {
    sized(run);
    for (let v = 1; v <= views; v += 1)
      audit(run, 2, 1_000 + v, { e: "viewchange", v, h: 0, p: [] });
  };
}

/** Of questions of one replica to the other each comes twice. */
function doubling(run: Run): void {
  const condition = { kind: "duplication", share: 1 } as const;
  const effects = [{ on: "wire", from: "r2", to: "r1", condition } as const];
  inject(run, { entry: "double", effects, at: 1_100, until: 1_295 });
}

/** The link of r2 to r1 is cut for as long; what is said there waits, or is lost. */
function cut(kind: "hold" | "refuse" | "drop", from = "r2"): (run: Run) => void {
  return (run) => {
    const effects = [{ on: "network", from, to: "r1", condition: { kind } } as const];
    inject(run, { entry: "cut", effects, at: 1_100, until: 1_295 });
  };
}

/** 200 ms and the bound: ten periods more of one peer. */
function crash(run: Run): void {
  inject(run, { entry: "crash", effects: down(2), at: 1_100, until: 1_295 });
}

function lie(run: Run): void {
  inject(run, { entry: "lie", effects: lying(2), at: 100, until: 200 });
}

export const rateRefusalsCases: CheckerCases = {
  checker: rateRefusals,
  cases: [
    { claim: "nothing was refused", run: quietRun, outcome: "valid", judged: 0 },
    {
      claim: "what the start held back",
      run: refuses({ "STATUS:rate": AT_START }),
      outcome: "valid",
      judged: 1,
    },
    {
      claim: "more",
      run: refuses({ "STATUS:rate": AT_START + 1 }),
      outcome: "invalid",
      shows: /r1 refused 37 STATUS of good replicas for their rate by 1900 ms; .* 36/,
    },
    {
      claim: "more, for another reason, of clients, or what has long answers",
      run: refuses({
        "STATUS:malformed": 99,
        "REQUEST:rate": 99,
        "FETCH-BODY:rate": 99,
        "FETCH-REQUEST:rate": 99,
      }),
      outcome: "valid",
      judged: 0,
    },
    {
      claim: "what an outage has held back",
      run: refuses({ "STATUS:rate": AT_START + 10 }, crash),
      outcome: "valid",
    },
    {
      claim: "more than that",
      run: refuses({ "STATUS:rate": AT_START + 11 }, crash),
      outcome: "invalid",
      shows: /outages may have held back 46/,
    },
    {
      claim: "questions for vouchers, of which each period of an outage holds back 32",
      run: refuses({ "PROVE:rate": (AT_START + 10) * 32 }, crash),
      outcome: "valid",
      judged: 1,
    },
    {
      claim: "one question for a voucher more than those",
      run: refuses({ "PROVE:rate": (AT_START + 10) * 32 + 1 }, crash),
      outcome: "invalid",
      shows: /r1 refused 1473 PROVE of good replicas .* may have held back 1472/,
    },
    {
      claim: "somebody lies, and nobody knows whom it counts",
      run: refuses({ "STATUS:rate": 99 }, lie),
      outcome: "valid",
      judged: 0,
    },
    {
      claim: "a client is bad, and nobody knows whom it counts",
      run: refuses({ "STATUS:rate": 99 }, badClient),
      outcome: "valid",
      judged: 0,
    },
    {
      claim: "somebody lies, and a log tells that it was another",
      run: refuses({}, lie, logs(3, 16)),
      outcome: "invalid",
      shows: /r1 refused 16 STATUS of r3 for their rate/,
    },
    { claim: "the log tells of the liar", run: refuses({}, lie, logs(2, 64)), outcome: "valid" },
    { claim: "the log tells of few", run: refuses({}, logs(3, 8)), outcome: "valid", judged: 1 },
    {
      claim: "a VIEW-CHANGE that came with the heal",
      run: refuses({}, crash, refusesToLeave(1_400)),
      outcome: "valid",
      judged: 1,
    },
    {
      claim: "a VIEW-CHANGE that came with the heal, of one more view than is granted",
      run: refuses({}, crash, leaves(5), refusesToLeave(1_400)),
      outcome: "valid",
      judged: 1,
    },
    {
      claim: "a VIEW-CHANGE that came with the heal, of no more views than are granted",
      run: refuses({}, crash, leaves(4), refusesToLeave(1_400)),
      outcome: "invalid",
      shows: /r1 refused 1 VIEW-CHANGE of r2 .* may have held back 0/,
    },
    {
      claim: "a VIEW-CHANGE long after any heal",
      run: refuses({}, crash, refusesToLeave(1_900)),
      outcome: "invalid",
      shows: /r1 refused 1 VIEW-CHANGE of r2 .* may have held back 0/,
    },
    {
      claim: "questions for a state that a link held back",
      run: refuses({ "FETCH-STATE:rate": 10 }, cut("hold")),
      outcome: "valid",
    },
    {
      claim: "those that waited for a link",
      run: refuses({ "FETCH-STATE:rate": 10 }, cut("refuse")),
      outcome: "valid",
    },
    {
      claim: "those that waited for who was away",
      run: refuses({ "FETCH-STATE:rate": 30 }, (run) => {
        inject(run, { entry: "crash", effects: down(1), at: 1_100, until: 1_295 });
      }),
      outcome: "valid",
    },
    {
      claim: "more than there were periods",
      run: refuses({ "FETCH-STATE:rate": 11 }, cut("hold")),
      outcome: "invalid",
      shows: /may have held back 10/,
    },
    {
      claim: "what a link has lost, or that of others has held back",
      run: refuses({ "FETCH-STATE:rate": 1 }, cut("drop"), cut("hold", "c0")),
      outcome: "invalid",
      shows: /r1 refused 1 FETCH-STATE of good replicas .* may have held back 0/,
    },
    {
      claim: "one question for a state, of which none has to wait with others",
      run: refuses({ "FETCH-STATE:rate": 1 }, crash),
      outcome: "invalid",
      shows: /r1 refused 1 FETCH-STATE of good replicas .* may have held back 0/,
    },
    {
      claim: "a question for a state where frames come twice",
      run: refuses({ "FETCH-STATE:rate": 9 }, doubling),
      outcome: "valid",
    },
    {
      claim: "a ledger that breaks off before",
      run: () => cutAfter(refuses({ "STATUS:rate": 99 })(), FILES.ledger, 1_300),
      outcome: "unknown",
      shows: /ledger.jsonl is complete only until/,
    },
  ],
  blindness: {
    "rate-refusals.ts": [
      [
        "any number may be refused",
        "if (times <= allowed) continue;",
        "if (allowed >= 0) continue;",
      ],
      ["outages hold nothing back", "[start, ...this.#strikes.of(replicas)]", "[start]"],
      ["what is another's counts", "!good.has(record.from)", "record.from < 0"],
      ["clients are replicas", '["REQUEST", ', "["],
      ["what has long answers counts", ', "FETCH-BODY", "FETCH-REQUEST"', ""],
      [
        "questions for a state may be as many",
        "return ONE_BY_ONE.has(type)",
        "return ONE_BY_ONE.size < 0",
      ],
      ["a period holds back one question for vouchers", "PER_PERIOD.get(type) ?? 1", "1"],
      [
        "of questions for vouchers any number may be refused",
        '["PROVE", 32]',
        '["PROVE", Number.POSITIVE_INFINITY]',
      ],
      ["any number of VIEW-CHANGEs may be held back", "allowed = isNothing ?", "allowed = false ?"],
      ["views are not counted", "<= VIEW_CHANGES_TAKEN", "<= 2 * VIEW_CHANGES_TAKEN"],
      ["a heal is never over", "isTimed && outages.areOver([to, peer], time)", "isTimed && false"],
      ["nothing comes with a heal", "time - HEALED_PERIODS * statusMs * 1e6", "time"],
      ["nothing waits", "return !LOST.has(effect.condition.kind);", "return false;"],
      ["what is lost comes", '["loss", "drop"]', '["loss"]'],
      ["whose link it is does not count", "effect.from !== from ||", ""],
      ["who is away is asked nothing", "return effect.replica === to;", "return false;"],
      ["who asks is away", "return effect.replica === to;", "return true;"],
      ["where one lies all are meant", "good.size < replicas || ", ""],
    ],
  },
};
