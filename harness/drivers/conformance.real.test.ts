/** The simulator and real processes say the same of the same plans: one set of rules for both. */
import { beforeAll, describe, expect, test } from "vitest";
import { type Account, accountOf, type SmallPlan, smallPlans } from "./conformance.fixture.ts";
import { quotaPlace } from "./local/cpu-quota.ts";

const { throttle, ...plain } = smallPlans;
// Where the kernel lets nobody set one, a quota is no control of real processes.
const plans: Readonly<Record<string, SmallPlan>> =
  "because" in quotaPlace() ? plain : { ...plain, throttle };

/** More at a time would wait for each other so long that what they see is the waiting. */
const AT_A_TIME = 2;

const simulated = new Map<string, Account>();
const real = new Map<string, Account>();

beforeAll(async () => {
  const left = Object.entries(plans);
  const play = async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const [name, plan] = next;
      real.set(name, await accountOf(plan, { driver: "local" }));
      simulated.set(name, await accountOf(plan, { driver: "simulation" }));
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, play));
}, 240_000);

test.each(Object.keys(plans))("%s: outcome, attestations and verdict are the same", (name) => {
  expect(real.get(name)).toEqual(simulated.get(name));
  expect(real.get(name)).toMatchObject({ harness: "ok", verdict: "PASS" });
});

describe("a planted difference is seen:", () => {
  test("a fault that one world gives no time to show", async () => {
    const short = await accountOf(plain.drop, { driver: "simulation", lasts: "200ms" });
    expect(JSON.stringify(short.acts)).toContain("indeterminate");
    expect(short.acts).not.toEqual(real.get("drop")?.acts);
    expect(short.verdict).not.toBe(real.get("drop")?.verdict);
  });

  test.each<[what: string, from: string, to: string]>([
    ["a link that nobody attested", '"r0-r3: drop: r3', '"r0-r2: drop: r2'],
    ["other words for what was seen", "received nothing", "heard nothing"],
    ["a doubt about the heal", '"kind":"healed","outcome":"installed"', '"outcome":"partial"'],
    ["a fault that was never healed", '"kind":"healing"', '"kind":"note"'],
    ["somebody else who converged", "converged: r0 r1", "converged: r1"],
    ["another verdict", '"verdict":"PASS"', '"verdict":"INCONCLUSIVE"'],
    ["a check that says another thing", '"S-1":"valid"', '"S-1":"unknown"'],
  ])("%s", (_what, from, to) => {
    const account = JSON.stringify(simulated.get("drop"));
    expect(account).toContain(from);
    expect(JSON.parse(account.replace(from, to))).not.toEqual(real.get("drop"));
  });
});
