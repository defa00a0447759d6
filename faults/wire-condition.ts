/**
 * What a wire does to single frames. TCP hides it from whoever sits above, so that only a world
 * that models its links can do it: the control `wire`.
 */
/** By kind the share of frames that it happens to. */
export const NO_SHARES = {
  /** Gone, with nobody told. */
  loss: 0,
  /** Arrives twice. */
  duplication: 0,
  /** Does not wait for those that were sent before it. */
  reordering: 0,
  /** The same, and comes later than those that were sent after it. */
  lateness: 0,
} as const satisfies Readonly<Record<string, 0>>;

export type WireKind = keyof typeof NO_SHARES;

export interface WireCondition {
  readonly kind: WireKind;
  /** Of the frames, above 0 and up to 1. */
  readonly share: number;
  /** The byte of the one type of message that it happens to; absent: every frame. */
  readonly type?: number;
  /** By how much a frame is late; absent where it is not. */
  readonly lateMs?: number;
}

/** What all faults together ask for: of each kind the largest share. */
export type WireState = Readonly<Record<WireKind, number>> & {
  /** The most that is asked for: all that are late are late by this. */
  readonly lateMs: number;
  /** What happens to one type of message only, beside what happens to every frame. */
  readonly typed: readonly WireCondition[];
};

/** One value for every link that nothing is asked of. */
export const PRISTINE_WIRE: WireState = { ...NO_SHARES, lateMs: 0, typed: [] };

/** @returns what is asked for if this is, too */
export function withCondition(state: WireState, condition: WireCondition): WireState {
  const { kind, share, type, lateMs = 0 } = condition;
  const late = { ...state, lateMs: Math.max(state.lateMs, lateMs) };
  if (type !== undefined) return { ...late, typed: [...state.typed, condition] };
  return { ...late, [kind]: Math.max(share, state[kind]) };
}

/** Of the frames of this type the share that it happens to. */
export function shareOf(state: WireState, kind: WireKind, type: number | undefined): number {
  return state.typed.reduce(
    (most, each) => (each.kind === kind && each.type === type ? Math.max(most, each.share) : most),
    state[kind],
  );
}
