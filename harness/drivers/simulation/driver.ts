/**
 * The driver that needs nothing installed: cores in one process, virtual time, modelled links and
 * disks.
 */
import type { Driver } from "../driver.ts";
import { runsInSimulation } from "./runs-in-simulation.ts";

export const simulationDriver: Driver = {
  name: "simulation",
  summary: "cores in one process, virtual time, modelled links and disks; exact replay",
  offers: ["network", "wire", "process", "disk", "state", "cpu", "behaviour"],
  plays: runsInSimulation,
  // The kernel and everything behind it is loaded when a plan runs.
  run: async (plan, context) => {
    const { SimulatedRun } = await import("./simulated-run.ts");
    return new SimulatedRun(plan, context).run();
  },
};
