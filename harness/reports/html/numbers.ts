import type { Plan } from "../../plan/plan.ts";
import { count, milliseconds, perSecond, seconds } from "../format.ts";
import type { JudgedRun } from "../report.ts";
import type { TimeSeries } from "../time-series.ts";
import type { Timeline } from "../timeline.ts";
import { latencyDistribution } from "./latency-chart.ts";
import { type Html, html } from "./markup.ts";
import { facts, section, table } from "./table.ts";

/** Numbers are worth what the conditions beside them say. */
export function numbersSection(run: JudgedRun, series: TimeSeries): Html {
  const { operations, latencyMs, throughput } = run.judgement;
  const latency =
    latencyMs === null
      ? html`<p>No operation was answered, so there is no latency.</p>`
      : html`${latencyDistribution(series.latencies, latencyMs)}${table({
          className: "compact single",
          caption: "Latency of operations answered after the warm-up, from the intended send time",
          columns: ["p50", "p95", "p99", "p99.9", "maximum"].map((name) => ({
            name,
            numeric: true,
          })),
          rows: [
            [latencyMs.p50, latencyMs.p95, latencyMs.p99, latencyMs.p999, latencyMs.max].map(
              milliseconds,
            ),
          ],
        })}`;
  return section(
    "numbers",
    "Operations and latency",
    table({
      className: "compact single",
      caption:
        "Operations: issued = ok + failed + unknown; shed ones were never issued; failed = answered, but the expected value was not there",
      columns: ["issued", "ok", "failed", "unknown", "shed", "offered", "achieved"].map((name) => ({
        name,
        numeric: true,
      })),
      rows: [
        [
          ...[
            operations.issued,
            operations.ok,
            operations.failed,
            operations.unknown,
            operations.shed,
          ].map(count),
          throughput.offered > 0 ? perSecond(throughput.offered) : "closed loop",
          perSecond(throughput.achieved),
        ],
      ],
    }),
    latency,
    html`<p class="conditions">Measured with ${conditions(run)}.</p>`,
  );
}

function conditions({ observations: { plan, run } }: JudgedRun): string {
  const { durability, audit, links } = plan.cluster;
  const host = Object.entries(run.host).map(([name, value]) => `${name} ${value}`);
  return [`durability ${durability}`, `audit ${audit}`, `links ${links}`, ...host].join(", ");
}

export function conditionsSection({ observations: { plan } }: JudgedRun): Html {
  const { cluster, workload, phases } = plan;
  const { timers, ...parameters } = cluster.parameters;
  const sizes = `${cluster.service.argumentBytes}/${cluster.service.resultBytes} B`;
  return section(
    "conditions",
    "Cluster and workload",
    html`<h3>Cluster</h3>`,
    facts([
      ["protocol", cluster.protocol],
      ["replicas", `${parameters.replicas}, f = ${parameters.faultsMax}`],
      ["service", `${cluster.service.name}${workload.mix.null === undefined ? "" : `, ${sizes}`}`],
      ["durability", cluster.durability],
      ["links", cluster.links],
      ["audit log", cluster.audit],
      ["planted bug", cluster.mutant ?? "none"],
      ["request timer", milliseconds(timers.requestMs)],
      ["status period", milliseconds(timers.statusMs)],
      [
        "client timer",
        `${milliseconds(timers.clientMs)}, at most ${milliseconds(timers.clientCapMs)}`,
      ],
      ["operation time-out", milliseconds(parameters.operationTimeoutMs)],
      ["checkpoint every", count(parameters.checkpointInterval)],
      ["window", count(parameters.window)],
      ["batch at most", count(parameters.batchMax)],
      ["batch delay at most", milliseconds(parameters.maxBatchDelayMs)],
      ["pipeline", count(parameters.pipeline)],
      ["requests with a", parameters.clientAuth === "mac" ? "MAC" : "signature"],
      ["requests proposed at", parameters.requestAt],
      ["replies with a", parameters.replyAuth === "mac" ? "MAC" : "signature"],
    ]),
    html`<h3>Workload</h3>`,
    facts([
      ...loadFacts(workload),
      ["warm-up", milliseconds(phases.warmupMs)],
      ["faults", milliseconds(phases.faultsMs)],
      ["quiet at most", milliseconds(phases.quietMs)],
    ]),
    html`<p class="conditions">Recovery bound: ${boundInWords(plan.recoveryBound)}.</p>`,
  );
}

