import { describe, expect, test } from "vitest";
import { bearsFaults } from "../../../nodes/protocols/contract/protocol.ts";
import { protocols } from "../../../nodes/registry.ts";
import { kv } from "../../../nodes/services/kv.ts";
import { brokenPromises } from "../../cli/explore-oracle.ts";
import { usualSimulation } from "../../plan/simulation.ts";
import { drawPlan } from "./draw-plan.ts";
import { judgePlan } from "./explore.ts";

/** Three before something ends. */
const VIEWS = [2 ** 31 - 3, 2 ** 32 - 3, 2 ** 41 - 3, 2 ** 53 - 512];

describe.each(protocols.filter(bearsFaults))("a cluster of $name", (protocol) => {
  test.each(VIEWS)(
    "that was asked for view %d goes on from there, and serves everybody",
    (view) => {
      const { entries: _, ...drawn } = drawPlan(2, protocol, kv, { faults: 1, costs: "off" });
      const plan = { ...drawn, entries: [], simulation: { ...usualSimulation, view } };
      const options = { protocol, service: kv, judge: brokenPromises };
      const { played, broken } = judgePlan(plan, options);
      expect(broken).toEqual([]);
      const { audits, history } = played.observations;
      const entered = [...audits.values()].flatMap((log) =>
        log.flatMap((line) => (line.e === "newview" ? [line.v] : [])),
      );
      expect(Math.min(...entered)).toBeGreaterThanOrEqual(view);
      expect(history.filter(({ type }) => type === "info")).toEqual([]);
      expect(history.filter(({ type }) => type === "ok").length).toBeGreaterThan(5);
    },
  );
});
