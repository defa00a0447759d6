/** Questions for vouchers and for a state: they go at half of the pace that is granted. */
import { FILES } from "../../observations/store.ts";
import type { Case } from "../case.fixture.ts";
import { cutAfter } from "../cut-short.fixture.ts";
import { audit, down, inject, type Run } from "../run.fixture.ts";
import { crash, refuses, wire } from "./refusals.fixture.ts";
import { polled } from "./samples.fixture.ts";

/** Of questions of one replica to the other each comes twice. */
function doubling(run: Run): void {
  const condition = { kind: "duplication", share: 1 } as const;
  const effects = [{ on: "wire", from: "r2", to: "r1", condition } as const];
  inject(run, { entry: "double", effects, at: 1_100, until: 1_295 });
}

/** r2 seeks the state of so many checkpoints from r1 while the link is cut. */
function seeks(aims: number): (run: Run) => void {
  return (run) => {
    for (let n = 1; n <= aims; n += 1) {
      audit(run, 2, 1_150 + n, { e: "statetransfer", n, d: "d", from: [1, 3] });
    }
  };
}

function refusesToFetch(count: number): (run: Run) => void {
  const line = { e: "reject", type: "FETCH-STATE", from: 2, reason: "rate", count } as const;
  return (run) => audit(run, 1, 1_900, line);
}

/** The link of r2 to r1 is cut for as long; what is said there waits, or is lost. */
function cut(kind: "hold" | "refuse" | "drop", from = "r2"): (run: Run) => void {
  return (run) => {
    const effects = [{ on: "network", from, to: "r1", condition: { kind } } as const];
    inject(run, { entry: "cut", effects, at: 1_100, until: 1_295 });
  };
}

/** Three others ask it meanwhile, and until they have got through: nine periods each. */
function away(run: Run): void {
  inject(run, { entry: "crash", effects: down(1), at: 1_100, until: 1_295 });
}

export const questionCases: readonly Case[] = [
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
];
