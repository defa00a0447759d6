/**
 * Replicas, clients and Toxiproxy as containers of an engine on this machine, each replica in a
 * network of its own.
 */
import type { Driver } from "../driver.ts";
import { ProcessRun } from "../processes/process-run.ts";
import { DockerSite } from "./docker-site.ts";
import { engineLitter } from "./engine-litter.ts";

export const dockerDriver: Driver = {
  name: "docker",
  summary: "containers of an engine on this machine, links through Toxiproxy in one of them",
  offers: ["network", "process", "disk", "cpu", "behaviour"],
  litter: engineLitter,
  run: (plan, context) => new ProcessRun(plan, context, new DockerSite(plan, context)).run(),
};
