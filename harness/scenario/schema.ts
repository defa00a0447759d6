/**
 * The closed schema of a scenario file, built from the vocabulary. Defaults stand here, as a user
 * would write them; those that depend on other keys are filled in by the plan.
 */
import { z } from "zod";
import type { DoneInItself } from "../../faults/fault.ts";
import * as units from "../../faults/units.ts";
import { AUDIT_LEVELS } from "../../nodes/protocols/contract/audit.ts";
import { DURABILITIES } from "../../nodes/protocols/contract/durability.ts";
import {
  BATCH_REQUESTS_MAX,
  OPERATION_BYTES_MAX,
  RESULT_BYTES_MAX,
} from "../../nodes/protocols/contract/limits.ts";
import type { OperationKind } from "../../nodes/protocols/contract/service.ts";
import { CLIENT_AUTHS, REPLY_AUTHS, REQUEST_ATS } from "../../nodes/protocols/contract/traits.ts";
import { defaults } from "../../nodes/registry.ts";
import { type AbsentKeys, absentKeys } from "./absent-keys.ts";
import { executorKeys, executorsWith } from "./executor-words.ts";
import { type Repeat, repeatSchema, repeatsWhole } from "./repeat.ts";
import { simulation } from "./simulation.ts";
import { VERDICTS } from "./verdict.ts";
import type { ScenarioVocabulary } from "./vocabulary.ts";
import { type WhenSection, whenSchema } from "./when.ts";

export const API_VERSION = "bft-chaos/v1";
export const KIND = "Scenario";

/** Seeds are 32 bits wide: the generator would silently repeat itself beyond. */
export const SEED_MAX = 4_294_967_295;

const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, {
  error: "a name has lower-case letters, digits and hyphens (63 at most): primary-partition",
});

const { percent } = units;

/** A day: a run is watched by somebody, and time in nanoseconds must stay exact. */
const DURATION_MS_MAX = 24 * 3_600_000;
export const FAULTS_MAX = 10_000;

const duration = units.duration.refine((ms) => ms <= DURATION_MS_MAX, {
  error: "a duration of 24h at most",
});

const sizeUpTo = (bytesMax: number) =>
  units.size.refine((bytes) => Number.isInteger(bytes) && bytes <= bytesMax, {
    error: `whole bytes, ${bytesMax}B at most`,
  });

const lasting = duration.refine((ms) => ms > 0, {
  error: "a duration above 0, with a unit: 250ms, 1s, 2m or 1h",
});

const whole = (min: number, max: number) => z.int().min(min).max(max);

const metadata = z.strictObject({
  name: name.describe("names the run store's folder"),
  labels: z.record(z.string(), z.string()).prefault({}).describe("free words for your own tables"),
});

const timers = z.strictObject({
  request: lasting
    .prefault("1s")
    .describe(
      "how long a request may wait before the replicas change the view; a link delayed by a fifth of it counts as away",
    ),
  status: lasting.prefault("150ms").describe("period of STATUS, of the polls and of the proofs"),
  client: lasting.prefault("400ms").describe("a client's first retransmission; doubles"),
  clientCap: lasting.prefault("2s").describe("a client's longest pause between retransmissions"),
});

const phases = z.strictObject({
  warmup: duration.prefault("1s").describe("load without faults"),
  faults: duration.prefault("8s").describe("the time that `at` counts in"),
  quiet: lasting
    .prefault("15s")
    .describe(
      "at most this long for recovery, and no shorter than the recovery bound that `plan` shows",
    ),
  load: duration
    .optional()
    .describe(
      "how long the load goes on in `quiet`, and not to its end; a third of it, 2s at most, if not given",
    ),
  steady: lasting
    .optional()
    .describe(
      "once converged, so long under load again, in which a view that nobody has given up stays",
    ),
  rest: lasting
    .optional()
    .describe(
      "convergence holds for so long, its view with it; two periods of STATUS if not given",
    ),
});

