import { describe, expect, test } from "vitest";
import type { AttestationOutcome } from "../../../faults/fault.ts";
import { subjectOf } from "../../subject.ts";
import {
  ALICE,
  audit,
  BOB,
  down,
  END_MS,
  historyOf,
  inject,
  inputOf,
  lying,
  MS,
  OPERATIONS,
  observationsOf,
  quietRun,
  type Run,
  rewrite,
} from "../run.fixture.ts";
import { judge, runCheckers } from "./judge.ts";
import type { Judgement } from "./judgement.ts";
import { rule } from "./verdict.ts";

function judged(change: (run: Run) => void = () => undefined): Judgement {
  const run = quietRun();
  change(run);
  return judge(observationsOf(run), subjectOf(run.plan));
}

/** Replica 2 executes something else than the others at n=5 (at 540 ms). */
function disagree(run: Run): void {
  rewrite(run, 2, (record) =>
    record.e === "executed" && record.n === 5 ? { ...record, d: "other" } : record,
  );
}

/** The answer to the last operation comes at this time, and the last cas is left out. */
function lastAnswerAt(run: Run, at: number, until: number): void {
  run.history = historyOf(
    OPERATIONS.filter(({ n }) => n !== 6).map((operation) =>
      operation.n === 7 ? { ...operation, at, until } : operation,
    ),
  );
  const executedAt = Math.min(at + 20, until) * MS;
  for (const replica of run.audits.keys()) {
    rewrite(run, replica, (r) => {
      if (!("n" in r)) return r;
      if (r.e === "executed" && r.n === 6) return { ...r, ops: [] };
      return r.n === 7 ? { ...r, time: executedAt } : r;
    });
  }
}

describe("PASS", () => {
  test("a heal of which a part was not seen stands in the evidence, in front", () => {
    const { faults } = judged((run) => {
      inject(run, { entry: "cut", effects: [], at: 60, until: 90 });
      run.ledger = run.ledger.map((line) =>
        line.kind === "healed"
          ? { ...line, outcome: "partial" as const, evidence: ["r0->r1: kept by another"] }
          : line,
      );
    });
    const [cut] = faults;
    expect(cut?.outcome).toBe("installed");
    expect(cut?.evidence).toEqual(["healed in part: r0->r1: kept by another", "installed: seen"]);
  });

  test("in contract, everything held", () => {
    const { verdict, text, asExpected } = judged();
    expect(verdict).toBe("PASS");
    expect(text).toBe("In contract (B=0, C=0, f=1): all promised properties held.");
    expect(asExpected).toBe(true);
  });

  test("with a proven fault inside the budget", () => {
    const { text } = judged((run) =>
      inject(run, { entry: "crash", effects: down(3), at: 610, until: 900 }),
    );
    expect(text).toBe("In contract (B=0, C=1, f=1): all promised properties held.");
  });

  test("what a liar inside the budget logs does not matter", () => {
    const { verdict, text } = judged((run) => {
      inject(run, { entry: "lie", effects: lying(2), at: 60, until: 900 });
      disagree(run);
    });
    expect([verdict, text]).toEqual(["PASS", expect.stringContaining("B=1, C=0, f=1")]);
  });
});

describe("FAIL", () => {
  test("a safety violation, whatever else is wrong", () => {
    const { verdict, text, asExpected } = judged((run) => {
      disagree(run);
      run.harness = { state: "failed", why: "Toxiproxy died" };
      run.audits.delete(3);
      inject(run, { entry: "cut", effects: [], at: 60, until: 90, outcome: "ineffective" });
    });
    expect(verdict).toBe("FAIL");
    expect(text).toBe(
      "CONTRACT VIOLATION: S-1, S-25 broken with B=0 <= f=1. Counterexample attached.",
    );
    expect(asExpected).toBe(false);
  });

  test("before B exceeds f it counts, though B exceeds f later", () => {
    const { verdict } = judged((run) => {
      disagree(run);
      inject(run, { entry: "too-many", effects: lying(0, 1), at: 600, until: 900 });
    });
    expect(verdict).toBe("FAIL");
  });

  test("a canary is as expected only if the named check caught it", () => {
    const canary = (check: string): boolean =>
      judged((run) => {
        disagree(run);
        run.plan.expect = { ...run.plan.expect, verdict: "FAIL", check };
      }).asExpected;
    expect([canary("S-1"), canary("S-6")]).toEqual([true, false]);
  });
});

