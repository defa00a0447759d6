/**
 * Kills a run at random moments and measures how long it takes until nothing of it is left:
 *   node harness/drivers/local/kill-anywhere.bench.ts [count] [seed] [victim]
 * What is still there after ten seconds must be told and removed by `bft-chaos clean`. Exit code 1
 * if anything is left then.
 */
import { readFileSync } from "node:fs";
import { EXIT_CODES } from "../../checkers/verdict/exit-code.ts";
import { createRandom, type Random } from "../../plan/random.ts";
import { monotonicMs, sleep } from "../clock.ts";
import { OWNER_VARIABLE } from "../processes/machine-litter.ts";
import { ownerName } from "../processes/owner.ts";
import {
  commandOf,
  isAlive,
  listeningPorts,
  type ProcessIdentity,
  pidNamespace,
  processesWith,
  startTimeOf,
} from "../processes/proc.ts";
import { Bench, type CliRun, foldersOf } from "./local-run.fixture.ts";

/** Who is killed; several at once in a drawn order. */
const VICTIMS = {
  harness: ["harness"],
  reaper: ["reaper"],
  toxiproxy: ["toxiproxy"],
  "harness+toxiproxy": ["harness", "toxiproxy"],
  "harness+reaper": ["harness", "reaper"],
} as const;

export type Victim = keyof typeof VICTIMS;
type Program = (typeof VICTIMS)[Victim][number];

export const victims = Object.keys(VICTIMS) as readonly Victim[];

/** Most of the time a replica is stopped and cut off. */
const FAULTS =
  "[{ fault: pause, at: 0s, for: 1900ms, target: r3 }, " +
  "{ fault: partition, at: 100ms, for: 1700ms, isolate: r3, semantics: drop }]";
const CLEAN_DEADLINE_MS = 10_000;

export interface Killing {
  readonly victim: Victim;
  /** Since the command was started. */
  readonly atMs: number;
  /** The last thing in the ledger then. */
  readonly during: string;
  /** Processes, folders and ports of the run right after the kill. */
  readonly presentThen: number;
  /** From the kill, or from the harness's own end if it lived on; null = not in time. */
  readonly cleanAfterMs: number | null;
  /** What was still there then. */
  readonly left: readonly string[];
  /** What was there even after `clean`. */
  readonly leftAfterClean: readonly string[];
}

export interface KillingPlan {
  readonly count: number;
  readonly seed: number;
  /** In turn. */
  readonly victims: readonly Victim[];
  /**
   * The latest moment, from the start of the command; the length of a run that nobody kills, if not
   * given.
   */
  readonly latestMs?: number;
  /** How long the machine may take to be clean by itself; 10 s if not given. */
  readonly deadlineMs?: number;
  /** Nobody is killed before something stands in the ledger. */
  readonly hasBegun?: boolean;
  readonly onKilling?: (killing: Killing) => void;
  /** What the runs find in their environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** @returns one entry for each kill */
export async function killAnywhere(plan: KillingPlan): Promise<readonly Killing[]> {
  const random = createRandom(plan.seed);
  const bench = new Bench();
  try {
    const file = bench.scenario({ name: "killed", faults: FAULTS });
    const latestMs = plan.latestMs ?? (await lengthOf(bench.run(file)));
    const killings: Killing[] = [];
    while (killings.length < plan.count) {
      const victim = plan.victims[killings.length % plan.victims.length] ?? "harness";
      const run = bench.run(file, { env: plan.env ?? {} });
      const { deadlineMs = CLEAN_DEADLINE_MS, hasBegun = false } = plan;
      const moment = { random, latestMs, deadlineMs, hasBegun };
      const killing = await killOnce({ bench, run, victim, ...moment });
      // Over before the moment came: not a kill.
      if (killing === null) continue;
      killings.push(killing);
      plan.onKilling?.(killing);
    }
    return killings;
  } finally {
    bench.close();
  }
}

async function lengthOf(run: CliRun): Promise<number> {
  const startedMs = monotonicMs();
  const code = await run.exit();
  // Its verdict is nobody's concern here: a cut around a stopped replica cannot be proven.
  if (code === null || code >= EXIT_CODES.badScenario) {
    throw new Error(`the run that nobody killed ended with ${code}: ${run.said}`);
  }
  return monotonicMs() - startedMs;
}

interface Attempt {
  readonly bench: Bench;
  readonly run: CliRun;
  readonly victim: Victim;
  readonly random: Random;
  readonly latestMs: number;
  readonly deadlineMs: number;
  readonly hasBegun: boolean;
}

async function killOnce(attempt: Attempt): Promise<Killing | null> {
  const { bench, run, victim, random, latestMs, deadlineMs, hasBegun } = attempt;
  const startedMs = monotonicMs();
  const harness = identityOf(run.pid);
  await sleep(random.integer(0, Math.floor(latestMs)));
  const order = [...VICTIMS[victim]].toSorted(() => random.fraction() - 0.5);
  let before = new RunRemains(run, harness);
  let pids = before.pidsOf(order);
  const isEarly = () => pids.length < order.length || (hasBegun && lastOf(run) === "starting");
  // On a busy machine the moment may come before those who are to be killed.
  while (isEarly() && isAlive(harness)) {
    await sleep(10);
    before = new RunRemains(run, harness);
    pids = before.pidsOf(order);
  }
  const during = lastOf(run);
  if (pids.length < order.length || !isAlive(harness)) {
    await run.exit();
    return null;
  }
  for (const pid of pids) process.kill(pid, "SIGKILL");
  const killedMs = monotonicMs();
  const presentThen = before.lines().length;
  await run.exit();
  const endedMs = victim.startsWith("harness") ? killedMs : monotonicMs();
  while (before.lines().length > 0 && monotonicMs() - endedMs < deadlineMs) await sleep(10);
  const left = before.lines();
  const cleanAfterMs = left.length === 0 ? Math.round(monotonicMs() - endedMs) : null;
  if (left.length > 0) await bench.clean();
  const atMs = Math.round(killedMs - startedMs);
  const leftAfterClean = left.length === 0 ? [] : before.lines();
  return { victim, atMs, during, presentThen, cleanAfterMs, left, leftAfterClean };
}

/** What belongs to one run, by its owner: the run's own id may not be known yet. */
class RunRemains {
  readonly #run: CliRun;
  readonly #harness: ProcessIdentity;
  /** The children that the harness had when it was looked at. */
  readonly #children: readonly ProcessIdentity[];
  readonly #host: string | null;

