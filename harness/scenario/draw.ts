/**
 * The parts of a random scenario, drawn piece by piece, and its text. What fits is not decided
 * here.
 */
import { Document, isCollection } from "yaml";
import type { DrawingContext, FaultDefinition } from "../../faults/fault.ts";
import { defaults } from "../../nodes/registry.ts";
import { API_VERSION, SEED_MAX } from "./schema.ts";

/** The generator of the caller; every draw comes from it. */
export interface Draws {
  /** @returns an integer in [min, max] */
  integer(min: number, max: number): number;
}

/** Everything of a drawn scenario but its faults. */
export interface Outline {
  readonly name: string;
  readonly seed: number;
  readonly protocol: string;
  /** Undefined where the protocol tolerates no fault whatever its size. */
  readonly f: number | undefined;
  readonly durability: "group-commit" | "fsync-each";
  readonly checkpointInterval: number;
  readonly ratePerSecond: number;
  readonly clients: number;
  readonly keys: number;
  readonly faultsMs: number;
  /** Replicas that are struck again and again are where faults overlap. */
  readonly soreSpot: number;
}

/** The keys of one entry of `faults`. */
export type DrawnFault = Readonly<Record<string, unknown>>;

const WARMUP_MS = 1_000;
/** Shorter faults end before they can be proven. */
const LASTING_MS = { min: 1_500, max: 4_000 } as const;

interface OutlineOptions {
  readonly name: string;
  readonly protocol: string;
  /** Undefined = mostly 1. */
  readonly f: number | undefined;
  /** Of the protocol, with so many faults. */
  readonly replicasFor: (f: number) => number;
}

export function drawOutline(
  { name, protocol, f: asked, replicasFor }: OutlineOptions,
  draws: Draws,
): Outline {
  // Seven replicas on a small machine are slow by themselves, so they are rare.
  const drawnF = draws.integer(1, 10) === 1 ? 2 : 1;
  const f = asked ?? (replicasFor(2) === replicasFor(1) ? undefined : drawnF);
  return {
    name,
    seed: draws.integer(0, SEED_MAX),
    protocol,
    f,
    durability: draws.integer(1, 4) === 1 ? "fsync-each" : "group-commit",
    checkpointInterval: [16, 64, 128][draws.integer(0, 2)] ?? 128,
    ratePerSecond: draws.integer(2, (f ?? 0) > 1 ? 5 : 10) * 10,
    clients: draws.integer(2, 8),
    keys: draws.integer(2, 64),
    faultsMs: draws.integer(8, 16) * 500,
    soreSpot: draws.integer(0, replicasFor(f ?? 0) - 1),
  };
}

/** One fault of this kind somewhere in the faults phase. */
export function drawFault(
  definition: FaultDefinition,
  outline: Outline,
  { replicas, draws }: { readonly replicas: readonly string[]; readonly draws: Draws },
): DrawnFault {
  const { f, faultsMs, protocol, soreSpot } = outline;
  const context: DrawingContext = {
    protocol,
    replicas,
    faultsMax: f ?? 0,
    drawInteger: (min, max) => draws.integer(min, max),
    drawVictim: () => drawVictim(replicas, soreSpot, draws),
  };
  const at = draws.integer(0, (faultsMs - LASTING_MS.min) / 100) * 100;
  const longest = Math.min(LASTING_MS.max, faultsMs - at);
  const lasting = draws.integer(LASTING_MS.min / 100, longest / 100) * 100;
  return {
    fault: definition.kind,
    at: `${at}ms`,
    ...(definition.lasting === true ? { for: `${lasting}ms` } : {}),
    ...definition.draw?.(context),
  };
}

function drawVictim(replicas: readonly string[], soreSpot: number, draws: Draws): string {
  const sore = `r${soreSpot}`;
  const others = ["primary", "primary", "backup", "random-f", ...replicas];
  if (replicas.length === 1 || draws.integer(0, 1) === 0) return sore;
  return others[draws.integer(0, others.length - 1)] ?? sore;
}

interface DrawnText {
  readonly outline: Outline;
  readonly faults: readonly DrawnFault[];
  readonly quietMs: number;
  /** Lines of the comment on top. */
  readonly comment: readonly string[];
}

export function scenarioText({ outline, faults, quietMs, comment }: DrawnText): string {
  const { name, seed, protocol, f, durability, checkpointInterval } = outline;
  const { ratePerSecond, clients, keys, faultsMs } = outline;
  const document = new Document({
    apiVersion: API_VERSION,
    kind: "Scenario",
    metadata: { name, labels: { suite: "drawn" } },
    seed,
    cluster: {
      protocol,
      ...(f === undefined ? {} : { f }),
      service: defaults.service,
      durability,
      timers: { request: "1s" },
      checkpointInterval,
      window: 2 * checkpointInterval,
    },
    workload: { rate: `${ratePerSecond}/s`, clients, keys },
    phases: { warmup: `${WARMUP_MS}ms`, faults: `${faultsMs}ms`, quiet: `${quietMs}ms` },
    faults,
    // What the warm-up alone offers: how much of the rest is sent and served depends on the faults.
    expect: {
      verdict: "PASS",
      minOperations: ratePerSecond * (WARMUP_MS / 1_000),
      shed: "100%",
    },
  });
  for (const path of ["metadata", "cluster.timers", "workload", "phases", "expect"]) {
    flow(document.getIn(path.split("."), true));
  }
  for (const index of faults.keys()) flow(document.getIn(["faults", index], true));
  document.commentBefore = comment.map((line) => (line === "" ? "" : ` ${line}`)).join("\n");
  return document.toString({ lineWidth: 100 });
}

/** One section, one line, as people write it. */
function flow(node: unknown): void {
  if (isCollection(node)) node.flow = true;
}