const expectation = z.strictObject({
  verdict: z.enum(VERDICTS).prefault("PASS").describe("what the run must come to"),
  check: z.string().min(1).optional().describe("the check that must catch a planted bug"),
  recoverWithin: lasting
    .optional()
    .describe(
      "recovery at most: from the last heal to the next answer, as far as somebody waited for it",
    ),
  minOperations: whole(0, 1_000_000_000)
    .prefault(1)
    .describe(
      "operations completed while progress was owed, in all; of every such window its share, by its " +
        "time under load beyond the recovery bound, and one at least if it is longer than that",
    ),
  shed: percent
    .prefault("5%")
    .describe("how much of the arrivals may never be sent; beyond it the run is INCONCLUSIVE"),
  degraded: percent
    .prefault("50%")
    .describe(
      "how much of the fault-free throughput is left, at least, while no more than f backups are crashed",
    ),
  viewChanges: z
    .strictObject({
      min: whole(0, 1_000_000)
        .prefault(0)
        .describe("views that the replicas enter, at least; fewer make the run INCONCLUSIVE"),
      max: whole(0, 1_000_000)
        .optional()
        .describe("views that they enter, at most; more are a LIVENESS_MISS"),
    })
    .prefault({}),
});

const rooms = z
  .record(name, z.strictObject({ ac: name.optional(), replicas: z.array(z.string()).min(1) }))
  .optional()
  .describe(
    "where the replicas stand: `{ east: { ac: unit-1, replicas: [r0, r1] }, ... }`; those not " +
      "named stand in one room, and each room has an air conditioning of its own unless it names one",
  );

/** What stands behind the messages of clients and to them. */
const authentication = {
  replyAuth: z
    .enum(REPLY_AUTHS)
    .prefault("mac")
    .describe("what stands behind a reply where messages are signed"),
  clientAuth: z
    .enum(CLIENT_AUTHS)
    .optional()
    .describe(
      "what stands behind a request; where everything is signed `signature`, elsewhere `mac` if " +
        "not given; `pbft-mac` has both",
    ),
  requestAt: z
    .enum(REQUEST_ATS)
    .optional()
    .describe(
      "what a primary waits for before it proposes a request: its own certainty (`K1`), or that of " +
        "everybody (`K2`, a delay more); `pbft-relay` has both, `K1` if not given",
    ),
};

function cluster({ protocols, services }: ScenarioVocabulary) {
  const service = z.enum(services.map((entry) => entry.name));
  return z.strictObject({
    protocol: z
      .enum(protocols.map((entry) => entry.name))
      .prefault(defaults.protocol)
      .describe("what the replicas speak"),
    f: whole(0, 10)
      .optional()
      .describe("how many faulty replicas are tolerated; 1 if `n` is not given either"),
    n: whole(1, 31).optional().describe("number of replicas; 3f + 1 if not given"),
    service: z
      .union([
        service,
        z.strictObject({
          name: service,
          argumentBytes: sizeUpTo(OPERATION_BYTES_MAX).prefault("0B"),
          resultBytes: sizeUpTo(RESULT_BYTES_MAX).prefault("0B"),
        }),
      ])
      .prefault(defaults.service)
      .describe(
        "what they replicate; `{ name, argumentBytes, resultBytes }` sizes the null operation",
      ),
    durability: z
      .enum(DURABILITIES)
      .prefault("group-commit")
      .describe("when the log reaches the disk; `none` forgets everything at a crash"),
    timers: timers.prefault({}),
    operationTimeout: lasting.prefault("10s").describe("then an operation's outcome is unknown"),
    checkpointInterval: whole(1, 32_768)
      .prefault(128)
      .describe("sequence numbers between two checkpoints"),
    window: whole(1, 65_536)
      .prefault(256)
      .describe(
        "sequence numbers in flight above the last stable checkpoint; twice the interval at least",
      ),
    batchMax: whole(1, BATCH_REQUESTS_MAX).prefault(64).describe("requests in a batch"),
    maxBatchDelay: duration
      .optional()
      .describe(
        "how long a batch waits behind what is in flight, at most; a tenth of `timers.request` if not given",
      ),
    pipeline: whole(1, 10_000).prefault(4).describe("batches proposed but not executed"),
    ...authentication,
    links: z
      .enum(["proxied", "direct"])
      .prefault("proxied")
      .describe("direct: without Toxiproxy, so without network faults"),
    rooms,
    audit: z
      .enum(AUDIT_LEVELS)
      .prefault("decisions")
      .describe("what each replica writes down for the checkers"),
    mutant: z
      .string()
      .min(1)
      .optional()
      .describe("a planted bug to run with: the cluster starts from a changed copy of the code"),
  });
}

