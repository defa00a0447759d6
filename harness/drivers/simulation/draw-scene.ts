/** A plan that is drawn as a whole (`scenes/`), in seeds in which nothing else has its turn. */
import type { Protocol } from "../../../nodes/protocols/contract/protocol.ts";
import type { ServiceDefinition } from "../../../nodes/protocols/contract/service.ts";
import { CORRUPT_STATES } from "./draw-corrupt-state.ts";
import { LYING, SPOILING } from "./draw-liars.ts";
import { STRUCK_TYPES } from "./draw-message-type.ts";
import { RARITIES } from "./draw-rare.ts";
import { LONG_VALUES } from "./draw-values.ts";
import {
  clusterKeys,
  type DrawnWire,
  drawAuthentication,
  drawCluster,
  drawLoad,
  loadKeys,
  wireKeys,
} from "./draw-world.ts";
import { shown } from "./drawn-faults.ts";
import { Random } from "./random.ts";
import { laterScenes, latestScenes, newestScenes, scenes } from "./scenes/registry.ts";
import type { DrawScene } from "./scenes/scene.ts";
import { inTurn, isTurn } from "./turns.ts";

const STREAM = 75;
const TURNS = { share: 0.25, stride: 29 };
const LATER_TURNS = { share: 0.07, stride: 33 };
const LATEST_TURNS = { share: 0.07, stride: 23 };
const NEWEST_TURNS = { share: 0.07, stride: 49 };
const OTHERS = [LYING, SPOILING, STRUCK_TYPES, RARITIES, LONG_VALUES, CORRUPT_STATES];

/** Null: none; most plans are drawn part by part. */
export function sceneIn(seed: number, protocol: Protocol): DrawScene | null {
  if (protocol.tolerates(protocol.replicasFor(1)).byzantine === 0) return null;
  const isOthers = OTHERS.some((turns) => isTurn(seed, turns));
  if (isOthers) return null;
  return (
    inTurn(seed, TURNS, scenes) ??
    inTurn(seed, LATER_TURNS, laterScenes) ??
    inTurn(seed, LATEST_TURNS, latestScenes) ??
    inTurn(seed, NEWEST_TURNS, newestScenes)
  );
}

/** Nothing but what is played makes anybody wait. */
function steadyWire(random: Random): DrawnWire {
  const delayMinMs = random.real(0.2, 2);
  const delayMaxMs = delayMinMs + random.pick([0.5, 3]);
  const nothingElse = { loss: 0, duplication: 0, reordering: 0, reconnectMs: 10, queue: 1000 };
  return { delayMinMs, delayMaxMs, ...nothingElse };
}

function diskKeys(maxMs: number): Readonly<Record<string, string>> {
  return { fsyncMin: shown(Math.min(0.1, maxMs)), fsyncMax: shown(maxMs) };
}

/** What its seed, its planted bug and its name are added to. */
type SceneSections = Readonly<
  Record<"cluster" | "workload" | "phases" | "simulation" | "expect", object> &
    Record<"faults", readonly object[]>
>;

/** The sections of a scenario, but for its seed and name. */
export function sceneSections(
  seed: number,
  draw: DrawScene,
  { protocol, service }: { readonly protocol: Protocol; readonly service: ServiceDefinition },
): SceneSections {
  const random = new Random(seed, STREAM);
  const replicas = protocol.replicasFor(1);
  const faultsMax = protocol.tolerates(replicas).crashed;
  const { requestAts } = protocol.traits;
  const scene = draw(random, { protocol: protocol.name, replicas, faultsMax, requestAts });
  const cluster = { ...drawCluster(random, { sluggish: false, patient: false }), ...scene.cluster };
  const wire = wireKeys({ ...steadyWire(random), ...scene.wire });
  const { requestMs, statusMs } = cluster;
  return {
    cluster: {
      protocol: protocol.name,
      n: replicas,
      service: service.name,
      durability: "group-commit",
      audit: "full",
      ...clusterKeys(cluster),
      ...drawAuthentication(random, protocol),
      ...(requestAts.some((each) => each === scene.requestAt)
        ? { requestAt: scene.requestAt }
        : {}),
    },
    workload: loadKeys({ ...drawLoad(random, scene.chaosMs), ...scene.load }, service),
    phases: {
      warmup: "0ms",
      faults: shown(scene.chaosMs),
      load: shown(scene.loadMs),
      rest: shown(2 * (requestMs + statusMs) + 1),
    },
    simulation: {
      network: wire,
      calm: wire,
      disk: diskKeys(scene.fsyncMaxMs ?? random.pick([0.5, 3])),
      padding: `${scene.paddingBytes ?? 0}B`,
    },
    faults: scene.faults,
    expect: {
      minOperations: 0,
      shed: "100%",
      ...(scene.viewsLeftMax === undefined ? {} : { viewChanges: { max: scene.viewsLeftMax } }),
    },
  };
}
