/** `bench failover`: how long nobody is answered when the primary is killed, of every protocol. */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { Command } from "commander";
import { bearsFaults } from "../../nodes/protocols/contract/protocol.ts";
import { protocols } from "../../nodes/registry.ts";
import { EXIT_CODES, exitCode } from "../checkers/verdict/exit-code.ts";
import { drivers } from "../drivers/registry.ts";
import { thisHost, versionsOf } from "../host.ts";
import { RunStore } from "../observations/store.ts";
import type { Plan } from "../plan/plan.ts";
import type { FailoverRound } from "../reports/failover/failover.ts";
import type { FailoverConditions } from "../reports/failover/failover-text.ts";
import { milliseconds } from "../reports/format.ts";
import { knownMutants, planScenarios, quoted } from "../run.ts";
import { between, choice, setOption } from "./arguments.ts";
import {
  measuredIn,
  outcomeOf,
  type PlayedTurn,
  playedTurns,
  type Turn,
  tellTrouble,
} from "./bench/turns.ts";
import { refuseUnwritable } from "./out-folder.ts";

interface FailoverFlags {
  readonly protocol?: readonly string[];
  readonly rounds: number;
  readonly driver: string;
  readonly set: readonly string[];
  readonly out: string;
}

const SCENARIO = join(import.meta.dirname, "../../scenarios/smoke/primary-crash-restart.yaml");
const ROUNDS_MAX = 1_000;
const ROUNDS = 10;
/** A server alone has nobody to take over. */
const candidates = protocols.filter(bearsFaults);

export function registerFailover(bench: Command): void {
  bench
    .command("failover")
    .description("kill -9 of the primary to the next answer, of every protocol in turns")
    .addOption(choice("--protocol <names...>", candidates, "only these"))
    .option("--rounds <number>", "how often each is measured", between(1, ROUNDS_MAX), ROUNDS)
    .addOption(choice("--driver <name>", drivers).default("local"))
    .addOption(setOption())
    .option("--out <folder>", "where the run stores go", "runs")
    .action(async (flags: FailoverFlags) => {
      process.exitCode = await measureAll(flags);
    });
}

async function measureAll(flags: FailoverFlags): Promise<number> {
  const turns = turnsOf(flags);
  const plan = turns[0]?.planned.plan;
  assert(plan !== undefined, "a round of some protocol is played");
  refuseUnwritable(flags.out);
  const startedAt = new Date();
  const id = randomBytes(4).toString("hex");
  const scenario = "bench-failover";
  const store = RunStore.createEmpty({ root: flags.out, scenario, id, startedAt });
  const played: PlayedTurn<Turn>[] = [];
  const rounds: FailoverRound[] = [];
  for await (const one of playedTurns(turns, { out: store.directory, delivery: null })) {
    played.push(one);
    rounds.push(await roundOf(one));
  }
  const [{ failoverRows }, { failoverText }, { failoverJson }, { wantsColour }] = await Promise.all(
    [
      import("../reports/failover/failover.ts"),
      import("../reports/failover/failover-text.ts"),
      import("../reports/failover/failover-json.ts"),
      import("../reports/terminal.ts"),
    ],
  );
  const rows = failoverRows(rounds);
  const conditions = conditionsOf(plan, flags);
  const [host, versions, began] = [thisHost(), versionsOf(), startedAt.toISOString()];
  const rerun = rerunOf(flags);
  const told = { id, startedAt: began, conditions, rows, host, versions, rerun };
  store.writeJson("failover.json", failoverJson(told));
  const colour = wantsColour(process.stdout, process.env);
  process.stdout.write(`\n${failoverText(rows, conditions, colour)}`);
  process.stdout.write(`${store.path("failover.json")}\n`);
  tellTrouble(played);
  return codeOf(played, rounds);
}

/** A round is played for its figure: without one it is not as expected, whatever its verdict. */
function codeOf(played: readonly PlayedTurn<Turn>[], rounds: readonly FailoverRound[]): number {
  const code = exitCode(played.map(({ finished }) => outcomeOf(finished)));
  if (code !== EXIT_CODES.asExpected) return code;
  return rounds.every(({ asExpected }) => asExpected) ? code : EXIT_CODES.otherVerdict;
}

/** Interleaved, so that what else the machine does strikes all protocols alike. */
function turnsOf({ protocol, rounds, driver, set }: FailoverFlags): readonly Turn[] {
  const names = protocol ?? candidates.map(({ name }) => name);
  const mutants = knownMutants(undefined);
  const planned = (name: string, seed?: number) => {
    const sets = [...set, `cluster.protocol=${name}`];
    return planScenarios({ paths: [SCENARIO], driver, seed, sets, mutants });
  };
  const first = names.flatMap((name) => planned(name));
  // Each round has a seed of its own: in the simulator one seed is one and the same run.
  return Array.from({ length: rounds }, (_, round) => round).flatMap((round) =>
    first.flatMap((one) => {
      const { cluster, seed } = one.plan;
      const { protocol: name } = cluster;
      // The first round is planned already, with the seed that the file says.
      const again = round === 0 ? [one] : planned(name, seed + round);
      return again.map((each) => ({ planned: each, name }));
    }),
  );
}

async function roundOf({ turn, finished, position }: PlayedTurn<Turn>): Promise<FailoverRound> {
  const { killToAnswerMs } = await import("../reports/failover/failover.ts");
  const { cluster, seed } = turn.planned.plan;
  const { judged, directory } = finished;
  const measured = measuredIn(finished);
  const outageMs = measured === null ? null : killToAnswerMs(measured.observations);
  process.stdout.write(`${position}: ${milliseconds(outageMs)}\n`);
  return {
    protocol: cluster.protocol,
    replicas: cluster.parameters.replicas,
    seed,
    outageMs,
    verdict: judged?.judgement.verdict ?? null,
    asExpected: outageMs !== null && judged?.judgement.asExpected === true,
    directory,
  };
}

/** All plans are alike but for protocol and seed. */
function conditionsOf(
  { cluster, workload, scenario }: Plan,
  { driver, rounds }: FailoverFlags,
): FailoverConditions {
  const { cpu, cpus } = thisHost();
  const { ratePerSecond, clients } = workload;
  return {
    scenario,
    driver,
    requestMs: cluster.parameters.timers.requestMs,
    load: ratePerSecond > 0 ? `${ratePerSecond}/s of ${clients} clients` : `${clients} clients`,
    durability: cluster.durability,
    links: cluster.links,
    audit: cluster.audit,
    rounds,
    cpu: String(cpu),
    cpus: Number(cpus),
  };
}

function rerunOf({ protocol = [], rounds, driver, set }: FailoverFlags): string {
  return [
    "npx bft-chaos bench failover",
    ...(protocol.length === 0 ? [] : [`--protocol ${protocol.join(" ")}`]),
    `--rounds ${rounds} --driver ${driver}`,
    ...set.map((each) => `--set ${quoted(each)}`),
  ].join(" ");
}
