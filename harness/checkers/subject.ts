import type { NodeId } from "../../nodes/protocols/contract/core.ts";
import type { Protocol } from "../../nodes/protocols/contract/protocol.ts";
import type { ServiceDefinition } from "../../nodes/protocols/contract/service.ts";

/**
 * What the checkers are told of the code under test by those who see all of it: what it promises,
 * and nothing of how it keeps it.
 */
export interface Subject {
  readonly protocol: Pick<Protocol, "name" | "mechanisms">;
  readonly service: Pick<ServiceDefinition, "name" | "model">;
  /** Of the cluster of this run; null where nobody leads. */
  leaderOf(view: number): NodeId | null;
}
