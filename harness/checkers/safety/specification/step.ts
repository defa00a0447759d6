/** What a specification is made of: which step, written as a line of the audit, it allows. */
import type { AuditRecord, RecordOf } from "../../../../nodes/protocols/contract/audit.ts";
import type { ReplicaModel } from "./replica-model.ts";
import type { Witnesses } from "./witnesses.ts";

/** Why a step is not allowed. */
export interface Refusal {
  readonly why: string;
  /** Of `nodes/protocols/README.md`. */
  readonly section: string;
  /** Lines beside the refused one that show it. */
  readonly records?: readonly AuditRecord[];
}

/** The cluster whose replicas are judged. */
export interface Cluster {
  readonly replicas: number;
  /** f */
  readonly faultsMax: number;
  /** Q: two of them share a good replica. */
  readonly quorum: number;
  /** W: one of them is good. */
  readonly weakQuorum: number;
  /** K */
  readonly checkpointInterval: number;
  /** L */
  readonly window: number;
  primaryOf(view: number): number;
}

export interface World {
  readonly cluster: Cluster;
  /** What the good replicas wrote. */
  readonly witnesses: Witnesses;
  /**
   * Of a refusal because something is in none of these replicas' logs: null, and noted as a doubt,
   * where it may be missing from them.
   */
  readonly weigh: (
    line: AuditRecord,
    refusal: Refusal,
    absentIn: Iterable<number>,
  ) => Refusal | null;
}

/** Takes the step in the state, or says why it may not be taken; then the state is of no use. */
export type Step<Kind extends AuditRecord["e"]> = (
  state: ReplicaModel,
  line: RecordOf<Kind>,
  world: World,
) => Refusal | null;

/** A page for each variant: what its replicas may do, by the line that tells of it. */
export type Specification = {
  readonly [Kind in AuditRecord["e"]]?: Step<Kind>;
};

export function refuse(
  section: string,
  why: string,
  shown: Pick<Refusal, "records"> = {},
): Refusal {
  return { section, why, ...shown };
}

/** Tells of nothing that a rule is about. */
export function allowed(): null {
  return null;
}
