/** The only place under `nodes/runtime` that draws what nobody else can tell. */
export { randomBytes, randomInt } from "node:crypto";
