import { loadOf } from "../../checkers/verdict/shed.ts";
import { busyMachine } from "../busy-machine.ts";
import { count, milliseconds, percentage, perSecond, seconds } from "../format.ts";
import type { JudgedRun } from "../report.ts";
import { toneOf, verdictWords } from "../verdicts.ts";
import { words } from "../words.ts";
import { type Child, type Html, html } from "./markup.ts";
import { pageHead, type Tile } from "./page-head.ts";
import { rerunCommand } from "./rerun.ts";
import { section, table } from "./table.ts";

/** Who won and why: everything a reader needs who reads nothing else. */
export function masthead({ observations, judgement }: JudgedRun, endMs: number): Html {
  const { run, plan } = observations;
  const { parameters } = plan.cluster;
  const { symbol, meaning } = verdictWords[judgement.verdict];
  const { mutant } = plan.cluster;
  const busy = busyMachine({ observations, judgement });
  const tone = toneOf({ observations, judgement });
  return pageHead({
    kind: "bft-chaos run report",
    title: run.scenario,
    where: [
      `${plan.cluster.protocol}, ${parameters.replicas} replicas, f = ${parameters.faultsMax}`,
      `${run.driver} driver`,
      `seed ${run.seed}`,
      seconds(endMs),
    ],
    startedAt: run.startedAt,
    planted: mutant === null ? null : `The cluster ran from a changed copy of the code: ${mutant}.`,
    notices: harnessNotice({ observations, judgement }),
    verdict: {
      symbol,
      name: judgement.verdict.replace("_", " "),
      text: judgement.text,
      tone,
      beside: html`<p class="meaning">${meaning}</p>
<p class="expectation ${tone}">${expectationOf({ observations, judgement })}</p>`,
    },
    remarks: busy === null ? null : html`<p class="notice"><strong>Mind</strong> ${busy}.</p>`,
    tiles: tiles({ observations, judgement }),
  });
}

function expectationOf({ observations: { run }, judgement }: JudgedRun): string {
  if (!judgement.asExpected) return `✗ ${judgement.deviation}`;
  return run.harness.state === "ok" ? "✓ as expected" : `✗ the harness ${run.harness.state}`;
}

function harnessNotice({ observations: { run } }: JudgedRun): Child {
  const { harness, residue } = run;
  return [
    harness.state === "ok"
      ? null
      : html`<p class="notice"><strong>The harness ${harness.state}</strong> ${harness.why}</p>`,
    residue.length === 0
      ? null
      : html`<p class="notice"><strong>Left behind</strong> ${residue.join(", ")}</p>`,
  ];
}

function tiles({ observations, judgement }: JudgedRun): readonly Tile[] {
  const { operations, throughput, latencyMs, views } = judgement;
  const { arrivals } = loadOf(observations);
  return [
    ["Operations", count(operations.ok), outcomes(operations)],
    [
      "Throughput",
      perSecond(throughput.achieved),
      throughput.offered > 0 ? `${perSecond(throughput.offered)} offered` : "closed loop",
    ],
    [
      "Latency p99",
      milliseconds(latencyMs?.p99 ?? null),
      `p50 ${milliseconds(latencyMs?.p50 ?? null)}`,
    ],
    ["Shed", count(operations.shed), `of ${count(arrivals)} arrivals, never sent`],
    ...Object.entries(words).map(
      ([word, { figure, brief }]) =>
        [`${word[0]?.toUpperCase()}${word.slice(1)}`, figure(judgement), brief] as const,
    ),
    ["View changes", count(views.changes), `last view ${views.last}`],
  ];
}

/** What failed was answered, too: its condition did not hold. */
function outcomes({ failed, issued }: JudgedRun["judgement"]["operations"]): string {
  const others = failed > 0 ? `, ${count(failed)} failed by their condition` : "";
  return `ok${others}, of ${count(issued)} issued`;
}

/** The figure that was judged first: what came while nothing was owed does not count. */
function completed({ checks, operations }: JudgedRun["judgement"]): string {
  const inAll = `${count(operations.ok + operations.failed)} in all`;
  const check = checks.find(({ id }) => id === "expectations");
  return check === undefined ? inAll : `${count(check.judged)} then, ${inAll}`;
}

/** What the scenario asked for, beside what came. */
export function expectations({ observations: { plan, run }, judgement }: JudgedRun): Html {
  const { expect } = plan;
  const rows: (readonly Child[])[] = [["Verdict", expect.verdict, judgement.verdict]];
  if (expect.check !== null) {
    const check = judgement.checks.find(({ id }) => id === expect.check);
    rows.push(["Check that must catch it", expect.check, check?.outcome ?? "did not run"]);
  }
  if (expect.recoverWithinMs !== null) {
    const asked = `at most ${milliseconds(expect.recoverWithinMs)}`;
    rows.push(["Recovery", asked, words.recovery.figure(judgement)]);
  }
  const { min, max } = expect.viewChanges;
  if (expect.minOperations > 0) {
    const asked = `at least ${count(expect.minOperations)} whenever progress was owed`;
    rows.push(["Operations completed", asked, completed(judgement)]);
  }
  if (judgement.operations.shed > 0) {
    const asked = `at most ${percentage(expect.shedMax ?? 1)} of the arrivals`;
    rows.push(["Shed", asked, count(judgement.operations.shed)]);
  }
  if (min > 0 || max !== null) {
    const asked = max === null ? `at least ${min}` : `${min} to ${max}`;
    rows.push(["View changes", asked, count(judgement.views.changes)]);
  }
  return section(
    "expected",
    "Expected and got",
    table({
      className: "expected",
      caption: "What the scenario expects and what the run gave",
      columns: [{ name: "" }, { name: "expected" }, { name: "got" }],
      rows,
    }),
    rerunCommand(run.rerun),
  );
}
