import { BAD_CLIENT, type FaultEffect } from "../../../faults/fault.ts";
import { FILES } from "../../observations/store.ts";
import type { WireParameters } from "../../plan/simulation.ts";
import { type CheckerCases, changed, TRUSTS_WHAT_IS_LEFT } from "../case.fixture.ts";
import { cutAfter } from "../cut-short.fixture.ts";
import {
  audit,
  down,
  historyOf,
  inject,
  lying,
  OPERATIONS,
  quietRun,
  type Run,
} from "../run.fixture.ts";
import { detours } from "./detours.ts";

const WIRE: WireParameters = {
  delayMinMs: 1,
  delayMaxMs: 2,
  loss: 0,
  duplication: 0,
  reordering: 0,
  reconnectMaxMs: 10,
  queueMax: 1_000,
};

/** On a wire over which an answer takes 34 ms at most, and is waited for 50 ms. */
function prompt(run: Run, wire: Partial<WireParameters> = {}): void {
  const { plan } = run;
  const parameters = { ...plan.cluster.parameters, maxBatchDelayMs: 0, pipeline: 8 };
  const simulation = {
    network: { ...WIRE, ...wire },
    disk: { fsyncMinMs: 0.1, fsyncMaxMs: 0.25 },
    paddingBytes: 0,
  };
  run.driver = "simulation";
  run.plan = { ...plan, cluster: { ...plan.cluster, parameters }, simulation };
}

/** Each operation, or each but one, is answered so late. */
function answeredAfter(run: Run, ms: number, but = 0): void {
  run.history = historyOf(
    OPERATIONS.map((operation) => ({
      ...operation,
      until: operation.at + (operation.n === but ? 40 : ms),
    })),
  );
}

/** All clients go astray, and something more. */
function astray(change: (run: Run) => void = () => {}): () => Run {
  return changed((run) => {
    prompt(run);
    answeredAfter(run, 60);
    change(run);
  });
}

function late(from: string, to: string, latencyMs: number): readonly FaultEffect[] {
  return [{ on: "network", from, to, condition: { kind: "delay", latencyMs, jitterMs: 0 } }];
}

function since(effects: readonly FaultEffect[]): (run: Run) => void {
  return (run) => inject(run, { entry: "x", effects, at: 0, until: Number.POSITIVE_INFINITY });
}

/** For view 1, in which nobody follows it. */
function leftAlone(run: Run): void {
  audit(run, 3, 10, { e: "viewchange", v: 1, h: 0, p: [] });
}

