/**
 * What a wire does to single frames. TCP hides it from whoever sits above, so that only a world
 * that models its links can do it: the control `wire`.
 */
/** By kind the share of frames that it happens to; the order is that of {@link PRISTINE_WIRE}. */
export const PRISTINE_WIRE = {
  /** Gone, with nobody told. */
  loss: 0,
  /** Arrives twice. */
  duplication: 0,
  /** Does not wait for those that were sent before it. */
  reordering: 0,
} as const satisfies Readonly<Record<string, 0>>;

export type WireKind = keyof typeof PRISTINE_WIRE;

export interface WireCondition {
  readonly kind: WireKind;
  /** Of the frames, above 0 and up to 1. */
  readonly share: number;
}

/** What all faults together ask for: of each kind the largest share. */
export type WireState = Readonly<Record<WireKind, number>>;
