import type { Misfit, Model, Value } from "../../protocols/contract/model.ts";
import { misfit, registerStep, withValue } from "./register-steps.ts";

export const kvModel: Model = {
  name: "kv",
  summary: "read, write, append, cas and delete of strings by key; an absent key reads as null",
  stepOf(asked, answer) {
    const failed = answer?.type === "fail";
    if (asked.f === "delete") return failed ? null : { kind: "set", value: null };
    if (asked.f !== "append") return registerStep(asked, answer, { name: kvModel.name, stateOf });
    if (failed) return null;
    return withValue(stateOf(asked.value), (end) => ({ kind: "append", value: end ?? "" }));
  },
};

function stateOf(value: unknown): Value | Misfit {
  if (value === null || value === undefined) return null;
  if (typeof value !== "string" && typeof value !== "number") {
    return misfit(`a value of kv is a string or null, not ${JSON.stringify(value)}`);
  }
  // In histories from elsewhere an absent key reads as null or as the empty string; ours hold none.
  return value === "" ? null : String(value);
}
