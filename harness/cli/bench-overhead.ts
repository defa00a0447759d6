/** `bft-chaos bench overhead`: what a null operation costs, replicated and not. */
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import { protocols } from "../../nodes/registry.ts";
import { exitCode } from "../checkers/verdict/exit-code.ts";
import { drivers } from "../drivers/registry.ts";
import { thisHost, versionsOf } from "../host.ts";
import { RunStore } from "../observations/store.ts";
import { openMetricsText } from "../prometheus/open-metrics.ts";
import type { Figures, Round } from "../reports/overhead/overhead.ts";
import type { Conditions } from "../reports/overhead/overhead-text.ts";
import { knownMutants, type PlannedScenario, planScenarios } from "../run.ts";
import { between, choice, collect, prometheusOption } from "./arguments.ts";
import {
  measuredIn,
  outcomeOf,
  type PlayedTurn,
  playedTurns,
  type Turn,
  tellTrouble,
} from "./bench/turns.ts";
import type { Delivery } from "./delivery.ts";
import { deliveryTo } from "./open-delivery.ts";
import { refuseUnwritable } from "./out-folder.ts";

interface OverheadFlags {
  readonly quick: boolean;
  readonly operation: readonly string[];
  readonly protocol?: readonly string[];
  readonly rounds: number;
  readonly driver: string;
  readonly out: string;
  readonly prometheus?: string;
}

/** Argument and result in KB, as the authors of PBFT wrote it. */
const OPERATIONS: readonly string[] = ["0/0", "4/0", "0/4"];
const SCENARIOS = join(import.meta.dirname, "..", "..", "scenarios", "overhead");
/** What all the others are compared with. */
const BASELINE = "unreplicated";
/** The load stays on for two seconds more, into the quiet phase. */
const QUICK = ["phases.warmup=300ms", "phases.faults=300ms", "expect.minOperations=1"];
const ROUNDS_MAX = 100;
/** One, as the published table has it, and so many that all replicas are busy all the time. */
const LOADS: readonly { readonly clients: number; readonly sets: readonly string[] }[] = [
  { clients: 1, sets: [] },
  { clients: 64, sets: ["phases.faults=15s"] },
];

export function registerOverhead(bench: Command): void {
  bench
    .command("overhead")
    .description(
      "the null operation 0/0, 4/0 and 0/4 KB on one server and replicated, beside the published " +
        "table, with one client and with 64 (about a quarter of an hour for each protocol)",
    )
    .option("--quick", "each run for some seconds only (about 2 minutes for each protocol)", false)
    .addOption(operationOption())
    .addOption(choice("--protocol <names...>", protocols, "only these, beside the server alone"))
    .option("--rounds <number>", "how often each is measured", between(1, ROUNDS_MAX), 3)
    .addOption(choice("--driver <name>", drivers).default("local"))
    .option("--out <folder>", "where the run stores go", "runs")
    .addOption(prometheusOption())
    .action(async (flags: OverheadFlags) => {
      process.exitCode = await measureAll(flags);
    });
}

function operationOption(): Option {
  const option = new Option("--operation <KB/KB>", "only this one (repeatable)").default([]);
  option.argParser((value: string, earlier: readonly string[]) => {
    if (OPERATIONS.includes(value)) return collect(value, earlier);
    throw new InvalidArgumentError(`allowed: ${OPERATIONS.join(", ")}`);
  });
  return option;
}

interface Measurement extends Turn {
  readonly operation: string;
}

async function measureAll(flags: OverheadFlags): Promise<number> {
  const operations = flags.operation.length === 0 ? OPERATIONS : flags.operation;
  const mutants = knownMutants(undefined);
  const one = operations.flatMap((operation) =>
    LOADS.flatMap((load) => measurementsOf({ operation, load, mutants }, flags)),
  );
  // Interleaved: what else the machine does in these minutes strikes all of them alike.
  const all = Array.from({ length: flags.rounds }, () => one).flat();
  refuseUnwritable(flags.out);
  const startedAt = new Date();
  const id = randomBytes(4).toString("hex");
  const scenario = "bench-overhead";
  const store = RunStore.createEmpty({ root: flags.out, scenario, id, startedAt });
  const delivery = await deliveryTo(flags.prometheus);
  const played: PlayedTurn<Measurement>[] = [];
  const rounds: Round[] = [];
  for await (const one of playedTurns(all, { out: store.directory, delivery })) {
    played.push(one);
    rounds.push(await roundOf(one));
  }
  const conditions = conditionsOf(one, flags);
  await writeOverhead(rounds, { store, id, startedAt, conditions, flags, delivery });
  tellTrouble(played);
  return exitCode(played.map(({ finished }) => outcomeOf(finished)));
}

/** Of the table, on every protocol. */
interface Cell {
  readonly operation: string;
  readonly load: (typeof LOADS)[number];
  /** Read once for all of them. */
  readonly mutants: ReturnType<typeof knownMutants>;
}

