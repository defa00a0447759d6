/** Somebody who is no part of the cluster: what he is to do, and where. */
import type { NodeId } from "../../../nodes/protocols/contract/core.ts";
import type { Judge } from "./judge.ts";
import type { MemoryHost } from "./memory-host.ts";

export interface StrangerTask {
  readonly to: string;
  readonly toId: NodeId;
  /** Whom he says he is, where he has no keys. */
  readonly as: NodeId;
}

export interface StrangerWorld {
  readonly host: MemoryHost;
  readonly judge: Judge;
  readonly clusterId: string;
  readonly epoch: number;
  /** What an honest dialler said to that replica, write by write. */
  readonly recorded: (task: StrangerTask) => readonly Buffer[];
  /** Once what he did has settled, unless the replica's process is another one by then. */
  readonly later: (action: () => void) => void;
}

export type StrangerAct = (world: StrangerWorld, task: StrangerTask) => void;
