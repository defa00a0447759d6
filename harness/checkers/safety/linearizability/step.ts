/**
 * The sequential model of one key, in the words of what an operation did to it and saw of it. Both
 * models speak it: a cas register is a key that is never appended to or deleted. It shares nothing
 * with the service under test.
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

/** It changes nothing, so it may be placed wherever its observation holds. */
export function observes(step: Step): boolean {
  return step.kind === "read" || step.kind === "miss";
}

/** It succeeds in any state and sees nothing, so a later overwrite can hide that it ever was. */
export function hideable(step: Step): boolean {
  return step.kind === "set" || step.kind === "append";
}

/** @returns the key's next value, or undefined where the step cannot have happened in this state */
export function apply(state: Value, step: Step): Value | undefined {
  switch (step.kind) {
    case "read":
      return step.value === state ? state : undefined;
    case "miss":
      return step.from === state ? undefined : state;
    case "set":
      return step.value;
    case "append":
      return (state ?? "") + step.value;
    case "swap":
      return step.from === state ? step.to : undefined;
    default:
      return step satisfies never;
  }
}