function loadFacts({
  script,
  ...workload
}: Plan["workload"]): readonly (readonly [string, string])[] {
  const mix = Object.entries(workload.mix).map(
    ([kind, share]) => `${kind} ${Math.round(share * 100)}%`,
  );
  const skew = workload.skew > 0 ? `, Zipf ${workload.skew}` : ", uniform";
  return [
    ["executor", workload.executor],
    ...(script === undefined
      ? []
      : [["script", `${script.name}, sha256 ${script.sha256.slice(0, 12)}`] as const]),
    ...(workload.ratePerSecond > 0 ? [["rate", perSecond(workload.ratePerSecond)] as const] : []),
    ["clients", count(workload.clients)],
    ["keys", `${count(workload.keys)}${script === undefined ? skew : " at most"}`],
    ...(script === undefined ? [["mix", mix.join(", ")] as const] : []),
  ];
}

function boundInWords({
  totalMs,
  parts,
}: JudgedRun["observations"]["plan"]["recoveryBound"]): string {
  const named = Object.entries(parts).map(([name, ms]) => `${spaced(name)} ${milliseconds(ms)}`);
  return named.length === 0
    ? milliseconds(totalMs)
    : `${milliseconds(totalMs)} = ${named.join(" + ")}`;
}

/** `clientBackoff` reads as two words. */
function spaced(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

export function provenance({ observations: { run, plan } }: JudgedRun): Html {
  return section(
    "provenance",
    "Where it comes from",
    facts([
      ["run", run.id],
      ["started", run.startedAt],
      ["seed", String(run.seed)],
      ["driver", run.driver],
      ["harness", run.harness.state],
      ["left behind", run.residue.length === 0 ? "nothing" : run.residue.join(", ")],
      ...Object.entries(plan.labels).map(([name, value]) => [`label ${name}`, value] as const),
      ...Object.entries(run.versions).map(([name, value]) => [name, value] as const),
      ...Object.entries(run.host).map(([name, value]) => [`host ${name}`, String(value)] as const),
    ]),
    plan.caveats.length === 0
      ? null
      : html`<p class="conditions">Does not replay exactly: ${plan.caveats.join("; ")}.</p>`,
  );
}

const TABLE_ROWS_MAX = 120;
const NAMES_MAX = 4;

/** The charts in figures, for those who cannot see them or want the values. */
export function chartNumbers({ buckets, bucketMs }: TimeSeries, { faults }: Timeline): Html {
  const every = Math.ceil(buckets.length / TABLE_ROWS_MAX);
  const shown = buckets.filter((_, index) => index % every === 0);
  const active = (fromMs: number): string => {
    const during = faults.filter((one) => one.fromMs < fromMs + bucketMs && fromMs < one.toMs);
    const names = during.slice(0, NAMES_MAX).map(({ result }) => result.entry);
    return [...names, ...(during.length > NAMES_MAX ? ["…"] : [])].join(", ");
  };
  const note = every === 1 ? "" : `; every ${every}th interval`;
  return html`<details class="chart-numbers"><summary>The numbers behind the charts</summary>${table(
    {
      className: "compact",
      caption: `Per interval of ${milliseconds(bucketMs)}${note}`,
      columns: [
        ...["from", "answered/s", "failed", "unknown", "p50", "p99"].map((name) => ({
          name,
          numeric: true as const,
        })),
        { name: "active faults" },
      ],
      rows: shown.map((bucket) => [
        seconds(bucket.fromMs),
        count(bucket.rate),
        count(bucket.failed),
        count(bucket.unknown),
        milliseconds(bucket.p50),
        milliseconds(bucket.p99),
        active(bucket.fromMs),
      ]),
    },
  )}</details>`;
}
