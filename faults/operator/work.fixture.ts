import type { Endpoint, PlanningContext, Room, Target } from "../fault.ts";

const REPLICAS: readonly Endpoint[] = ["r0", "r1", "r2", "r3"];

export const ONE_ROOM: readonly Room[] = [{ name: "east", ac: "unit-1", replicas: REPLICAS }];

/** A planner with a plain generator: the same draws for the same seed. */
export function planningContext(seed: number, rooms: readonly Room[] = ONE_ROOM): PlanningContext {
  let state = seed;
  const drawInteger = (min: number, max: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return min + (Math.floor(state / 65_536) % (max - min + 1));
  };
  const expand = (target: string): readonly Target[] => (target === "clients" ? ["c0"] : [target]);
  return {
    replicas: REPLICAS,
    clients: ["c0"],
    rooms,
    faultsMax: 1,
    drawInteger,
    expandTargets: (target) => [target].flat().flatMap(expand),
  };
}
