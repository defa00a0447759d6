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

function refusesToFetch(count: number): (run: Run) => void {
  const line = { e: "reject", type: "FETCH-STATE", from: 2, reason: "rate", count } as const;
  return (run) => audit(run, 1, 1_900, line);
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

/** Three others ask it meanwhile, and until they have got through: nine periods each. */
function away(run: Run): void {
  inject(run, { entry: "crash", effects: down(1), at: 1_100, until: 1_295 });
}

/** r2 seeks the state of so many checkpoints from r1 while the link is cut. */
function seeks(aims: number): (run: Run) => void {
  return (run) => {
    for (let n = 1; n <= aims; n += 1) {
      audit(run, 2, 1_150 + n, { e: "statetransfer", n, d: "d", from: [1, 3] });
    }
  };
}

/** A simulated wire that delays each frame by up to so much, and doubles so many. */
function wire(delayMaxMs: number, duplication = 0): (run: Run) => void {
  const drawn = { delayMinMs: 0, delayMaxMs, loss: 0, duplication, reordering: 0 };
  const network = { ...drawn, reconnectMaxMs: 10, queueMax: 1_000 };
  const disk = { fsyncMinMs: 0.1, fsyncMaxMs: 0.25 };
  return (run) => {
    run.plan.simulation = { network, disk, paddingBytes: 0 };
  };
}

function refusesToEnter(run: Run): void {
  const line = { e: "reject", type: "NEW-VIEW", from: 2, reason: "rate", count: 1 } as const;
  audit(run, 1, 1_900, line);
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
      run: refuses({ "PROVE:rate": 3 * 9 * 32 }, away),
      outcome: "valid",
      judged: 1,
    },
    {
      claim: "one question for a voucher more than those",
      run: refuses({ "PROVE:rate": 3 * 9 * 32 + 1 }, away),
      outcome: "invalid",
      shows: /r1 refused 865 PROVE of good replicas .* may have held back 864/,
    },
    {
      claim: "questions for vouchers that waited while who asks dialled, started again",
      run: refuses({ "PROVE:rate": 5 * 32 }, crash),
      outcome: "valid",
    },
    {
      claim: "one more than those: while it was away it asked nothing",
      run: refuses({ "PROVE:rate": 5 * 32 + 1 }, crash),
      outcome: "invalid",
      shows: /r1 refused 161 PROVE of good replicas .* may have held back 160/,
    },
    {
      claim: "questions for vouchers that waited while it answered nobody",
      run: refuses({ "PROVE:rate": 3 * 10 * 32 }, (run) => polled(run, 1_400)),
      outcome: "valid",
    },
    {
      claim: "one more than those",
      run: refuses({ "PROVE:rate": 3 * 10 * 32 + 1 }, (run) => polled(run, 1_400)),
      outcome: "invalid",
      shows: /r1 refused 961 PROVE of good replicas .* may have held back 960/,
    },
    {
      claim: "questions for vouchers, and it answered all the time",
      run: refuses({ "PROVE:rate": 1 }, (run) => {
        for (let at = 1_000; at <= 1_850; at += 50) polled(run, at);
      }),
      outcome: "invalid",
      shows: /may have held back 0/,
    },
    {
      claim: "questions for vouchers that come twice",
      run: refuses({ "PROVE:rate": 3 * 9 * 32 }, doubling),
      outcome: "valid",
    },
    {
      claim: "a count that stands still, judged once and not at every poll",
      run: refuses({ "PROVE:rate": 3 * 9 * 32 }, away, (run) => {
        polled(run, 1_850, { rejected: { "PROVE:rate": 3 * 9 * 32 } });
      }),
      outcome: "valid",
      judged: 1,
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
      run: refuses({ "FETCH-STATE:rate": 4 }, cut("hold")),
      outcome: "valid",
    },
    {
      claim: "those that waited for a link",
      run: refuses({ "FETCH-STATE:rate": 4 }, cut("refuse")),
      outcome: "valid",
    },
    {
      claim: "those that waited for who was away",
      run: refuses({ "FETCH-STATE:rate": 12 }, away),
      outcome: "valid",
    },
    {
      claim: "more than were asked while each waited for its answer",
      run: refuses({ "FETCH-STATE:rate": 5 }, cut("hold")),
      outcome: "invalid",
      shows: /may have held back 4/,
    },
    {
      claim: "one for each checkpoint that was sought meanwhile",
      run: refuses({ "FETCH-STATE:rate": 24 }, cut("hold"), seeks(20)),
      outcome: "valid",
    },
    {
      claim: "more than were sought",
      run: refuses({ "FETCH-STATE:rate": 25 }, cut("hold"), seeks(20)),
      outcome: "invalid",
      shows: /may have held back 24/,
    },
    {
      claim: "more than were sought, by polls that break off",
      run: () => cutAfter(refuses({}, cut("hold"), refusesToFetch(5))(), FILES.samples, 1_160),
      outcome: "unknown",
      shows: /status/,
    },
    {
      claim: "more than were sought, by a log that breaks off",
      run: () =>
        cutAfter(
          refuses({ "FETCH-STATE:rate": 25 }, cut("hold"), seeks(20))(),
          FILES.audit(2),
          1_160,
        ),
      outcome: "unknown",
      shows: /audit/,
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
      claim: "as many as a wire brings at once: 38 periods of 3 peers, a fifth of what comes",
      run: refuses({ "STATUS:rate": AT_START + 3 * 8 }, wire(150)),
      outcome: "valid",
    },
    {
      claim: "one more than those",
      run: refuses({ "STATUS:rate": AT_START + 3 * 8 + 1 }, wire(150)),
      outcome: "invalid",
      shows: /may have held back 60/,
    },
    {
      claim: "as many as it brings twice: of eight in a period half",
      run: refuses({ "STATUS:rate": AT_START + 3 * 38 }, wire(149, 0.9)),
      outcome: "valid",
    },
    {
      claim: "one more than it brings twice",
      run: refuses({ "STATUS:rate": AT_START + 3 * 38 + 1 }, wire(149, 0.9)),
      outcome: "invalid",
      shows: /may have held back 150/,
    },
    {
      claim: "a wire brings no more at once than is granted",
      run: refuses({ "STATUS:rate": AT_START + 1 }, wire(149)),
      outcome: "invalid",
      shows: /may have held back 36/,
    },
    {
      claim: "nor does one that doubles frames and delays all alike",
      run: refuses({ "STATUS:rate": AT_START + 1 }, wire(49, 0.9)),
      outcome: "invalid",
      shows: /may have held back 36/,
    },
    {
      claim: "a NEW-VIEW long after any heal, on a wire that doubles frames",
      run: refuses({}, sized, wire(1, 0.1), refusesToEnter),
      outcome: "valid",
      judged: 1,
    },
    {
      claim: "a NEW-VIEW long after any heal, on a wire that does not",
      run: refuses({}, sized, wire(1), refusesToEnter),
      outcome: "invalid",
      shows: /r1 refused 1 NEW-VIEW of r2 .* may have held back 0/,
    },
    {
      claim: "questions for vouchers on a wire that doubles frames",
      run: refuses({ "PROVE:rate": 3 * 2 * 38 * 32 }, wire(1, 0.1)),
      outcome: "valid",
    },
    {
      claim: "more than two of each of those",
      run: refuses({ "PROVE:rate": 3 * 2 * 38 * 32 + 1 }, wire(1, 0.1)),
      outcome: "invalid",
      shows: /may have held back 7296/,
    },
    {
      claim: "a question for vouchers on a wire that keeps to their pace",
      run: refuses({ "PROVE:rate": 1 }, wire(49)),
      outcome: "invalid",
      shows: /may have held back 0/,
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
      ["nobody has to dial", "type === PROVE ? this.#startsOf(way.from) : []", "[]"],
      ["questions for a state wait as well", "type === PROVE ? ", "true ? "],
      ["what dies asks on", "map(({ to }) => ({ from: to, to }))", "map((strike) => strike)"],
      ["clients are replicas", '["REQUEST", ', "["],
      ["what has long answers counts", ', "FETCH-BODY", "FETCH-REQUEST"', ""],
      ["questions for a state may be as many", "[FETCH_STATE, (", '["", ('],
      ["a question for a state waits for nothing", "Math.ceil(periods / 4) + 1", "periods"],
      ["checkpoints that are sought are not asked for", "=> aims + Math", "=> 0 * aims + Math"],
      ["a period holds back one question for vouchers", "32 * (periods + 2) - 64", "periods"],
      ["none of them are granted", "32 * (periods + 2) - 64", "32 * (periods + 2)"],
      ["the bound of L-2 is held back", "const RECONNECT_MS = 250;", "const RECONNECT_MS = 550;"],
      [
        "who stands still is asked nothing",
        "const STILL_PERIODS = 3;",
        "const STILL_PERIODS = 30;",
      ],
      ["who answers in time stands still", "const STILL_PERIODS = 3;", "const STILL_PERIODS = 0;"],
      ["polls that break off told all", "? [...told, FILES.samples]", "? told"],
      ["nothing comes twice", "+ 2 * refusedIn(doubled)", "+ 0 * refusedIn(doubled)"],
      [
        "a log that breaks off told all aims",
        "isNothing || type === FETCH_STATE ? from",
        "isNothing ? from",
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
      ["a wire brings nothing at once", "return bunched + outages", "return outages"],
      ["a wire is calm after a heal", "time)) return bunched;", "time)) return 0;"],
      ["a wire doubles no questions", "refusedIn(doubled) + always", "refusedIn(doubled)"],
      ["where one lies all are meant", "good.size < replicas || ", ""],
    ],
    "bunches.ts": [
      ["all that comes is refused", "Math.max(0, 1 - granted / this.#most)", "1"],
      ["any wire doubles frames", "duplication > 0", "duplication >= 0"],
      ["no wire doubles frames", "duplication > 0", "duplication > 1"],
      ["all frames take the same time", "Math.max(0, ...spreads) / statusMs", "0"],
      ["it doubles whatever is granted", "this.#most > granted ? this.#copies : 0", "this.#copies"],
    ],
  },
};