function workload({ services, executors }: ScenarioVocabulary) {
  const kinds = [...new Set(services.flatMap((service) => service.operations))];
  const shares = kinds.map((kind) => [kind, percent.optional()] as const);
  return z.strictObject({
    generator: z
      .enum(["built-in", "k6"])
      .prefault("built-in")
      .describe("who makes the load; `k6` plays a script of yours"),
    script: z
      .string()
      .min(1)
      .optional()
      .describe("the script for k6, one file, found from the scenario's folder"),
    executor: z
      .enum(executors.map((entry) => entry.name))
      .prefault(executors[0]?.name ?? "")
      .describe(executors.map(({ summary }) => summary).join(", or ")),
    ...ownKeys(executors),
    clients: whole(1, 1_024)
      .prefault(8)
      .describe("logical clients, each with one operation at a time"),
    keys: whole(1, 1_000_000).prefault(64).describe("size of the key space"),
    skew: z
      .number()
      .min(0)
      .max(10)
      .prefault(0)
      .describe("Zipf exponent of the key choice; 0 = uniform"),
    mix: z
      .strictObject(Object.fromEntries(shares) as Record<OperationKind, (typeof shares)[number][1]>)
      .optional()
      .describe("shares of the kinds of operations; they add up to 100%"),
  });
}

/** Each says whose it is; `inconsistencies` finds those of other executors than the chosen one. */
function ownKeys(executors: ScenarioVocabulary["executors"]): Readonly<Record<string, z.ZodType>> {
  const keys = Object.entries(executorKeys(executors)).map(([key, schema]) => {
    const whose = executorsWith(key, executors).join(", ");
    const { description } = z.globalRegistry.get(schema) ?? {};
    return [key, schema.describe(`${description}; only for ${whose}`)] as const;
  });
  return Object.fromEntries(keys);
}

export interface FaultSection {
  readonly name: string | undefined;
  readonly fault: string;
  /** 0 where it waits for something. */
  readonly atMs: number;
  /** What it waits for in place of a time; null = nothing. */
  readonly when: WhenSection | null;
  /** 0 for a fault that does not last; null = to the end of the faults phase. */
  readonly forMs: number | null;
  /** It goes on beyond the faults phase, until the others have converged without it. */
  readonly outlasts: boolean;
  /** So often, one after the other; null = once. */
  readonly repeat: Repeat | null;
  /** What the fault's own schema made of the other keys. */
  readonly keys: Readonly<Record<string, unknown>>;
}

/** What the loop below adds to every fault's own keys; the compiler cannot follow it. */
interface CommonKeys {
  readonly name?: string;
  readonly fault: string;
  readonly at?: number;
  readonly when?: WhenSection;
  readonly for?: number | typeof QUIET;
  readonly repeat?: Repeat;
}

/** In the words of JSON Schema, for editors; `beginsOnce` is what judges. */
const BEGINS_ONCE = {
  oneOf: [
    { type: "object", properties: { at: {} }, required: ["at"] },
    { type: "object", properties: { when: {} }, required: ["when"] },
  ],
};