export const detoursCases: CheckerCases = {
  checker: detours,
  cases: [
    { claim: "a valid run", run: quietRun, outcome: "valid", judged: 0 },
    { claim: "answers on a prompt wire", run: changed(prompt), outcome: "valid", judged: 2 },
    {
      claim: "a client repeats one operation after the other",
      run: astray(),
      outcome: "invalid",
      shows: /client 65537 had to repeat .* it waited 60 ms, 60 ms, 60 ms/,
    },
    {
      claim: "one that was answered at once in between",
      run: astray((run) => answeredAfter(run, 60, 5)),
      outcome: "valid",
      judged: 2,
    },
    {
      claim: "on a wire on which an answer may take as long",
      run: astray((run) => prompt(run, { delayMaxMs: 4 })),
      outcome: "valid",
      judged: 0,
    },
    {
      claim: "on a wire that loses frames",
      run: astray((run) => prompt(run, { loss: 0.01 })),
      outcome: "valid",
      judged: 0,
    },
    {
      claim: "where work costs something",
      run: astray((run) => {
        const { simulation } = run.plan;
        if (simulation === undefined) return;
        const [verificationMs, signatureMs, codeMs, frameMs] = [1, 1, 1, 1];
        const rest = { carriedMsPerKib: 1, hashedMsPerKib: 1, writtenMsPerKib: 1 };
        const costs = { verificationMs, signatureMs, codeMs, frameMs, ...rest };
        run.plan = { ...run.plan, simulation: { ...simulation, costs } };
      }),
      outcome: "valid",
      judged: 0,
    },
    {
      claim: "over real links, where nobody knows how long an answer takes",
      run: astray((run) => {
        run.driver = "local";
      }),
      outcome: "valid",
      judged: 0,
    },
    {
      claim: "while a backup lies",
      run: astray(since(lying(3))),
      outcome: "invalid",
      shows: /had to repeat/,
    },
    {
      claim: "while a primary leads that has lied",
      run: astray((run) => inject(run, { entry: "lie", effects: lying(0), at: 0, until: 10 })),
      outcome: "valid",
      judged: 0,
    },
    {
      claim: "before the bound is over",
      run: astray((run) => {
        run.history = historyOf(
          OPERATIONS.map((one) => ({ ...one, until: one.at + (one.at > 1_000 ? 40 : 60) })),
        );
      }),
      outcome: "valid",
      judged: 2,
    },
    {
      claim: "while a backup is down",
      run: astray(since(down(3))),
      outcome: "invalid",
      shows: /had to repeat/,
    },
    {
      claim: "while the links of the primary are slow",
      run: astray(since(late("r0", "c0", 3))),
      outcome: "valid",
      judged: 0,
    },
    {
      claim: "while answers of a backup are late, and there in time",
      run: astray(since(late("r2", "c0", 3))),
      outcome: "invalid",
      shows: /had to repeat/,
    },
    {
      claim: "while answers of a backup are too late",
      run: astray(since(late("r2", "c0", 15))),
      outcome: "valid",
      judged: 0,
    },
    {
      claim: "while votes are late",
      run: astray(since(late("r2", "r3", 1))),
      outcome: "valid",
      judged: 0,
    },
    {
      claim: "while a bad client asks, too",
      run: astray((run) => {
        inject(run, { entry: "x", effects: [], at: 0, until: Number.POSITIVE_INFINITY });
        run.ledger = run.ledger.map((line) =>
          line.kind === "intent" ? { ...line, fault: BAD_CLIENT } : line,
        );
      }),
      outcome: "valid",
      judged: 0,
    },
    {
      claim: "while somebody changes the view",
      run: astray((run) => {
        for (const at of [550, 1_100, 1_520]) {
          audit(run, 2, at, { e: "viewchange", v: 1, h: 4, p: [] });
        }
      }),
      outcome: "valid",
      judged: 0,
    },
    {
      claim: "while a primary leads that lies, and one backup has left its view alone",
      run: astray((run) => {
        since(lying(0))(run);
        leftAlone(run);
      }),
      outcome: "valid",
      judged: 0,
    },
    {
      claim: "while one backup has left the view alone",
      run: astray(leftAlone),
      outcome: "invalid",
      shows: /had to repeat/,
    },
    {
      claim: "while one backup has left the view alone, and another lies: all others are needed",
      run: astray((run) => {
        since(lying(2))(run);
        leftAlone(run);
      }),
      outcome: "valid",
      judged: 0,
    },
    {
      claim: "where a start tells of a view that nobody is known to have entered",
      run: astray((run) => audit(run, 3, 10, { e: "boot", v: 1, h: 0, lastExec: 0, boot: 2 })),
      outcome: "valid",
      judged: 0,
    },
    {
      claim: "by a log of which a part is missing",
      run: astray((run) => Object.assign(run, cutAfter(run, FILES.audit(2), 500))),
      outcome: "unknown",
    },
  ],
  blindness: {
    "detours.ts": [
      ["one that was answered at once is no end of it", "row.every((", "row.some(("],
      ["nobody repeats anything", "waited(lived) >= clientMs * 1e6", "waited(lived) < 0"],
      ["a wire that loses frames is as good", "network.loss > 0 || calm.loss > 0", "false"],
      ["work costs nothing", "costs !== undefined || isLossy", "isLossy"],
      ["any driver will do", 'run.driver !== "simulation" || ', ""],
      ["a liar may lead", "good.has(leader) && ", ""],
      ["a primary may be slow", " && this.#strikes.spare(leader, window)", ""],
      ["a view may end", "if (record.time >= window.from) return false;", ""],
      ["who asks for a view is in it", 'each.e === "newview" ? Math', '"v" in each ? Math'],
      ["who has left votes on", "astray.size > 0 && away", "astray.size < 0 && away"],
      ["who starts is in that view", 'each.e === "boot" && isAbove(each)', "false"],
      [
        "bad clients take no time",
        "if (inForce.some(({ fault }) => fault === BAD_CLIENT)) return Infinity;",
        "",
      ],
      ["late votes are in time", 'carried === "betweenReplicas" ? Infinity : ', ""],
      ["late answers are there at once", "return 2 * Math.max(0, ...later);", "return 0;"],
      ["what comes at once is judged", "time < from + allowedNs || ", ""],
    ],
    "../proof.ts": TRUSTS_WHAT_IS_LEFT,
  },
};
