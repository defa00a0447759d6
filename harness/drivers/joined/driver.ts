/**
 * Joins a cluster that somebody else started and that goes on afterwards, docker-compose.yml's for
 * one: load, and faults of the links. It can neither start nor kill anything.
 */
import type { Driver } from "../driver.ts";
import { ProcessRun } from "../processes/process-run.ts";
import { JoinedSite } from "./joined-site.ts";

export const joinedDriver: Driver = {
  name: "joined",
  summary: "the running cluster of docker-compose.yml, through its Toxiproxy: link faults only",
  offers: ["network"],
  isDeaf: true,
  isPartial: true,
  recordsLive: true,
  run: (plan, context) => new ProcessRun(plan, context, new JoinedSite(plan, context)).run(),
};