describe("OUT_OF_CONTRACT", () => {
  test("what breaks shortly after B exceeded f was promised by nobody", () => {
    const { verdict } = judged((run) => {
      disagree(run);
      inject(run, { entry: "too-many", effects: lying(0, 1), at: 500, until: 900 });
    });
    expect(verdict).toBe("OUT_OF_CONTRACT");
  });

  test("more than f liars: the violation is reported and blamed on nobody", () => {
    const { verdict, text } = judged((run) => {
      disagree(run);
      inject(run, { entry: "too-many", effects: lying(0, 1), at: 60, until: 900 });
    });
    expect(verdict).toBe("OUT_OF_CONTRACT");
    expect(text).toBe(
      "No promise applies: 2 safety faults, tolerance f=1. Observed: agreement broken at n=5, " +
        "ops lost: 0. Neither outcome is evidence for or against the protocol.",
    );
  });

  test("a protocol that tolerates only crashes is held to that", () => {
    const { verdict, text, asExpected, deviation } = judged((run) => {
      const tolerates = { byzantine: 0, crashed: 1 };
      run.plan.cluster = { ...run.plan.cluster, tolerates };
      inject(run, { entry: "one-liar", effects: lying(3), at: 60, until: 900 });
    });
    expect([verdict, asExpected]).toEqual(["OUT_OF_CONTRACT", false]);
    expect(text).toMatch(/^No promise applies: 1 safety faults, tolerance b=0\. /);
    expect(deviation).toMatch(/more than b=0\.$/);
  });

  test("killed replicas without a disk are amnesiacs, and count", () => {
    const { verdict } = judged((run) => {
      run.plan.cluster = { ...run.plan.cluster, durability: "none" };
      inject(run, { entry: "crash", effects: down(2, 3), at: 60, until: 900 });
    });
    expect(verdict).toBe("OUT_OF_CONTRACT");
  });
});