/** The scenarios of `scenarios/overhead`, with another operation and without the disk. */
function measurementsOf(
  { operation, load, mutants }: Cell,
  flags: OverheadFlags,
): readonly Measurement[] {
  const [argument, result] = operation.split("/");
  const sets = [
    "cluster.durability=none",
    `cluster.service.argumentBytes=${argument}KiB`,
    `cluster.service.resultBytes=${result}KiB`,
    `workload.clients=${load.clients}`,
    ...load.sets,
    ...(flags.quick ? QUICK : []),
  ];
  const planned = planScenarios({ paths: [SCENARIOS], driver: flags.driver, sets, mutants });
  const isBaseline = ({ plan }: PlannedScenario) => plan.cluster.protocol === BASELINE;
  const isAsked = ({ plan }: PlannedScenario) =>
    flags.protocol === undefined || flags.protocol.includes(plan.cluster.protocol);
  return planned
    .filter((each) => isBaseline(each) || isAsked(each))
    .toSorted((a, b) => Number(isBaseline(b)) - Number(isBaseline(a)))
    .map((each) => ({ operation, planned: each, name: `${operation} KB` }));
}

async function roundOf({
  turn: { operation, planned },
  finished,
  position,
}: PlayedTurn<Measurement>): Promise<Round> {
  const { figuresOf, linearizableIn } = await import("../reports/overhead/overhead.ts");
  const { protocol, parameters } = planned.plan.cluster;
  const { clients } = planned.plan.workload;
  const { replicas } = parameters;
  const { directory } = finished;
  const measured = measuredIn(finished);
  const figures = measured === null ? null : figuresOf(measured);
  const linearizable = measured === null ? null : linearizableIn(measured.judgement);
  process.stdout.write(`${position} ${protocol}, clients ${clients}: ${briefly(figures)}\n`);
  return { operation, protocol, clients, replicas, figures, linearizable, directory };
}

function briefly(figures: Figures | null): string {
  if (figures === null) return "nothing was measured";
  const { p50Ms, operations } = figures;
  return `p50 ${p50Ms.toFixed(2)} ms over ${operations} operations`;
}

function conditionsOf(
  measurements: readonly Measurement[],
  { driver, rounds }: OverheadFlags,
): Conditions {
  const plans = measurements.map(({ planned }) => planned.plan);
  const of = (words: readonly (string | number)[]): string => [...new Set(words)].join(" and ");
  const { cpu, cpus } = thisHost();
  return {
    driver,
    links: of(plans.map(({ cluster }) => cluster.links)),
    durability: of(plans.map(({ cluster }) => cluster.durability)),
    audit: of(plans.map(({ cluster }) => cluster.audit)),
    clients: of(plans.map(({ workload }) => workload.clients)),
    rounds,
    cpu: String(cpu),
    cpus: Number(cpus),
  };
}

interface Written {
  readonly store: RunStore;
  readonly id: string;
  readonly startedAt: Date;
  readonly conditions: Conditions;
  readonly flags: OverheadFlags;
  readonly delivery: Delivery | null;
}

async function writeOverhead(
  rounds: readonly Round[],
  { store, id, startedAt, conditions, flags, delivery }: Written,
): Promise<void> {
  const [
    { overheadRows },
    { overheadText },
    { overheadJson },
    { overheadPoints },
    { wantsColour },
  ] = await Promise.all([
    import("../reports/overhead/overhead.ts"),
    import("../reports/overhead/overhead-text.ts"),
    import("../reports/overhead/overhead-json.ts"),
    import("../reports/overhead/overhead-points.ts"),
    import("../reports/terminal.ts"),
  ]);
  const rows = overheadRows(rounds, BASELINE);
  const given = [
    ...(flags.quick ? ["--quick"] : []),
    ...flags.operation.map((operation) => `--operation ${operation}`),
    ...(flags.protocol === undefined ? [] : [`--protocol ${flags.protocol.join(" ")}`]),
    `--rounds ${flags.rounds} --driver ${flags.driver}`,
  ].join(" ");
  const rerun = `npx bft-chaos bench overhead ${given}`;
  const [host, versions] = [thisHost(), versionsOf()];
  const began = startedAt.toISOString();
  store.writeJson(
    "overhead.json",
    overheadJson({ id, startedAt: began, conditions, rows, host, versions, rerun }),
  );
  const colour = wantsColour(process.stdout, process.env);
  process.stdout.write(`\n${overheadText(rows, conditions, colour)}`);
  process.stdout.write(`${store.path("overhead.json")}\n`);
  const moment = { id, driver: flags.driver, baseline: BASELINE, atMs: Date.now() };
  const points = overheadPoints(rows, moment);
  writeFileSync(store.path("overhead.om.txt"), openMetricsText(points));
  await delivery?.deliver(points);
}
