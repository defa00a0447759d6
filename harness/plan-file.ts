/** A plan as a file by itself: what `explore` and `shrink` leave, and `run` plays again. */
import { writeFileSync } from "node:fs";
import { z } from "zod";
import { faults } from "../faults/registry.ts";
import { protocols, services } from "../nodes/registry.ts";
import { parsedAs, readJson, refusalOf } from "./kept-file.ts";
import type { Plan } from "./plan/plan.ts";
import { REPLICAS_MAX } from "./plan/reach.ts";
import { type Endpoints, endpointsOf, strangersIn } from "./plan/targets.ts";
import { unknownName } from "./scenario/closest.ts";
import { events, FAULT_EVENTS } from "./scenario/events.ts";
import { VERDICTS } from "./scenario/verdict.ts";
import { type Finding, findingsOf } from "./scenario/wording.ts";
import { executors } from "./workloads/registry.ts";

const ms = z.number().min(0);
const aWhile = z.number().positive();
const several = z.int().min(1);
const share = z.number().min(0).max(1);

const wire = z.looseObject({
  delayMinMs: ms,
  delayMaxMs: ms,
  loss: share,
  duplication: share,
  reordering: share,
  reconnectMaxMs: ms,
  queueMax: z.int().min(0),
});

const simulation = z.looseObject({
  network: wire,
  calm: wire.optional(),
  disk: z.looseObject({ fsyncMinMs: ms, fsyncMaxMs: ms }),
  costs: z.record(z.string(), ms).optional(),
  clockMs: ms.optional(),
  view: z.int().min(0).optional(),
  paddingBytes: z.int().min(0),
});

const parameters = z.looseObject({
  epoch: z.int().min(0),
  replicas: several.max(REPLICAS_MAX),
  faultsMax: z.int().min(0),
  timers: z.looseObject({
    requestMs: aWhile,
    statusMs: aWhile,
    clientMs: aWhile,
    clientCapMs: aWhile,
  }),
  operationTimeoutMs: aWhile,
  checkpointInterval: several,
  window: several,
  batchMax: several,
  pipeline: several,
});

const names = (all: readonly { readonly name: string }[]) => z.enum(all.map(({ name }) => name));

const when = z.discriminatedUnion("kind", [
  z.looseObject({ kind: z.literal("event"), event: names(events) }),
  z.looseObject({ kind: z.enum(Object.keys(FAULT_EVENTS)), entry: z.string() }),
]);

const entry = z
  .looseObject({
    id: z.string(),
    fault: z.string(),
    atMs: ms,
    durationMs: ms,
    resolved: z.looseObject({}).nullable(),
    when: when.optional(),
    notApplicable: z.string().optional(),
  })
  .refine(({ resolved, notApplicable }) => resolved !== null || notApplicable !== undefined, {
    path: ["resolved"],
    error: "a map of keys; null only where the fault is not applicable",
  });

/** What every player reads of it. */
const shape = z.looseObject({
  version: z.literal(1),
  scenario: z.string().regex(/^[\w.-]{1,100}$/, "a name: letters, digits and hyphens"),
  seed: z.int().min(0),
  cluster: z.looseObject({
    protocol: names(protocols),
    mutant: z.string().nullable(),
    service: z.looseObject({ name: names(services) }),
    tolerates: z.looseObject({ byzantine: z.int().min(0), crashed: z.int().min(0) }),
    parameters,
  }),
  workload: z.looseObject({
    executor: names([...executors, { name: "k6" }]),
    clients: several,
    keys: several,
    ratePerSecond: ms,
    mix: z.record(z.string(), share),
  }),
  phases: z.strictObject({ warmupMs: ms, faultsMs: ms, quietMs: ms }),
  simulation: simulation.optional(),
  entries: z.array(entry),
  expect: z.looseObject({ verdict: z.enum(VERDICTS) }),
  recoveryBound: z.looseObject({ totalMs: ms, parts: z.record(z.string(), ms) }),
});

/** Of a scenario it is told by its name. */
export function isPlanFile(path: string): boolean {
  return path.endsWith(".json");
}

const WHOLE = "no plan; `explore` and `shrink` keep such, and plan.json of a run store is one";

/** What the shape leaves out shows when it is played. */
const plan = z.custom<Plan>();

/** @throws ScenarioError if there is no plan in it */
export function readPlanFile(path: string): Plan {
  const value = readJson(path);
  const { entries, cluster, phases } = parsedAs(shape, value, { where: path, whole: WHOLE });
  const ids = entries.map(({ id }) => id);
  const findings = entries.flatMap((each, index) => {
    const found = [
      ...timeFindings(each, phases, ids),
      ...resolvedFindings(each, endpointsOf(cluster.parameters)),
    ];
    return found.map((finding) => ({ ...finding, path: ["entries", index, ...finding.path] }));
  });
  if (findings.length > 0) throw refusalOf({ where: path, whole: WHOLE }, findings);
  return plan.parse(value);
}

/** It begins while faults do, and waits for another one that is there. */
function timeFindings(
  { id, atMs, when: trigger }: z.output<typeof entry>,
  { faultsMs }: Pick<Plan["phases"], "faultsMs">,
  ids: readonly string[],
): readonly Finding[] {
  if (atMs > faultsMs) {
    const message = `found ${atMs}; allowed: within phases.faultsMs, ${faultsMs}`;
    return [{ path: ["atMs"], message }];
  }
  if (trigger === undefined || !("entry" in trigger)) return [];
  const others = ids.filter((other) => other !== id);
  if (others.includes(String(trigger.entry))) return [];
  return [{ path: ["when", "entry"], message: unknownName(String(trigger.entry), others) }];
}

/** What only its kind of fault reads, by that kind's own schema; whom it names must be there. */
function resolvedFindings(
  { fault: kind, resolved, notApplicable }: z.output<typeof entry>,
  endpoints: Endpoints,
): readonly Finding[] {
  const definition = faults.find((fault) => fault.kind === kind);
  if (definition === undefined) {
    const kinds = faults.map((fault) => fault.kind);
    return [{ path: ["fault"], message: unknownName(kind, kinds) }];
  }
  if (notApplicable !== undefined) return [];
  const { error } = definition.resolved.safeParse(resolved);
  const findings =
    error === undefined
      ? strangersIn(resolved, endpoints)
      : findingsOf(error.issues, resolved, definition.resolved);
  return findings.map(({ path, message }) => ({ path: ["resolved", ...path], message }));
}

export function writePlanFile(path: string, whole: Plan): void {
  writeFileSync(path, `${JSON.stringify(whole, null, 2)}\n`);
}
