import { FILES } from "../../observations/store.ts";
import { badClient, type CheckerCases } from "../case.fixture.ts";
import { cutAfter } from "../cut-short.fixture.ts";
import { audit, inject, lying, quietRun, type Run } from "../run.fixture.ts";
import { questionCases } from "./questions.fixture.ts";
import { rateRefusals } from "./rate-refusals.ts";
import { calm, crash, refuses, wire } from "./refusals.fixture.ts";
import { sized } from "./samples.fixture.ts";

/** The start of the cluster, a bound before zero and one after it: 12 periods for each of 3. */
const AT_START = 36;

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

function refusesToEnter(run: Run): void {
  const line = { e: "reject", type: "NEW-VIEW", from: 2, reason: "rate", count: 1 } as const;
  audit(run, 1, 1_900, line);
}

function lie(run: Run): void {
  inject(run, { entry: "lie", effects: lying(2), at: 100, until: 200 });
}

/** What may let a STATUS wait for the next ones, or comes twice. */
const UNEASY: readonly (readonly [string, (run: Run) => void])[] = [
  ["somebody was away", crash],
  ["frames come twice", calm({ network: { duplication: 0.1 } })],
  ["frames overtake each other", calm({ network: { reordering: 0.1 } })],
  ["a frame takes a period", calm({ network: { delayMaxMs: 50 } })],
  ["a frame takes a period later on", calm({ calm: { delayMaxMs: 50 } })],
  ["who dials takes a period", calm({ network: { reconnectMaxMs: 50 } })],
  ["two writes take a period", calm({ disk: { fsyncMaxMs: 25 } })],
  ["each record is written by itself", calm({ durability: "fsync-each" })],
  ["machines are slow", calm({ isSlow: true })],
];

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
      claim: "a STATUS where nothing but a lie strikes",
      run: refuses({}, lie, calm(), logs(3, 1)),
      outcome: "invalid",
      shows: /r1 refused 1 STATUS of r3 .* may have held back 0/,
    },
    {
      claim: "there, of another kind, what the start held back",
      run: refuses({ "CHECKPOINT:rate": AT_START }, calm()),
      outcome: "valid",
      judged: 1,
    },
    ...UNEASY.map(([what, change]) => ({
      claim: `a STATUS where ${what}`,
      run: refuses({}, lie, calm(), change, logs(3, 1)),
      outcome: "valid" as const,
      judged: 1,
    })),
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
      claim: "a ledger that breaks off before",
      run: () => cutAfter(refuses({ "STATUS:rate": 99 })(), FILES.ledger, 1_300),
      outcome: "unknown",
      shows: /ledger.jsonl is complete only until/,
    },
    ...questionCases,
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
      ["nothing is ever calm", 'if (type === "STATUS" && outages.areNone) return 0;', ""],
      ["all is refused as STATUS is", 'type === "STATUS" && outages.areNone', "outages.areNone"],
      ["what strikes does not count", '({ on }) => on !== "behaviour"', "() => false"],
      ["a lie lets others wait", '({ on }) => on !== "behaviour"', "() => true"],
      ["nothing comes twice or late", "duplication + reordering === 0 &&", ""],
      ["no frame overtakes another", "duplication + reordering", "duplication"],
      ["no frame comes twice", "duplication + reordering", "reordering"],
      ["frames take no time", "delayMaxMs + reconnectMaxMs", "reconnectMaxMs"],
      ["nobody dials", "delayMaxMs + reconnectMaxMs", "delayMaxMs"],
      ["disks take no time", " + 2 * disk.fsyncMaxMs", ""],
      ["the wire stays what it was", "[network, calm].every(", "[network].every("],
      ["records are written at once", 'cluster.durability === "fsync-each"', "false"],
      ["machines take no time", " || simulation.costs !== undefined", ""],
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
