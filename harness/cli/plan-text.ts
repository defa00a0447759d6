/** A plan as people read it: every value, whether it is a default, what runs when, the budget. */
import { controlsText } from "../../faults/control-words.ts";
import { nameOf } from "../../faults/network/message-type.ts";
import { faults } from "../../faults/registry.ts";
import { durationText } from "../../faults/units.ts";
import { localDriver } from "../drivers/local/driver.ts";
import { drivers } from "../drivers/registry.ts";
import { BOUND_WORDS } from "../plan/bound-words.ts";
import type { BudgetStep, BudgetTimeline } from "../plan/budget.ts";
import { leastShare } from "../plan/cpu-load.ts";
import { driverOptions, driversWith } from "../plan/driver-offer.ts";
import { timelyMs } from "../plan/link-delay.ts";
import type { Plan, PlanEntry, PlannedDeed } from "../plan/plan.ts";
import { budgetCluster, KNOWN_LATER } from "../plan/planned-budget.ts";
import { quietLoadMs } from "../plan/quiet.ts";
import { SIMULATED_ONLY, type WireParameters, type WorkCosts } from "../plan/simulation.ts";
import { triggerText } from "../plan/trigger.ts";
import type { DocumentPath, Scenario } from "../scenario/scenario.ts";
import { formatPath } from "../scenario/scenario.ts";

export function planText(scenario: Scenario, plan: Plan, budget: BudgetTimeline): string {
  const sections: readonly (readonly [string, readonly string[]])[] = [
    [`Plan of ${plan.scenario}, seed ${plan.seed}`, settings(scenario, plan)],
    [
      "Time line (at: from the start of the faults phase; run: from the warm-up, as in a run's log)",
      [...timeLine(plan), ...playedElsewhere(plan)],
    ],
    [budgetTitle(budget), [...budgetTable(budget), ...contradictions(plan, budget)]],
    [
      "Messages (bytes), and what a link or a replica must bear to count as timely",
      messageTable(plan),
    ],
    [
      `Recovery bound (L-2): ${durationText(plan.recoveryBound.totalMs)}`,
      aligned(
        Object.entries(plan.recoveryBound.parts).map(([part, ms]) => {
          return [part, durationText(ms), BOUND_WORDS[part] ?? ""];
        }),
      ),
    ],
    ["What does not replay exactly", plan.caveats.length > 0 ? plan.caveats : ["nothing"]],
  ];
  return sections
    .map(([title, lines]) => `${title}\n${lines.map((line) => `  ${line}\n`).join("")}`)
    .join("\n");
}

function settings(scenario: Scenario, plan: Plan): readonly string[] {
  const { cluster, workload, phases, ending = {}, expect } = plan;
  const { parameters, service } = cluster;
  const { timers } = parameters;
  const rows: readonly (readonly [DocumentPath, string])[] = [
    [["cluster", "protocol"], cluster.protocol],
    [["cluster", "n"], String(parameters.replicas)],
    [["cluster", "f"], String(parameters.faultsMax)],
    [["cluster", "service"], serviceText(service)],
    [["cluster", "durability"], cluster.durability],
    [["cluster", "timers", "request"], durationText(timers.requestMs)],
    [["cluster", "timers", "status"], durationText(timers.statusMs)],
    [["cluster", "timers", "client"], durationText(timers.clientMs)],
    [["cluster", "timers", "clientCap"], durationText(timers.clientCapMs)],
    [["cluster", "operationTimeout"], durationText(parameters.operationTimeoutMs)],
    [["cluster", "checkpointInterval"], String(parameters.checkpointInterval)],
    [["cluster", "window"], String(parameters.window)],
    [["cluster", "batchMax"], String(parameters.batchMax)],
    [["cluster", "maxBatchDelay"], durationText(parameters.maxBatchDelayMs)],
    [["cluster", "pipeline"], String(parameters.pipeline)],
    [["cluster", "replyAuth"], parameters.replyAuth],
    [["cluster", "clientAuth"], parameters.clientAuth],
    [["cluster", "requestAt"], parameters.requestAt],
    [["cluster", "links"], cluster.links],
    [["cluster", "audit"], cluster.audit],
    [["cluster", "mutant"], cluster.mutant === null ? "none" : `${cluster.mutant} (PLANTED BUG)`],
    ...loadRows(workload),
    [["phases", "warmup"], durationText(phases.warmupMs)],
    [["phases", "faults"], durationText(phases.faultsMs)],
    [["phases", "quiet"], durationText(phases.quietMs)],
    [["phases", "load"], durationText(ending.loadMs ?? quietLoadMs(phases.quietMs))],
    [["phases", "steady"], durationOrNone(ending.steadyMs ?? null)],
    [["phases", "rest"], durationText(ending.restMs ?? 2 * timers.statusMs)],
    ...simulationRows(plan),
    [["expect", "verdict"], expect.verdict],
    [["expect", "check"], expect.check ?? "none"],
    [["expect", "recoverWithin"], durationOrNone(expect.recoverWithinMs)],
    [["expect", "minOperations"], String(expect.minOperations)],
    [["expect", "shed"], share(expect.shedMax ?? 1)],
    [["expect", "degraded"], share(expect.degradedMin ?? 0)],
    [["expect", "viewChanges", "min"], String(expect.viewChanges.min)],
    [["expect", "viewChanges", "max"], String(expect.viewChanges.max ?? "none")],
  ];
  const table = aligned(
    rows.map(([path, text]) => {
      return [formatPath(path), text, scenario.source.given(path) ? "" : "default"];
    }),
  );
  return plan.simulation === undefined ? table : [...table, SIMULATED_ONLY];
}