function beginsOnce(
  { at, when }: { readonly at?: unknown; readonly when?: unknown },
  issues: z.RefinementCtx,
): void {
  if ((at === undefined) !== (when === undefined)) return;
  const message = "allowed: exactly one of at and when";
  issues.addIssue({ code: "custom", path: [at === undefined ? "at" : "when"], message });
}

/** Into the quiet phase, which begins without its end. */
const QUIET = "quiet";

/** Of a fault that lasts: how long, and how often. A key of its own: a trickle has an `every`. */
const lastingKeys = {
  for: z.union([lasting, z.literal(QUIET)]).optional(),
  repeat: repeatSchema(lasting).optional(),
};

/** Whoever knows them from other faults looks for them here as well. */
function absentFrom(kind: string, { over }: DoneInItself): AbsentKeys {
  const why = `${kind} does not last: ${over}`;
  const again = `${why}; write it a second time, with an \`at\` or a \`when\` of its own`;
  return { for: `${why}; leave it out`, repeat: again, every: again };
}

/** One alternative per fault, told apart by `fault`. */
function fault({ faults }: ScenarioVocabulary) {
  const when = whenSchema({ duration, name }).meta({
    id: "when",
    description: "what it waits for, in place of `at`",
  });
  const alternatives = faults.map(({ kind, schema, lasting: isLasting }) => {
    const common = schema.safeExtend({
      name: name.optional(),
      fault: z.literal(kind),
      at: duration.optional(),
      when: when.optional(),
    });
    if (isLasting !== true) {
      const once = common.superRefine(beginsOnce).meta(BEGINS_ONCE);
      return once.register(absentKeys, absentFrom(kind, isLasting));
    }
    const lasts = common.safeExtend(lastingKeys).superRefine(repeatsWhole);
    return lasts.superRefine(beginsOnce).meta(BEGINS_ONCE);
  });
  const [first, ...others] = alternatives;
  if (first === undefined) throw new RangeError("a vocabulary needs at least one fault");
  const lasts = new Map(faults.map((definition) => [definition.kind, definition.lasting]));
  return z.discriminatedUnion("fault", [first, ...others]).transform((parsed): FaultSection => {
    const common = parsed as unknown as CommonKeys;
    const { name, fault: kind, at: atMs = 0, when = null, for: ends = null, ...more } = common;
    const { repeat = null, ...keys } = more;
    const outlasts = ends === QUIET;
    const lastsMs = ends === QUIET ? null : ends;
    const forMs = lasts.get(kind) === true ? lastsMs : 0;
    return { name, fault: kind, atMs, when, forMs, outlasts, repeat, keys };
  });
}

/** Building one takes longer than parsing a file with it. */
const built = new WeakMap<ScenarioVocabulary, ScenarioSchema>();

/** Every section can also be parsed alone, through `.shape`. */
export function scenarioSchema(vocabulary: ScenarioVocabulary): ScenarioSchema {
  const schema = built.get(vocabulary) ?? buildSchema(vocabulary);
  built.set(vocabulary, schema);
  return schema;
}

function buildSchema(vocabulary: ScenarioVocabulary) {
  return z.strictObject({
    apiVersion: z.literal(API_VERSION),
    kind: z.literal(KIND),
    metadata,
    seed: whole(0, SEED_MAX).prefault(1).describe("everything drawn at random comes from it"),
    cluster: cluster(vocabulary).prefault({}),
    workload: workload(vocabulary).prefault({}),
    phases: phases.prefault({}),
    simulation: simulation.optional(),
    faults: z.array(fault(vocabulary)).max(FAULTS_MAX).prefault([]),
    expect: expectation.prefault({}),
  });
}

export type ScenarioSchema = ReturnType<typeof buildSchema>;
export type ScenarioSections = z.output<ScenarioSchema>;

/** The JSON Schema that editors read; see `scenarios/schema.json`. */
export function scenarioJsonSchema(vocabulary: ScenarioVocabulary): unknown {
  return z.toJSONSchema(scenarioSchema(vocabulary), { io: "input" });
}
