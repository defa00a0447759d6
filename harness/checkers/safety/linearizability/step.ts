/** What a step on one key comes to. It shares nothing with the service under test. */
import type { Step, Value } from "../../../../nodes/protocols/contract/model.ts";

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
