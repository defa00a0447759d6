/** Containers say the same of the same plans as the simulator: they are the third world. */
import { expect, test } from "vitest";
import { accountOf, smallPlans } from "./conformance.fixture.ts";

test.each(Object.entries(smallPlans))(
  "%s: outcome, attestations and verdict are the same",
  async (_, plan) => {
    const simulated = await accountOf(plan, { driver: "simulation" });
    const account = await accountOf(plan, { driver: "docker" });
    expect(account).toEqual(simulated);
    expect(account).toMatchObject({ harness: "ok", verdict: "PASS" });
  },
);
