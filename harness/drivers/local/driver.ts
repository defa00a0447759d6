/**
 * The default driver: replicas as OS processes, links through one real toxiproxy-server, everything
 * on loopback.
 */
import type { Driver } from "../driver.ts";
import { machineLitter } from "../processes/machine-litter.ts";
import { ProcessRun } from "../processes/process-run.ts";
import { quotaPlace } from "./cpu-quota.ts";
import { findK6 } from "./k6-binary.ts";
import { LocalSite } from "./local-site.ts";

const ALWAYS = ["network", "process", "disk", "behaviour"] as const;

export const localDriver: Driver = {
  name: "local",
  summary: "real OS processes on loopback, links through a real toxiproxy-server",
  get offers() {
    return "because" in quotaPlace() ? ALWAYS : ([...ALWAYS, "cpu"] as const);
  },
  get lacks() {
    const [place, k6] = [quotaPlace(), findK6(process.env)];
    return {
      ...("because" in place ? { cpu: place.because } : {}),
      ...("because" in k6 ? { k6: k6.because } : {}),
    };
  },
  litter: machineLitter,
  get generators() {
    return "because" in findK6(process.env) ? [] : (["k6"] as const);
  },
  recordsLive: true,
  run: (plan, context) => new ProcessRun(plan, context, new LocalSite(plan, context)).run(),
};
