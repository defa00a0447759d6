import { expect, test } from "vitest";
import type { CpuUsage } from "../throttles.ts";
import { attestRelief, attestThrottle } from "./attest-throttle.ts";
import type { Ground } from "./ground.ts";
import { Sightings } from "./sightings.ts";

/** A replica of which the test says what the kernel counts at the k-th look. */
function groundOf(usageAt: (look: number) => CpuUsage | null): Ground {
  let looks = 0;
  const usage = async () => {
    looks += 1;
    return usageAt(looks);
  };
  return {
    sightings: new Sightings(),
    periodMs: 5,
    patienceMs: 1_000,
    processState: () => "running",
    replica: () => ({ title: "process 4", look: () => Promise.reject(new Error("no")), usage }),
    linkState: () => Promise.reject(new Error("no")) as never,
    linkStateWithout: () => Promise.reject(new Error("no")) as never,
    linkStateBefore: () => Promise.reject(new Error("no")) as never,
    processStateWithout: () => "running",
    processStateBefore: () => "running",
    shareWithout: () => 1,
    shareBefore: () => 1,
    isLieShared: () => false,
    settledNs: () => 0n,
    isSettled: () => true,
  };
}

const question = { entry: "slow", replica: "r2", share: 0.2 };
const idle: CpuUsage = { quota: 0.2, usedMs: 10, heldMs: 0 };

test("a replica is looked at until it was held back", async () => {
  const ground = groundOf((look) => ({ ...idle, heldMs: look < 4 ? 0 : 90 }));
  const { signal } = new AbortController();
  const { outcome, evidence } = await attestThrottle({ ...question, signal }, ground);
  expect(outcome).toBe("installed");
  expect(evidence).toEqual(["r2: held back for 90 ms so far at 20 % of a CPU"]);
});

test("a quota that the kernel does not enforce is not believed because it was set", async () => {
  const ground = groundOf(() => idle);
  const signal = AbortSignal.timeout(100);
  const { outcome } = await attestThrottle({ ...question, signal }, ground);
  expect(outcome).toBe("ineffective");
});

test("what held it back just before the heal is still seen", async () => {
  const over = new AbortController();
  const ground = groundOf((look) => ({ ...idle, heldMs: look === 1 ? 0 : 40 }));
  const asked = { ...question, signal: over.signal };
  const attestation = attestThrottle(asked, { ...ground, periodMs: 60_000 });
  setImmediate(() => over.abort());
  expect((await attestation).outcome).toBe("installed");
});

test("a quota that was not lifted contradicts its heal", async () => {
  const { signal } = new AbortController();
  const told = await attestRelief(
    { ...question, signal },
    groundOf(() => idle),
  );
  expect(told.outcome).toBe("ineffective");
  const lifted = groundOf(() => ({ ...idle, quota: null }));
  expect((await attestRelief({ ...question, signal }, lifted)).outcome).toBe("installed");
});
