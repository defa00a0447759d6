import { expect, test } from "vitest";
import { behaviourNamed } from "../../../faults/byzantine/registry.ts";
import { pbftSig } from "../../../nodes/protocols/pbft/variants/pbft-sig.ts";
import { drawSchedule } from "./draw-schedule.ts";
import { recoveryBoundMs } from "./play.ts";

const drawn = Array.from({ length: 600 }, (_, index) => drawSchedule(index + 1, pbftSig));

test("in some schedules no client gives up before the recovery bound", () => {
  const patient = drawn.filter(
    (schedule) => schedule.cluster.operationTimeoutMs > 2 * recoveryBoundMs(schedule),
  );
  expect(patient.length).toBeGreaterThan(60);
  expect(patient.length).toBeLessThan(240);
});

test("in some schedules values are long, and never appended to", () => {
  const long = drawn.filter(({ paddingBytes = 0 }) => paddingBytes > 0);
  expect(long.length).toBeGreaterThan(0);
  for (const { workload } of long) expect(workload.mix).not.toHaveProperty("append");
});

test("a view must stay under load only where nobody lies and answers are prompt", () => {
  const steady = drawn.filter(({ steadyMs = 0 }) => steadyMs > 0);
  expect(steady.length).toBeGreaterThan(5);
  for (const { byzantine, calm, cluster } of steady) {
    expect(byzantine).toBeNull();
    expect(8 * calm.delayMaxMs).toBeLessThan(cluster.timers.requestMs);
  }
});

test("a behaviour is drawn with every variant of its parameters", () => {
  const seen = new Set<string>();
  for (let seed = 1; seed <= 60; seed += 1) {
    const { byzantine } = drawSchedule(seed, pbftSig, "forged-new-view");
    seen.add(String(byzantine?.parameters["lie"]));
  }
  const { variants } = behaviourNamed("forged-new-view");
  expect([...seen].toSorted()).toEqual(variants.map((each) => String(each["lie"])).toSorted());
});
