/**
 * What a service promises, as a sequential specification: each operation of a history as the one
 * step on one key that it was, if it took effect. A model is pure and shares nothing with the
 * service that it is of, or it could share its bugs. No workload writes the empty string, which
 * a model may take for an absent key.
 */

/** What a key holds; an absent key is null. */
export type Value = string | null;

export type Step =
  /** An answered read. */
  | { readonly kind: "read"; readonly value: Value }
  /** A cas that did not swap: `from` was not there. */
  | { readonly kind: "miss"; readonly from: Value }
  /** A write, or a delete (null). */
  | { readonly kind: "set"; readonly value: Value }
  | { readonly kind: "append"; readonly value: string }
  /** A cas that swapped. */
  | { readonly kind: "swap"; readonly from: Value; readonly to: Value };

/** An operation that the model does not have, or a value that it cannot have. */
export interface Misfit {
  readonly kind: "misfit";
  readonly why: string;
}

/** What a model reads of the events of a history, which may be somebody else's. */
export interface Asked {
  readonly f: string;
  readonly value?: unknown;
}

export interface Answered extends Asked {
  readonly type: "ok" | "fail";
  /** On `fail`: it certainly did not happen, and saw nothing. */
  readonly error?: unknown;
}

export interface Model {
  readonly name: string;
  readonly summary: string;
  /**
   * @param answer null = outcome unknown; then the step is what it was if it happened at all
   * @returns null where it changed nothing and nobody saw anything
   */
  stepOf(asked: Asked, answer: Answered | null): Step | Misfit | null;
}