function loadRows(workload: Plan["workload"]): readonly (readonly [DocumentPath, string])[] {
  const { script, ratePerSecond } = workload;
  const said: readonly (readonly [string, string])[] =
    script === undefined
      ? [
          ["executor", workload.executor],
          ["skew", String(workload.skew)],
          ["mix", mixText(workload.mix)],
          ["operationsMax", String(workload.operationsMax ?? "none")],
        ]
      : [
          ["generator", "k6"],
          ["script", `${script.name}, sha256 ${script.sha256}`],
        ];
  const all = [
    ...said,
    ["rate", ratePerSecond === 0 ? "none" : `${ratePerSecond}/s`],
    ["clients", String(workload.clients)],
    ["keys", String(workload.keys)],
  ] as const;
  return all.map(([key, text]) => [["workload", key], text]);
}

/** Nothing where the scenario says nothing: other worlds than the simulated one have none of it. */
function simulationRows({ simulation }: Plan): readonly (readonly [DocumentPath, string])[] {
  if (simulation === undefined) return [];
  const { network, calm, disk, costs, clockMs = 0, view = 0, paddingBytes } = simulation;
  const fsync = `${durationText(disk.fsyncMinMs)} to ${durationText(disk.fsyncMaxMs)}`;
  const rows = [
    ["network", wireText(network)],
    ["calm", calm === undefined ? "the same network" : wireText(calm)],
    ["disk", `fsync ${fsync}`],
    ["costs", costs === undefined ? "none, but for who is throttled" : costsText(costs)],
    ["clock", durationText(clockMs)],
    ["view", String(view)],
    ["padding", `${paddingBytes}B`],
    ["signatures", simulation.signatures ?? "fast"],
  ] as const;
  return rows.map(([key, text]) => [["simulation", key], text]);
}

function wireText(wire: WireParameters): string {
  const { delayMinMs, delayMaxMs, loss, duplication, reordering, reconnectMaxMs, queueMax } = wire;
  const struck = { lost: loss, twice: duplication, reordered: reordering };
  const shares = Object.entries(struck).map(([what, each]) => `${share(each)} ${what}`);
  const delay = `${durationText(delayMinMs)} to ${durationText(delayMaxMs)}`;
  const reconnect = `reconnects in ${durationText(reconnectMaxMs)}`;
  return [delay, ...shares, reconnect, `queues of ${queueMax}`].join(", ");
}

function costsText(costs: WorkCosts): string {
  const pieces = {
    verification: costs.verificationMs,
    signature: costs.signatureMs,
    code: costs.codeMs,
    frame: costs.frameMs,
  };
  const perKib = {
    carried: costs.carriedMsPerKib,
    hashed: costs.hashedMsPerKib,
    written: costs.writtenMsPerKib,
  };
  const each = (costsMs: Readonly<Record<string, number>>, unit: string) =>
    Object.entries(costsMs).map(([key, ms]) => `${key} ${durationText(ms)}${unit}`);
  return [...each(pieces, ""), ...each(perKib, " a KiB")].join(", ");
}

function serviceText({ name, argumentBytes, resultBytes }: Plan["cluster"]["service"]): string {
  return `${name}, arguments ${argumentBytes}B, results ${resultBytes}B`;
}

