import { protocolNamed, serviceNamed } from "../nodes/registry.ts";
import type { Subject } from "./checkers/subject.ts";
import type { Plan } from "./plan/plan.ts";

/** @throws RangeError if the plan is of code that this version does not have */
export function subjectOf({ cluster }: Plan): Subject {
  const protocol = protocolNamed(cluster.protocol);
  const service = serviceNamed(cluster.service.name);
  const { replicas } = cluster.parameters;
  return { protocol, service, leaderOf: (view) => protocol.leaderOf(view, replicas) };
}