  constructor(run: CliRun, harness: ProcessIdentity) {
    this.#run = run;
    this.#harness = harness;
    this.#children = childrenOf(run.pid).map(identityOf);
    const commands = this.#children.map(({ pid }) => commandOf(pid));
    this.#host = commands.flatMap((line) => / -host (\S+)/.exec(line)?.[1] ?? [])[0] ?? null;
  }

  /** Of those that are there, in this order. */
  pidsOf(programs: readonly Program[]): readonly number[] {
    return programs.flatMap((program) => this.#pidOf(program) ?? []);
  }

  #pidOf(program: Program): number | null {
    if (program === "harness") return this.#run.pid;
    const name = program === "reaper" ? "reaper-main.ts" : "-host ";
    return this.#children.find(({ pid }) => commandOf(pid).includes(name))?.pid ?? null;
  }

  /** One line each. The reaper, which carries no mark, is known as a child. */
  lines(): readonly string[] {
    const owner = ownerName({ ...this.#harness, namespace: pidNamespace() });
    const marked = [...processesWith(OWNER_VARIABLE)].flatMap(([pid, variables]) =>
      variables.get(OWNER_VARIABLE) === owner ? [pid] : [],
    );
    const known = this.#children.filter(isAlive).map(({ pid }) => pid);
    const pids = [...new Set([...marked, ...known])];
    const ports = this.#host === null ? [] : listeningPorts(this.#host);
    return [
      ...pids.map((pid) => `process ${pid}: ${commandOf(pid).slice(0, 100)}`),
      ...foldersOf(this.#run.pid).map((folder) => `folder ${folder}`),
      ...ports.map((port) => `port ${port} on ${this.#host}`),
    ];
  }
}

function identityOf(pid: number): ProcessIdentity {
  return { pid, startTime: startTimeOf(pid) ?? "0" };
}

function childrenOf(pid: number): readonly number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1")
      .split(" ")
      .filter((text) => text !== "")
      .map(Number);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

function lastOf(run: CliRun): string {
  const entry = run.ledger("killed").at(-1);
  if (entry === undefined) return "starting";
  if (entry.kind === "phase") return entry.phase;
  return "entry" in entry ? `${entry.kind} ${entry.entry}` : entry.kind;
}

if (import.meta.main) {
  const [count = "10", seed = "1", victim] = process.argv.slice(2);
  const chosen = victims.filter((name) => victim === undefined || name === victim);
  if (chosen.length === 0) throw new Error(`who? One of ${victims.join(", ")}`);
  console.log("victim             at ms  during                     then  clean after ms  left");
  const killings = await killAnywhere({
    count: Number(count),
    seed: Number(seed),
    victims: chosen,
    onKilling: (killing) => console.log(row(killing)),
  });
  for (const name of chosen) console.log(summary(name, killings));
  if (killings.some(({ leftAfterClean }) => leftAfterClean.length > 0)) process.exitCode = 1;
}

function row(killing: Killing): string {
  const { victim, atMs, during, presentThen, cleanAfterMs, left, leftAfterClean } = killing;
  const kept =
    left.length === 0 ? "nothing" : `${left.length}, then clean: ${leftAfterClean.length}`;
  return [
    victim.padEnd(17),
    String(atMs).padStart(6),
    ` ${during}`.padEnd(27),
    String(presentThen).padStart(4),
    String(cleanAfterMs ?? "never").padStart(15),
    ` ${kept}`,
  ].join(" ");
}

function summary(victim: Victim, killings: readonly Killing[]): string {
  const times = killings
    .flatMap((killing) => (killing.victim === victim ? (killing.cleanAfterMs ?? []) : []))
    .toSorted((a, b) => a - b);
  const all = killings.filter((killing) => killing.victim === victim);
  const cleaned = `${victim}: ${times.length} of ${all.length} clean without help`;
  if (times.length === 0) return cleaned;
  const middle = times[Math.floor(times.length / 2)];
  return `${cleaned}, after ${times[0]} / ${middle} / ${times.at(-1)} ms (min/median/max)`;
}
