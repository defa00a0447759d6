/** Draws the plan of an explored run from its seed: a scenario, expanded like any other. */
import { faults } from "../../../faults/registry.ts";
import type { Protocol, Tolerance } from "../../../nodes/protocols/contract/protocol.ts";
import type { ServiceDefinition } from "../../../nodes/protocols/contract/service.ts";
import type { Plan } from "../../plan/plan.ts";
import { planFromData } from "../../plan/plan-from-data.ts";
import { executors } from "../../workloads/registry.ts";
import { drawCorruptState } from "./draw-corrupt-state.ts";
import { costKeys } from "./draw-costs.ts";
import { drawFaults } from "./draw-faults.ts";
import { drawLiar, drawSpoiler, type Liar, liesOf, occasionFor } from "./draw-liars.ts";
import { drawMessageType } from "./draw-message-type.ts";
import { drawRare, rareIn, TED } from "./draw-rare.ts";
import { powerCutLoop, type RareWorld, rareWorld, withRareInterval } from "./draw-rare-world.ts";
import { sceneIn, sceneSections } from "./draw-scene.ts";
import { unheardCheckpoint } from "./draw-situations.ts";
import { type DrawnValues, drawValues, withValues } from "./draw-values.ts";
import {
  clusterKeys,
  type DrawnCluster,
  type DrawnLoad,
  drawAuthentication,
  drawCluster,
  drawLoad,
  drawNetwork,
  loadKeys,
  sluggishNetwork,
  wireKeys,
} from "./draw-world.ts";
import { faultsOf, type Strike, shown, type What } from "./drawn-faults.ts";
import type { Arena } from "./drawn-strikes.ts";
import { withQuiet } from "./endings.ts";
import { Random } from "./random.ts";

export interface DrawOptions {
  /** What one replica does; null: drawn too, in most plans nobody lies. */
  readonly behaviour?: string | null;
  /** What one client does; null: drawn too, in most plans all are good. */
  readonly attack?: string | null;
  /** f; null: drawn too. */
  readonly faults?: number | null;
  readonly mutant?: string | null;
  readonly signatures?: "fast" | "ed25519";
  /** Off: work costs nothing in any plan. */
  readonly costs?: "drawn" | "off";
}

/** Of scenarios there are so many. */
const SEEDS = 2 ** 32;

/** In so many plans f replicas never come back by themselves. */
const ABSENT_SHARE = 0.3;
/** In so many the healed network is steady, but slower than the time-outs: they have to grow. */
const SLUGGISH_SHARE = 0.04;
/** In so many no client ever gives up: what it asked for before the heal is owed, too. */
const PATIENT_SHARE = 0.2;
/** In so many of those the load is back at the end. */
const STEADY_SHARE = 0.3;
/** In so many values are long: the state takes several pages. */
const LONG_VALUES_SHARE = 0.01;
const LONG_VALUES_BYTES = 40_000;
/** In so many a small window is full at once, and views change round its checkpoints. */
const TIGHT_SHARE = 0.08;
/** Seven replicas cost four times as much and add little: now and then is enough. */
const LARGE_SHARE = 0.045;
/** Load goes on for a moment: what waits in a view change must not be all there is. */
const LOAD_MS = { usual: 50, besideLiar: 300 } as const;

/** The plan says what it owes, and then how long it is (endings.ts). */
const QUIET_UNTIL_KNOWN = { usual: "600s", large: "2h" } as const;
/** A cluster of more replicas may owe more than ten minutes. */
const USUAL_REPLICAS_MAX = 16;

/** Same seed, protocol, service and options: same plan. */
export function drawPlan(
  seed: number,
  protocol: Protocol,
  service: ServiceDefinition,
  options: DrawOptions = {},
): Plan {
  const sections = sectionsOf(seed, { protocol, service, options });
  return withQuiet(planFromData(sections, { protocol, service, faults, executors }));
}

function sectionsOf(seed: number, drawnFor: DrawnFor): Readonly<Record<string, unknown>> {
  const { protocol, options } = drawnFor;
  const { behaviour, attack, faults: wanted, mutant, signatures = "fast" } = options;
  const isAsked = [behaviour, attack, wanted].some((each) => each !== undefined && each !== null);
  const scene = isAsked ? null : sceneIn(seed, protocol);
  if (scene === null) return new Drawing(seed, drawnFor).sections;
  const { cluster, phases, simulation, ...rest } = sceneSections(seed, scene, drawnFor);
  return {
    metadata: { name: `explored-${protocol.name}-${seed}` },
    seed: seed % SEEDS,
    cluster: { ...cluster, ...(mutant === null || mutant === undefined ? {} : { mutant }) },
    phases: { ...phases, quiet: QUIET_UNTIL_KNOWN.usual },
    simulation: { ...simulation, signatures },
    ...rest,
  };
}

