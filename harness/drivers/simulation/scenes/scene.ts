/**
 * A plan that is drawn as a whole: what it shows takes a cluster, a load and faults that go
 * together, and that drawn apart would not meet in a hundred thousand seeds.
 */
import type { ClusterParameters, Protocol } from "../../../../nodes/protocols/contract/protocol.ts";
import type { DrawnCluster, DrawnLoad, DrawnWire } from "../draw-world.ts";
import type { What } from "../drawn-faults.ts";
import type { Random } from "../random.ts";

export interface Setting {
  readonly protocol: string;
  readonly replicas: number;
  readonly faultsMax: number;
  readonly requestAts: Protocol["traits"]["requestAts"];
}

export interface Scene {
  /** What is not as in other plans. */
  readonly cluster: Partial<DrawnCluster> & Pick<DrawnCluster, "requestMs">;
  /** How much is known of a request that is ordered, if the protocol has it; usually drawn. */
  readonly requestAt?: ClusterParameters["requestAt"];
  readonly load: Partial<DrawnLoad>;
  readonly chaosMs: number;
  /** How long the load goes on in the quiet phase. */
  readonly loadMs: number;
  readonly wire?: Pick<DrawnWire, "delayMinMs" | "delayMaxMs">;
  /** How long the disk takes at most; usually drawn. */
  readonly fsyncMaxMs?: number;
  /** By which each value is longer. */
  readonly paddingBytes?: number;
  /** Entries of a scenario. */
  readonly faults: readonly What[];
  /** No more views may be left; any number, if it is not said. */
  readonly viewsLeftMax?: number;
}

export type DrawScene = (random: Random, stage: Setting) => Scene;
