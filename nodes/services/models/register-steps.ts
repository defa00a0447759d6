/** Read, write and cas of one key: what the models of registers and of maps have in common. */
import type {
  Answered,
  Asked,
  Misfit,
  Model,
  Step,
  Value,
} from "../../protocols/contract/model.ts";

/** @param stateOf what a value of the history is in the state */
export function registerStep(
  { f, value }: Asked,
  answer: Answered | null,
  { name, stateOf }: Pick<Model, "name"> & { readonly stateOf: (value: unknown) => Value | Misfit },
): Step | Misfit | null {
  const failed = answer?.type === "fail";
  switch (f) {
    case "null":
      return null;
    case "read":
      if (answer === null || failed) return null;
      return withValue(stateOf(answer.value), (seen) => ({ kind: "read", value: seen }));
    case "write":
      return failed ? null : withValue(stateOf(value), (set) => ({ kind: "set", value: set }));
    case "cas":
      break;
    default:
      return misfit(`the model ${name} has no operation ${JSON.stringify(f)}`);
  }
  if (!Array.isArray(value) || value.length !== 2) {
    return misfit(`the value of a cas is [from, to], not ${JSON.stringify(value)}`);
  }
  if (answer?.error !== undefined) return null;
  return withValue(stateOf(value[0]), (from) => {
    if (failed) return { kind: "miss", from };
    return withValue(stateOf(value[1]), (to) => ({ kind: "swap", from, to }));
  });
}

export function misfit(why: string): Misfit {
  return { kind: "misfit", why };
}

export function withValue(
  value: Value | Misfit,
  step: (value: Value) => Step | Misfit,
): Step | Misfit {
  return typeof value === "object" && value !== null ? value : step(value);
}