function mixText(mix: Plan["workload"]["mix"]): string {
  const shares = Object.entries(mix).map(([kind, fraction]) => `${kind} ${share(fraction)}`);
  return shares.join(", ");
}

function share(fraction: number): string {
  return `${Number((fraction * 100).toFixed(2))}%`;
}

function durationOrNone(ms: number | null): string {
  return ms === null ? "none" : durationText(ms);
}

interface Moment {
  readonly atMs: number;
  /** It comes then at the earliest. */
  readonly isEarliest?: true;
  readonly columns: readonly string[];
}

function timeLine({ phases, ending, entries }: Plan): readonly string[] {
  const quiet = `quiet begins once all heals are proven, ${durationText(phases.quietMs)} at most`;
  const loadMs = ending?.loadMs ?? quietLoadMs(phases.quietMs);
  const load = `load goes on for ${durationText(loadMs)}, then final reads`;
  const isKept = entries.some(({ outlasts }) => outlasts === true);
  const healed = isKept ? "all healed but what outlasts it" : "all healed";
  const moments: readonly Moment[] = [
    { atMs: -phases.warmupMs, columns: ["warm-up, load on"] },
    { atMs: 0, columns: ["faults begin"] },
    ...entries.flatMap((entry) => momentsOf(entry)),
  ];
  const ordered = moments.toSorted((a, b) => a.atMs - b.atMs);
  const last: Moment = { atMs: phases.faultsMs, columns: [`${healed}; ${quiet}; ${load}`] };
  return aligned([
    ["at", "run"],
    ...[...ordered, last].map(({ atMs, isEarliest, columns }) => {
      const times = [atMs, atMs + phases.warmupMs].map((ms) => durationText(ms));
      return [...times.map((time) => (isEarliest === true ? `${time} on` : time)), ...columns];
    }),
  ]);
}

/** What `run` refuses to play where nothing else is asked for. */
function playedElsewhere({ entries }: Plan): readonly string[] {
  return [...new Set(entries.map(({ fault }) => fault))].flatMap((kind) => {
    const needs = faults.find((fault) => fault.kind === kind)?.needs ?? [];
    if (driversWith(needs, [localDriver]).length > 0) return [];
    return [`mind: ${kind} needs ${controlsText(needs)}: ${driverOptions(needs, drivers)}`];
  });
}

function momentsOf(entry: PlanEntry): readonly Moment[] {
  const { id, fault, atMs, durationMs, resolved, notApplicable, operator, unrepaired } = entry;
  const { outlasts } = entry;
  if (notApplicable !== undefined) {
    return [{ atMs, columns: ["not applicable", id, fault, notApplicable] }];
  }
  const said = operator === undefined ? [] : [storyOf(operator)];
  const late = unrepaired === undefined ? [] : [`due at ${durationText(unrepaired.dueMs)}`];
  const trigger = triggerText(entry);
  if (trigger !== null) {
    const lasts =
      durationMs === 0 || isJob(fault) ? [] : [`for ${durationText(durationMs)} from then on`];
    const told = [leaves(resolved).join(" "), trigger, ...lasts, ...said].join("; ");
    return [{ atMs, isEarliest: true, columns: ["may inject", id, fault, told] }];
  }
  const told = [leaves(resolved).join(" "), ...said].join("; ");
  const begins = { atMs, columns: ["inject", id, fault, told] };
  if (isJob(fault)) return [begins];
  return [
    begins,
    outlasts === true
      ? { atMs: atMs + durationMs, columns: ["keep", id, "until the others have converged"] }
      : { atMs: atMs + durationMs, columns: ["heal", id, ...late] },
  ];
}

/** Done as soon as it is begun, and never undone. */
function isJob(kind: string): boolean {
  const lasting = faults.find((fault) => fault.kind === kind)?.lasting ?? true;
  return lasting !== true && lasting.isJob === true;
}

function storyOf({ error, meant, did, wrong, command }: PlannedDeed): string {
  const what = wrong ? error.id : `${error.id} done right`;
  const looking = command?.guards.map((guard) => `; ${guard} looks at it`).join("") ?? "";
  return `${what}: meant to ${meant}; ${did}${looking}`;
}

