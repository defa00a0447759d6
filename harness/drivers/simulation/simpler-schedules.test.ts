import { expect, test } from "vitest";
import { pbftSig } from "../../../nodes/protocols/pbft/variants/pbft-sig.ts";
import { shrink } from "../../plan/shrink.ts";
import { drawSchedule } from "./draw-schedule.ts";
import type { Schedule } from "./schedule.ts";
import { simplerSchedules } from "./simpler-schedules.ts";

const LEAST_MS = 1_200;
const reductions = simplerSchedules(pbftSig, LEAST_MS);
const drawn = (faults: number | null) =>
  Array.from({ length: 60 }, (_, seed) => drawSchedule(seed, pbftSig, null, faults));

test("where everything fails nothing is left but a cluster of four, one client and one request", () => {
  for (const schedule of drawn(null)) {
    const options = { reductions, triesMax: 10_000 };
    const { smallest, isMinimal } = shrink(schedule, () => true, options);
    expect(isMinimal).toBe(true);
    expect(smallest).toMatchObject({ faults: [], byzantine: null, absent: [], chaosMs: LEAST_MS });
    expect(smallest).toMatchObject({ cluster: { replicas: 4 }, workload: { clients: 1, keys: 1 } });
    expect(smallest).not.toHaveProperty("spoiler");
  }
});

/** Ids of replicas, wherever a schedule names them. */
function replicasIn({ byzantine, spoiler, absent, faults }: Schedule): readonly number[] {
  const struck = faults
    .flatMap(({ what, after = [] }) => [what, ...after.map((stage) => stage.what)])
    .flatMap((what) => {
      if (what.kind === "split") return what.groups.flat();
      return "who" in what && typeof what.who !== "string" ? what.who : [];
    });
  const liar = byzantine === null ? [] : [byzantine.replica];
  return [...struck, ...liar, ...absent, ...(spoiler?.replicas ?? [])];
}

test("a cluster made smaller has nobody left who is not in it, and no more bad ones than it bears", () => {
  let seen = 0;
  for (const schedule of drawn(2)) {
    const smaller = reductions
      .flatMap((reduction) => [...reduction(schedule)])
      .filter(({ cluster }) => cluster.replicas === 4);
    for (const each of smaller) {
      seen += 1;
      expect(replicasIn(each).every((id) => id < 4)).toBe(true);
      expect(each.absent.length + (each.byzantine === null ? 0 : 1)).toBeLessThanOrEqual(1);
    }
  }
  expect(seen).toBeGreaterThan(30);
});