describe("INCONCLUSIVE", () => {
  test("a violation out of a store that somebody has changed may be that change", () => {
    const run = quietRun();
    disagree(run);
    run.harness = { state: "failed", why: "audit/r2.jsonl is not as the run left it" };
    const { completeness, ...rest } = observationsOf(run);
    const changed = { ...rest, completeness: { ...completeness, changed: true } };
    const { verdict, text } = judge(changed, subjectOf(run.plan));
    expect([verdict, text]).toEqual(["INCONCLUSIVE", expect.stringContaining(run.harness.why)]);
  });

  test.each<[string, (run: Run) => void, RegExp]>([
    [
      "a good replica's log is missing",
      (run) => {
        run.audits.delete(3);
      },
      /no audit log of r3/,
    ],
    [
      "all logs are, which many checks need",
      (run) => run.audits.clear(),
      /; S-1, S-2, S-3,[^(;]* are unknown \(there is nothing of audit\/r0.jsonl\)/,
    ],
    [
      "a fault did nothing",
      (run) =>
        inject(run, { entry: "cut", effects: [], at: 60, until: 90, outcome: "ineffective" }),
      /fault cut is ineffective \(installed: seen\)/,
    ],
    [
      "a fault was only read back from the proxy",
      (run) => inject(run, { entry: "cut", effects: [], at: 60, until: 90, outcome: "partial" }),
      /fault cut is partial/,
    ],
    [
      "a planned fault was never injected",
      (run) => {
        inject(run, { entry: "cut", effects: [], at: 60, until: 90 });
        run.ledger = run.ledger.filter((line) => !("entry" in line));
      },
      /fault cut is indeterminate \(it had its time, and the ledger says nothing of it\)/,
    ],
    [
      "a planned fault was never injected, and another was",
      (run) => {
        inject(run, { entry: "proven", effects: down(3), at: 610, until: 900 });
        inject(run, { entry: "cut", effects: [], at: 60, until: 90 });
        run.ledger = run.ledger.filter((line) => !("entry" in line) || line.entry !== "cut");
      },
      /^Not judged: fault cut is indeterminate/,
    ],
    [
      "one fault was skipped and the other prevented: nothing was done to it",
      (run) => {
        inject(run, { entry: "a", effects: down(3), at: 610, until: 900, outcome: "skipped" });
        inject(run, { entry: "b", effects: down(3), at: 700, until: 900, outcome: "prevented" });
      },
      /^Not judged: fault a is skipped; fault b is prevented\.$/,
    ],
    [
      "a fault was never demonstrably healed",
      (run) => inject(run, { entry: "cut", effects: [], at: 60, until: Number.POSITIVE_INFINITY }),
      /fault cut is partial \(its end was not seen\)/,
    ],
    [
      "a heal did nothing",
      (run) => {
        inject(run, { entry: "cut", effects: [], at: 60, until: 90 });
        run.ledger = run.ledger.map((line) =>
          line.kind === "healed"
            ? { ...line, outcome: "ineffective" as const, evidence: ["still cut"] }
            : line,
        );
      },
      /fault cut is partial \(healed: still cut\)/,
    ],
    [
      "more than f lied, and the harness failed",
      (run) => {
        inject(run, { entry: "too-many", effects: lying(0, 1), at: 60, until: 900 });
        run.harness = { state: "failed", why: "Toxiproxy died" };
      },
      /the harness failed/,
    ],
    [
      "the run was aborted",
      (run) => {
        run.harness = { state: "aborted", why: "Ctrl-C" };
      },
      /the harness aborted \(Ctrl-C\)/,
    ],
    [
      "too few operations completed",
      (run) => {
        run.plan.expect = { ...run.plan.expect, minOperations: 100 };
      },
      /only 8 of 100 operations/,
    ],
    [
      "most of the load was never sent",
      (run) => {
        run.shed = 20;
      },
      /20 of 28 arrivals \(71\.4%\) were shed, expect\.shed allows 5%/,
    ],
    [
      "nothing ran at all",
      (run) => {
        run.history = [];
        run.plan.expect = { ...run.plan.expect, minOperations: 0 };
        for (const replica of run.audits.keys()) {
          rewrite(run, replica, (r) => (r.e === "boot" ? r : undefined));
        }
      },
      /S-1 had nothing to judge/,
    ],
    [
      "nobody was served after the last fault",
      (run) => inject(run, { entry: "crash", effects: down(3), at: 1_600, until: 1_700 }),
      /no operation completed after the last fault/,
    ],
  ])("%s", (_what, change, reason) => {
    const { verdict, text } = judged(change);
    expect(verdict).toBe("INCONCLUSIVE");
    expect(text).toMatch(/^Not judged: .*\.$/);
    expect(text).toMatch(reason);
  });
});

describe("what is neither proof nor doubt", () => {
  const WAITS = { kind: "healed", entry: "absent", delayMs: 0 } as const;
  const withFaults = (...outcomes: readonly AttestationOutcome[]) =>
    judged((run) => {
      for (const [index, outcome] of outcomes.entries()) {
        inject(run, { entry: `f${index}`, effects: down(3), at: 610, until: 620, outcome });
      }
    });

  test("a fault that was skipped or prevented makes no run grey by itself", () => {
    const { verdict, faults } = withFaults("installed", "skipped", "prevented");
    expect(verdict).toBe("PASS");
    expect(faults.map(({ outcome }) => outcome)).toEqual(["installed", "skipped", "prevented"]);
    expect(withFaults("prevented").verdict).toBe("PASS");
  });

  test("each says why it did not happen", () => {
    const { faults } = judged((run) => {
      inject(run, { entry: "absent", effects: [], at: 610, until: 620, outcome: "skipped" });
      inject(run, { entry: "armed", effects: [], at: 710, until: 720 });
      run.plan.entries = run.plan.entries.map((entry) =>
        entry.id === "armed" ? { ...entry, when: WAITS } : entry,
      );
      run.ledger = run.ledger.filter((line) => !("entry" in line) || line.entry !== "armed");
    });
    expect(faults.map(({ name, outcome, evidence }) => [name, outcome, evidence])).toEqual([
      ["absent", "skipped", ["seen"]],
      ["armed", "skipped", ["nothing set it off while the run lasted"]],
    ]);
  });

  test("of a run that was stopped, what has a time of its own was set off by nothing else", () => {
    const run = quietRun();
    inject(run, { entry: "late", effects: [], at: 710, until: 720 });
    run.ledger = run.ledger.filter((line) => !("entry" in line) || line.entry !== "late");
    const whole = observationsOf(run);
    const completeness = { ...whole.completeness, ended: false };
    const { faults } = judge({ ...whole, completeness }, subjectOf(run.plan));
    expect(faults.map(({ outcome, evidence }) => [outcome, evidence])).toEqual([
      ["skipped", ["the ledger ends before its time"]],
    ]);
  });

  test("a fault whose heal a boot check refused was there, and that is no doubt", () => {
    const { faults, verdict } = judged((run) => {
      inject(run, { entry: "crash", effects: down(3), at: 610, until: 620 });
      run.ledger = run.ledger.map((line) =>
        line.kind === "healed" ? { ...line, outcome: "prevented" as const } : line,
      );
    });
    expect([faults[0]?.outcome, verdict]).toEqual(["installed", "PASS"]);
  });

  test("what says nothing to the protocol is told, and is no part of the run", () => {
    const because = "equivocate is no lie in unreplicated; it fits pbft-sig";
    const entry = { id: "lie", name: "lie", fault: "byzantine", atMs: 10, durationMs: 20 };
    const inapplicable = { ...entry, resolved: null, notApplicable: because };
    const withLie = (run: Run) => {
      run.plan = { ...run.plan, entries: [...run.plan.entries, inapplicable] };
    };
    const { verdict, faults } = judged(withLie);
    expect(verdict).toBe("PASS");
    expect(faults).toMatchObject([{ outcome: "not-applicable", evidence: [because] }]);
    const beside = judged((run) => {
      withLie(run);
      inject(run, { entry: "f0", effects: down(3), at: 610, until: 620, outcome: "skipped" });
    });
    expect(beside.text).toBe("Not judged: fault f0 is skipped.");
  });

  test("a run whose faults were all skipped shows nothing of faults", () => {
    const { verdict, text } = withFaults("skipped");
    expect([verdict, text]).toEqual(["INCONCLUSIVE", "Not judged: fault f0 is skipped."]);
  });

  test("what did not happen has no window and is not in the budget", () => {
    const { faults, budget } = withFaults("prevented");
    expect(faults[0]).toMatchObject({ installedAtMs: null, healedAtMs: null, outageMs: null });
    expect(budget.steps.every(({ unavailable }) => unavailable === 0)).toBe(true);
  });

  test("a check that does not judge this protocol is not applicable, and says why", () => {
    const { checks, verdict } = judged((run) => {
      run.plan.cluster = { ...run.plan.cluster, protocol: "unreplicated" };
      // It makes no batches.
      run.audits = quietRun(OPERATIONS.map((each, index) => ({ ...each, n: index + 1 }))).audits;
      for (const replica of run.audits.keys()) {
        rewrite(run, replica, (r) => (r.e === "boot" || r.e === "executed" ? r : undefined));
      }
    });
    const outcomes = new Map(checks.map((check) => [check.id, check]));
    expect(outcomes.get("S-13")).toMatchObject({
      outcome: "not-applicable",
      judged: 0,
      because: "unreplicated has no views and no certificates",
    });
    expect(outcomes.get("S-1")?.outcome).toBe("valid");
    expect(verdict).toBe("PASS");
  });

  test("a check that is not applicable satisfies nobody who requires it", () => {
    const input = inputOf(quietRun());
    const because = "there is no agreement in it";
    const checks = runCheckers(input).map((check) =>
      check.id === "S-1"
        ? ({ ...check, outcome: "not-applicable", judged: 0, because } as const)
        : check,
    );
    expect(rule({ ...input, checks, inContract: checks, faults: [] })).toMatchObject({
      verdict: "INCONCLUSIVE",
      text: `Not judged: S-1 is not applicable (${because}).`,
    });
  });
});

test("of a run that never began the cause is the only reason", () => {
  const run = quietRun();
  run.harness = { state: "failed", why: "no Toxiproxy" };
  run.audits.clear();
  const observations = { ...observationsOf(run), ledger: [], history: [] };
  expect(judge(observations, subjectOf(run.plan)).text).toBe(
    "Not judged: the harness failed (no Toxiproxy).",
  );
});

describe("expect.shed", () => {
  const verdictOf = (shed: number, shedMax?: number) =>
    judged((run) => {
      run.shed = shed;
      if (shedMax !== undefined) run.plan.expect = { ...run.plan.expect, shedMax };
    }).verdict;

  test("what the scenario allows to be shed is no doubt", () => {
    expect([verdictOf(20, 0.75), verdictOf(20, 0.7)]).toEqual(["PASS", "INCONCLUSIVE"]);
  });

  test("a plan from before it was asked for allows all of it", () => {
    const { verdict } = judged((run) => {
      const { shedMax: _, ...before } = run.plan.expect;
      run.plan.expect = before;
      run.shed = 20;
    });
    expect(verdict).toBe("PASS");
  });

  test("0% allows none at all", () => {
    expect([verdictOf(0, 0), verdictOf(1, 0)]).toEqual(["PASS", "INCONCLUSIVE"]);
  });

  test("a missed bound is not excused by the load that it shed", () => {
    const { verdict } = judged((run) => {
      run.shed = 100;
      lastAnswerAt(run, 1_500, 1_850);
    });
    expect(verdict).toBe("LIVENESS_MISS");
  });

  test("a halt is judged only if its load was delivered, or the scenario says why not", () => {
    const halted = (shedMax: number) =>
      judged((run) => {
        run.shed = 8;
        run.plan.expect = { ...run.plan.expect, shedMax };
        lastAnswerAt(run, 1_200, 1_540);
        inject(run, { entry: "f+1", effects: down(2, 3), at: 1_150, until: 1_400 });
      }).verdict;
    expect([halted(0.05), halted(0.6)]).toEqual(["INCONCLUSIVE", "HALTED_SAFELY"]);
  });
});

describe("LIVENESS_MISS", () => {
  test("no progress within the bound while it was owed", () => {
    const { verdict, text } = judged((run) => lastAnswerAt(run, 1_500, 1_850));
    expect(verdict).toBe("LIVENESS_MISS");
    expect(text).toMatch(/^Safe, but .* within 300 ms/);
  });

  test("is not hidden by too few operations", () => {
    const { verdict } = judged((run) => {
      lastAnswerAt(run, 1_500, 1_850);
      run.plan.expect = { ...run.plan.expect, minOperations: 100 };
    });
    expect(verdict).toBe("LIVENESS_MISS");
  });

  test("not converged", () => {
    const { verdict, text } = judged((run) => {
      run.ledger = run.ledger.filter(({ kind }) => kind !== "converged");
      const status = { lastExec: 6, stable: 6, rejected: {}, counters: {} };
      const answer = { ...status, view: 1, active: false };
      run.samples = [{ time: 1_900 * MS, replica: 2, up: true, status: answer }];
    });
    expect(verdict).toBe("LIVENESS_MISS");
    expect(text).toMatch(/^Safe, but convergence: not converged/);
  });

  test("not resumed within the bound after more than f had been away", () => {
    const { verdict } = judged((run) => {
      lastAnswerAt(run, 640, 1_500);
      inject(run, { entry: "f+1", effects: down(2, 3), at: 630, until: 1_000 });
    });
    expect(verdict).toBe("LIVENESS_MISS");
  });
});

describe("HALTED_SAFELY", () => {
  test("f+1 away, nothing completed meanwhile, resumed after", () => {
    const { verdict, text } = judged((run) => {
      lastAnswerAt(run, 1_200, 1_540);
      inject(run, { entry: "f+1", effects: down(2, 3), at: 1_150, until: 1_400 });
    });
    expect(verdict).toBe("HALTED_SAFELY");
    expect(text).toBe(
      "Out of the liveness contract (B+C=2 > f=1): stopped without disagreement, as designed. " +
        "Resumed 135 ms after the budget was restored.",
    );
  });

  test.each([
    ["while the fault is still being injected", 1_153],
    ["later, by replies that were under way", 1_190],
  ])("what was sent before and completes %s does not count", (_, answeredAt) => {
    const { verdict } = judged((run) => {
      lastAnswerAt(run, 1_148, answeredAt);
      const after = historyOf([
        { client: ALICE, t: 9, f: "read", key: "b", value: "w", at: 1_390, until: 1_450, n: 8 },
      ]).map((event) => ({ ...event, process: 9 }));
      run.history = [...run.history, ...after];
      for (const replica of run.audits.keys()) {
        const vote = { v: 0, n: 8, d: "batch-8" };
        const as = replica === 0 ? "primary" : "backup";
        const ops = [[ALICE, 9, "result", 'operation ["read","b",null]']] as const;
        audit(run, replica, 1_440, { e: "preprepared", ...vote, as });
        audit(run, replica, 1_440, { e: "prepared", ...vote, by: [0, 1, 2] });
        audit(run, replica, 1_440, { e: "committed", ...vote, by: [0, 1, 2] });
        audit(run, replica, 1_440, { e: "executed", n: 8, d: "batch-8", ops });
      }
      inject(run, { entry: "f+1", effects: down(2, 3), at: 1_150, until: 1_400 });
    });
    expect(verdict).toBe("HALTED_SAFELY");
  });

  test("not if an operation was sent and answered while more than f were away", () => {
    const { verdict } = judged((run) => {
      inject(run, { entry: "f+1", effects: down(2, 3), at: 1_050, until: 1_400 });
    });
    expect(verdict).not.toBe("HALTED_SAFELY");
  });

  test("not if nobody asked while more than f were away", () => {
    const { verdict } = judged((run) =>
      inject(run, { entry: "f+1", effects: down(2, 3), at: 1_150, until: 1_400 }),
    );
    expect(verdict).toBe("PASS");
  });

  test("a budget that was never restored", () => {
    const { verdict, text } = judged((run) => {
      run.history = historyOf(OPERATIONS).filter(
        ({ time, type }) => time < 1_000 * MS || (time === 1_500 * MS && type === "invoke"),
      );
      for (const replica of run.audits.keys()) {
        rewrite(run, replica, (r) => (r.time > 1_000 * MS ? undefined : r));
      }
      inject(run, { entry: "f+1", effects: down(2, 3), at: 1_050, until: END_MS - 10 });
      run.ledger = run.ledger.filter(({ kind }) => kind !== "converged" && kind !== "healing");
      run.ledger = run.ledger.map((line) =>
        line.kind === "healed" ? { ...line, time: END_MS * MS } : line,
      );
    });
    expect(verdict).toBe("HALTED_SAFELY");
    expect(text).toMatch(/The budget was not restored\.$/);
  });
});

test("operations are counted by their outcome, and issued = ok + failed + unknown", () => {
  const { operations } = judged((run) => {
    run.shed = 3;
    run.history = run.history.map((event) =>
      event.client === BOB && event.t === 4 && event.type === "ok"
        ? { ...event, type: "info" as const }
        : event,
    );
  });
  expect(operations).toEqual({ issued: 8, ok: 6, failed: 1, unknown: 1, shed: 3 });
});

test("latency counts from the intended time, and not during the warm-up", () => {
  const { latencyMs, throughput } = judged((run) => {
    run.history = run.history.map((event) =>
      event.client === BOB && event.t === 4 ? { ...event, intended: 1_300 * MS } : event,
    );
    run.ledger = run.ledger.map((line) =>
      line.kind === "phase" && line.phase === "faults" ? { ...line, time: 510 * MS } : line,
    );
  });
  expect(latencyMs).toEqual({ p50: 60, p95: 240, p99: 240, p999: 240, max: 240 });
  // The load was on for 1.2 s.
  expect(throughput.achieved).toBeCloseTo(8 / 1.2, 2);
});

test("recovery is measured from the last heal to the next answer", () => {
  const { recoveryMs, faults } = judged((run) =>
    inject(run, { entry: "crash", effects: down(3), at: 610, until: 900 }),
  );
  expect(recoveryMs).toBe(1_140 - 905);
  expect(faults).toEqual([
    {
      entry: "crash",
      name: "crash",
      fault: "test",
      outcome: "installed",
      planned: { atMs: 660, forMs: 290 },
      when: null,
      installedAtMs: 615,
      healedAtMs: 905,
      deviation: null,
      outageMs: 0,
      evidence: ["installed: seen"],
    },
  ]);
});

test("view changes are those that good replicas entered", () => {
  const { views } = judged((run) => {
    audit(run, 2, 1_700, { e: "newview", v: 1, from: [1, 2, 3], base: 6, selected: [] });
    audit(run, 3, 1_701, { e: "newview", v: 1, from: [1, 2, 3], base: 6, selected: [] });
    audit(run, 3, 1_800, { e: "newview", v: 3, from: [1, 2, 3], base: 6, selected: [] });
  });
  expect(views).toEqual({ changes: 2, last: 3 });
});