/** `to=r3 latency=40ms`: what was drawn and parsed, without what was left out. */
function leaves(value: unknown, key = ""): readonly string[] {
  if (value === null || value === undefined) return [];
  if (Array.isArray(value)) return value.length === 0 ? [] : [`${key}=${listText(value)}`];
  if (typeof value === "object") {
    return Object.entries(value).flatMap(([inner, part]) => leaves(part, inner));
  }
  if (typeof value === "number" && key.endsWith("Ms")) {
    return [`${key.slice(0, -"Ms".length)}=${durationText(value)}`];
  }
  if (typeof value === "number" && key === "type") return [`${key}=${nameOf(value)}`];
  return [`${key}=${JSON.stringify(value).replaceAll('"', "")}`];
}

function listText(items: readonly unknown[]): string {
  return items
    .map((item) => (Array.isArray(item) ? listText(item) : String(item)))
    .join(items.some(Array.isArray) ? "|" : ",");
}

function messageTable(plan: Plan): readonly string[] {
  const { messages, parameters } = plan.cluster;
  if (messages === undefined) return ["not reckoned"];
  const withinMs = timelyMs(parameters.timers.requestMs);
  const { betweenReplicas, requests, replies } = messages.load;
  const { workMs = 0 } = messages;
  const rate = (bytes: number) => `${Math.ceil(bytes / withinMs)}KB/s`;
  return aligned([
    ...Object.entries(messages.sizes).map(([type, bytes]) => [`largest ${type}`, String(bytes)]),
    ["between replicas", String(betweenReplicas), rate(betweenReplicas)],
    ["from clients", String(requests), rate(requests)],
    ["to clients", String(replies), rate(replies)],
    ["CPU time", `${Math.ceil(workMs)}ms in ${withinMs}ms`, leastShareText(plan)],
  ]);
}

function leastShareText(plan: Plan): string {
  const share = leastShare(budgetCluster(plan.cluster));
  return share === null ? "no throttled replica" : `a share of ${Math.round(share * 100)}%`;
}

function budgetTitle({ tolerates, upperBound }: BudgetTimeline): string {
  const kind = upperBound
    ? ", upper bounds: who is struck, and what is refused, shows when it happens"
    : "";
  const { byzantine, crashed } = tolerates;
  const liars = byzantine === crashed ? "" : ` of whom ${byzantine} may lie`;
  return `Budget against f = ${crashed}${liars}${kind}`;
}

function budgetTable({ steps }: BudgetTimeline): readonly string[] {
  return aligned([
    ["from", "to", "B", "C", "owed"],
    ...steps.map((step, index) => {
      const next = steps[index + 1];
      const to = next === undefined ? "end" : durationText(next.fromMs);
      return [
        durationText(step.fromMs),
        to,
        safetyText(step),
        String(step.unavailable),
        owed(step),
      ];
    }),
  ]);
}

/** Where the scenario expects what its own faults rule out, or all but do. */
function contradictions(
  { expect: { verdict } }: Plan,
  { steps, upperBound, tolerates }: BudgetTimeline,
): readonly string[] {
  const mind = (why: string) => [`mind: ${verdict} is expected, but ${why}`];
  const isSafe = steps.every(({ safetyOwed }) => safetyOwed);
  const isLive = steps.every(({ livenessOwed }) => livenessOwed);
  // An upper bound shows what never happens, but not what does.
  if (verdict === "OUT_OF_CONTRACT" && isSafe) return mind("safety is owed all the time");
  if (verdict === "HALTED_SAFELY" && isLive) return mind("liveness is owed all the time");
  if (verdict !== "PASS" || upperBound || isLive) return [];
  if (!isSafe) return mind("safety is not owed all the time: it will be OUT_OF_CONTRACT");
  const away = `more are away than f = ${tolerates.crashed}`;
  return mind(`${away}: HALTED_SAFELY, unless somebody is answered meanwhile`);
}

function safetyText({ safety }: BudgetStep): string {
  const names = safety.filter((name) => name !== KNOWN_LATER);
  const later = safety.length - names.length;
  const told = [...names, ...(later === 0 ? [] : [`${later} ${KNOWN_LATER}`])];
  return safety.length === 0 ? "0" : `${safety.length} (${told.join(" ")})`;
}

function owed({ safetyOwed, livenessOwed }: BudgetStep): string {
  if (!safetyOwed) return "nothing";
  return livenessOwed ? "safety and liveness" : "safety";
}

/** Columns as wide as their widest cell. */
function aligned(rows: readonly (readonly string[])[]): readonly string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.slice(0, -1).entries()) {
      widths[column] = Math.max(widths[column] ?? 0, cell.length);
    }
  }
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(column === row.length - 1 ? 0 : (widths[column] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
}
