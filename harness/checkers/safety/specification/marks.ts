/** What may be ordered, and by what a NEW-VIEW binds: in which the variants differ. */
import type { ReplicaModel } from "./replica-model.ts";
import type { Cluster } from "./step.ts";

export interface Marks {
  /** Nothing at or below it is ordered. */
  floor(state: ReplicaModel): number;
  /** Nothing above it is, beside what NEW-VIEW chose where that goes on beyond. */
  top(state: ReplicaModel, cluster: Cluster): number;
  readonly choiceGoesBeyond: boolean;
}

/** protocols §7.3: a base is proved to be stable, so one mark is all that is needed. */
export const proven: Marks = {
  floor: ({ stable }) => stable,
  top: ({ stable }, { window }) => stable + window,
  choiceGoesBeyond: false,
};

/** protocols §20.6: a base rests on the word of W, and floors the view that it is of. */
export const claimed: Marks = {
  floor: ({ stable, base }) => Math.max(stable, base),
  top: ({ reached }, { window }) => reached + window,
  choiceGoesBeyond: true,
};

export function isInWindow(
  state: ReplicaModel,
  { n, cluster, marks }: { readonly n: number; readonly cluster: Cluster; readonly marks: Marks },
): boolean {
  if (n <= marks.floor(state)) return false;
  return n <= marks.top(state, cluster) || (marks.choiceGoesBeyond && isChosen(state, n));
}

/** Where the line of the NEW-VIEW is missing, anything may have been. */
export function isChosen({ chosen }: ReplicaModel, n: number): boolean {
  return chosen === null || chosen.has(n);
}