interface DrawnFor {
  readonly protocol: Protocol;
  readonly service: ServiceDefinition;
  readonly options: DrawOptions;
}

/** Everything about one explored run, as the data of a scenario. */
class Drawing {
  readonly #seed: number;
  readonly #for: DrawnFor;
  readonly #random: Random;
  readonly #world: RareWorld;
  readonly #replicas: number;
  readonly #tolerates: Tolerance;
  readonly #chaosMs: number;
  /** The kind of fault that few plans have, where it is its turn. */
  readonly #rare: string | null;

  constructor(seed: number, drawnFor: DrawnFor) {
    const { protocol, options } = drawnFor;
    this.#seed = seed;
    this.#for = drawnFor;
    this.#random = new Random(seed);
    const drawn = this.#random.chance(LARGE_SHARE) ? 2 : 1;
    this.#world = rareWorld(seed, { protocol, drawn, wanted: options.faults ?? null });
    this.#replicas = this.#world.replicas;
    this.#tolerates = protocol.tolerates(this.#replicas);
    this.#rare = rareIn(seed);
    this.#chaosMs = this.#random.integer(1200, this.#rare === TED ? 5_000 : 3_500);
  }

  get sections(): Readonly<Record<string, unknown>> {
    const random = this.#random;
    const sluggish = random.chance(SLUGGISH_SHARE);
    const patient = random.chance(PATIENT_SHARE);
    const tight = random.chance(TIGHT_SHARE);
    const drawn = drawCluster(random, { sluggish, patient });
    const { clock, view } = this.#world;
    const cluster = tight ? withFullWindow(random, drawn) : withRareInterval(drawn, this.#world);
    const drawnNetwork = drawNetwork(random);
    const arena = this.#arena(cluster);
    const values = drawValues(this.#seed, arena);
    const network = { ...drawnNetwork, ...values?.wire };
    const calm = sluggish ? sluggishNetwork(random, cluster.requestMs) : { ...network, loss: 0 };
    const liar = this.#liar(arena);
    const wrong = liar === null ? drawCorruptState(this.#seed, arena, this.#tolerates) : [];
    const hasBad = liar !== null || wrong.length > 0;
    const long = random.chance(LONG_VALUES_SHARE);
    const usual = shaped(drawLoad(random, this.#chaosMs), { tight, long });
    const load = values === null ? usual : withValues(usual, values, this.#chaosMs);
    const fsyncMs = random.pick([0.5, 3, 3, 20]);
    const replicas = this.#replicas;
    // Long values alone take all the time that the slowest machines have.
    const isFree = this.#for.options.costs === "off" || values !== null;
    const prompt = !hasBad && 8 * calm.delayMaxMs + 4 * fsyncMs < cluster.requestMs;
    const steady = patient && prompt && random.chance(STEADY_SHARE);
    return {
      metadata: { name: `explored-${this.#for.protocol.name}-${this.#seed}` },
      seed: this.#seed % SEEDS,
      cluster: this.#clusterKeys(cluster),
      workload: loadKeys(load, this.#for.service),
      phases: this.#phases(cluster, { steady, lies: hasBad }),
      simulation: {
        network: wireKeys(network),
        calm: wireKeys(calm),
        disk: { fsyncMin: "0.1ms", fsyncMax: shown(fsyncMs) },
        ...clock,
        ...view,
        ...(isFree ? {} : costKeys(this.#seed, { load, replicas })),
        padding: `${values?.paddingBytes ?? (long ? LONG_VALUES_BYTES : 0)}B`,
        signatures: this.#for.options.signatures ?? "fast",
      },
      faults: [
        ...faultsOf([...this.#strikes(arena, { tight, liar, values }), ...wrong], this.#chaosMs),
        ...faultsOf(drawMessageType(this.#seed, arena, this.#for.protocol), this.#chaosMs),
        ...(liar === null ? [] : liesOf(liar, random, arena)),
        ...this.#absent(hasBad),
        ...this.#spoiler(arena),
        ...(this.#rare === null ? [] : drawRare(this.#rare, random, arena)),
      ],
      // What completes in random trouble, and how much of the load, is nobody's promise.
      expect: { minOperations: 0, shed: "100%" },
    };
  }

  #clusterKeys(cluster: DrawnCluster): Readonly<Record<string, unknown>> {
    const { protocol, service, options } = this.#for;
    const { mutant } = options;
    return {
      protocol: protocol.name,
      n: this.#replicas,
      service: service.name,
      durability: this.#random.chance(0.8) ? "group-commit" : "fsync-each",
      audit: "full",
      ...clusterKeys(cluster),
      ...drawAuthentication(this.#random, protocol),
      ...(mutant === null || mutant === undefined ? {} : { mutant }),
    };
  }

  #phases(
    { requestMs, statusMs }: DrawnCluster,
    { steady, lies }: { readonly steady: boolean; readonly lies: boolean },
  ): Readonly<Record<string, string>> {
    return {
      warmup: "0ms",
      faults: shown(this.#chaosMs),
      quiet: QUIET_UNTIL_KNOWN[this.#replicas > USUAL_REPLICAS_MAX ? "large" : "usual"],
      load: shown(lies ? LOAD_MS.besideLiar : LOAD_MS.usual),
      ...(steady ? { steady: shown(3 * requestMs) } : {}),
      rest: shown(2 * (requestMs + statusMs) + 1),
    };
  }

  #arena({ requestMs }: DrawnCluster): Arena {
    const { name: protocol } = this.#for.protocol;
    const faultsMax = this.#tolerates.crashed;
    return { protocol, replicas: this.#replicas, faultsMax, chaosMs: this.#chaosMs, requestMs };
  }

  #strikes(
    arena: Arena,
    {
      tight,
      liar,
      values,
    }: {
      readonly tight: boolean;
      readonly liar: Liar | null;
      readonly values: DrawnValues | null;
    },
  ): readonly Strike[] {
    const random = this.#random;
    const occasion = liar === null ? [] : occasionFor(liar, random, arena);
    const struck = drawFaults(random, arena);
    const drawn = [...struck, ...occasion];
    if (values !== null) return [...values.strikes, ...drawn.slice(0, random.integer(0, 2))];
    if (liar?.reigns) return [...occasion, ...struck.slice(0, random.integer(0, 2))];
    if (!tight && this.#world.checkpointInterval !== null) {
      return [...powerCutLoop(this.#seed, arena), ...drawn];
    }
    if (!tight) return drawn;
    return [...unheardCheckpoint(random, arena), ...drawn.slice(0, random.integer(0, 2))];
  }

  #liar(arena: Arena): Liar | null {
    if (this.#tolerates.byzantine === 0) return null;
    const { behaviour: asked = null } = this.#for.options;
    return drawLiar({ random: this.#random, arena }, { seed: this.#seed, asked });
  }

  #spoiler(arena: Arena): readonly What[] {
    const { attack: asked = null } = this.#for.options;
    return drawSpoiler({ random: this.#random, arena }, { seed: this.#seed, asked });
  }

  /** The others owe liveness without them: |B and C| <= f, or nothing would be owed. */
  #absent(besideLiar: boolean): readonly What[] {
    const random = this.#random;
    const all = Array.from({ length: this.#replicas }, (_, id) => `r${id}`);
    const most = random.chance(ABSENT_SHARE) ? this.#tolerates.crashed : 0;
    const target = random.some(all, most).slice(besideLiar ? 1 : 0);
    const at = shown(this.#chaosMs - 1);
    return target.length === 0 ? [] : [{ fault: "crash", at, for: "quiet", target }];
  }
}

/** Repeated to all at once, so that everybody waits for what was asked before the darkness. */
function withFullWindow(random: Random, cluster: DrawnCluster): DrawnCluster {
  const impatient = { clientMs: random.integer(5, 20), clientCapMs: 100 };
  const small = { checkpointInterval: 4, window: 8, batchMax: 1, pipeline: 8, maxBatchDelayMs: 0 };
  return { ...cluster, ...impatient, ...small };
}

/**
 * Tight: all clients together fill what lies above the first checkpoint, a number for each request.
 * Long values are overwritten, not appended to: the state stays a few pages long.
 */
function shaped(
  load: DrawnLoad,
  { tight, long }: { readonly tight: boolean; readonly long: boolean },
): DrawnLoad {
  const full = { ratePerSecond: null, operationsMax: 150, clients: 6 };
  return {
    ...load,
    ...(tight ? full : {}),
    ...(long ? { mix: { read: 0.3, write: 0.5, cas: 0.2 } } : {}),
  };
}
