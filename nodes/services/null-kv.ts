/**
 * What a benchmark of the null operation runs on: null operations are those of `null` to the byte,
 * and the few reads and writes among them are those of `kv`, so that a check can tell from the
 * benchmark's own history whether what it measured was linearizable.
 */
import type { Operation, Service, ServiceDefinition } from "../protocols/contract/service.ts";
import { kv } from "./kv.ts";
import { nullService } from "./null.ts";

export const nullKv: ServiceDefinition = {
  name: "null-kv",
  summary: "the null operation, and beside it reads and writes, to judge a benchmark by",
  operations: ["null", "read", "write"],
  model: kv.model,

  create(options): Service {
    const nothing = nullService.create(options);
    const map = kv.create(options);
    return {
      ...map,
      execute: (operation) => (isNull(operation) ? nothing : map).execute(operation),
    };
  },

  encode: (operation, options) => definitionOf(operation).encode(operation, options),

  decode: (operation, result) => definitionOf(operation).decode(operation, result),
};

/** The null operation has nothing but zeros, with which no operation of `kv` begins. */
function isNull([first = 0]: Uint8Array): boolean {
  return first === 0;
}

function definitionOf({ f }: Operation): ServiceDefinition {
  return f === "null" ? nullService : kv;
}
