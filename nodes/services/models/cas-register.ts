import type { Model, Value } from "../../protocols/contract/model.ts";
import { registerStep } from "./register-steps.ts";

/** No service of ours: what most histories from elsewhere are of. */
export const casRegister: Model = {
  name: "cas-register",
  summary: "read, write and cas of any JSON value; starts as null",
  stepOf: (asked, answer) => registerStep(asked, answer, { name: casRegister.name, stateOf }),
};

function stateOf(value: unknown): Value {
  return value === null || value === undefined ? null : JSON.stringify(value);
}
