/**
 * The closed schema of a scenario file, built from the vocabulary. Defaults stand here, as a user
 * would write them; those that depend on other keys are filled in by the plan.
 */
import { z } from "zod";
import { duration, percent, ratePerSecond, size } from "../../faults/units.ts";
import type { OperationKind } from "../../nodes/protocols/service.ts";
import type { ScenarioVocabulary } from "./scenario.ts";

export const API_VERSION = "bft-chaos/v1";

/** Seeds are 32 bits wide: the generator would silently repeat itself beyond. */
export const SEED_MAX = 4_294_967_295;

const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, {
  error: "a name has lower-case letters, digits and hyphens (63 at most): primary-partition",
});

const lasting = duration.refine((ms) => ms > 0, {
  error: "a duration above 0, with a unit: 250ms, 1s, 2m or 1h",
});

const whole = (min: number, max: number) => z.int().min(min).max(max);

const metadata = z.strictObject({
  name,
  labels: z.record(z.string(), z.string()).prefault({}),
});

const timers = z.strictObject({
  request: lasting.prefault("1s"),
  status: lasting.prefault("150ms"),
  client: lasting.prefault("400ms"),
  clientCap: lasting.prefault("2s"),
});

const phases = z.strictObject({
  warmup: duration.prefault("1s"),
  faults: duration.prefault("8s"),
  quiet: lasting.prefault("15s"),
});

// The verdicts and the durabilities are written as literals again here, because the arrow forbids
// this stage to import the plan; `expand` would not type-check if they differed.
const expectation = z.strictObject({
  verdict: z
    .enum(["PASS", "FAIL", "LIVENESS_MISS", "HALTED_SAFELY", "OUT_OF_CONTRACT", "INCONCLUSIVE"])
    .prefault("PASS"),
  check: z.string().min(1).optional(),
  recoverWithin: lasting.optional(),
  minOperations: whole(0, 1_000_000_000).prefault(1),
  viewChanges: z
    .strictObject({ min: whole(0, 1_000_000).prefault(0), max: whole(0, 1_000_000).optional() })
    .prefault({}),
});

function cluster({ protocols, services }: ScenarioVocabulary) {
  const service = z.enum(services.map((entry) => entry.name));
  return z.strictObject({
    protocol: z.enum(protocols.map((entry) => entry.name)).prefault("pbft-sig"),
    f: whole(0, 20).optional(),
    n: whole(1, 61).optional(),
    service: z
      .union([
        service,
        z.strictObject({
          name: service,
          argumentBytes: size.prefault("0B"),
          resultBytes: size.prefault("0B"),
        }),
      ])
      .prefault("kv"),
    durability: z.enum(["none", "group-commit", "fsync-each"]).prefault("group-commit"),
    timers: timers.prefault({}),
    operationTimeout: lasting.prefault("10s"),
    checkpointInterval: whole(1, 1_000_000).prefault(128),
    window: whole(1, 10_000_000).prefault(256),
    batchMax: whole(1, 10_000).prefault(64),
    pipeline: whole(1, 10_000).prefault(4),
    links: z.enum(["proxied", "direct"]).prefault("proxied"),
    audit: z.enum(["full", "decisions", "off"]).prefault("decisions"),
    mutant: z.string().min(1).optional(),
  });
}

function workload({ services }: ScenarioVocabulary) {
  const kinds = [...new Set(services.flatMap((service) => service.operations))];
  const shares = kinds.map((kind) => [kind, percent.optional()] as const);
  return z.strictObject({
    executor: z.enum(["constant-arrival-rate", "closed-loop"]).prefault("constant-arrival-rate"),
    rate: ratePerSecond
      .refine((perSecond) => perSecond > 0, { error: "a rate above 0: 200/s" })
      .optional(),
    clients: whole(1, 1_024).prefault(8),
    keys: whole(1, 1_000_000).prefault(64),
    skew: z.number().min(0).max(10).prefault(0),
    mix: z
      .strictObject(Object.fromEntries(shares) as Record<OperationKind, (typeof shares)[number][1]>)
      .optional(),
    operationsMax: whole(1, 1_000_000_000).optional(),
  });
}

export interface FaultSection {
  readonly name: string | undefined;
  readonly fault: string;
  readonly atMs: number;
  /** 0 for a fault that does not last; null = to the end of the faults phase. */
  readonly forMs: number | null;
  /** What the fault's own schema made of the other keys. */
  readonly keys: Readonly<Record<string, unknown>>;
}

/** What the loop below adds to every fault's own keys; the compiler cannot follow it. */
interface CommonKeys {
  readonly name?: string;
  readonly fault: string;
  readonly at: number;
  readonly for?: number;
}

/** One alternative per fault, told apart by `fault`. */
function fault({ faults }: ScenarioVocabulary) {
  const alternatives = faults.map(({ kind, schema, lasting: isLasting }) => {
    const common = schema.safeExtend({
      name: name.optional(),
      fault: z.literal(kind),
      at: duration,
    });
    return isLasting ? common.safeExtend({ for: lasting.optional() }) : common;
  });
  const [first, ...others] = alternatives;
  if (first === undefined) throw new RangeError("a vocabulary needs at least one fault");
  const lasts = new Map(faults.map((definition) => [definition.kind, definition.lasting]));
  return z.discriminatedUnion("fault", [first, ...others]).transform((parsed): FaultSection => {
    const { name, fault: kind, at, for: forMs = null, ...keys } = parsed as unknown as CommonKeys;
    return { name, fault: kind, atMs: at, forMs: lasts.get(kind) === true ? forMs : 0, keys };
  });
}

/** Every section can also be parsed alone, through `.shape`. */
export function scenarioSchema(vocabulary: ScenarioVocabulary) {
  return z.strictObject({
    apiVersion: z.literal(API_VERSION),
    kind: z.literal("Scenario"),
    metadata,
    seed: whole(0, SEED_MAX).prefault(1),
    cluster: cluster(vocabulary).prefault({}),
    workload: workload(vocabulary).prefault({}),
    phases: phases.prefault({}),
    faults: z.array(fault(vocabulary)).prefault([]),
    expect: expectation.prefault({}),
  });
}

export type ScenarioSchema = ReturnType<typeof scenarioSchema>;
export type ScenarioSections = z.output<ScenarioSchema>;

/** The JSON Schema that editors read; see `scenarios/schema.json`. */
export function scenarioJsonSchema(vocabulary: ScenarioVocabulary): unknown {
  return z.toJSONSchema(scenarioSchema(vocabulary), { io: "input" });
}
