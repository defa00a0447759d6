import { RESULT_BYTES_MAX } from "../protocols/contract/limits.ts";
import type { Service, ServiceDefinition } from "../protocols/contract/service.ts";

/** The service of the null-operation benchmark: no state, only bytes to carry and to answer. */
export const nullService: ServiceDefinition = {
  name: "null",
  summary: "no state; operations and results are zero bytes of configurable length",
  operations: ["null"],
  model: null,

  create({ resultBytes }): Service {
    if (resultBytes > RESULT_BYTES_MAX) {
      throw new RangeError(`results of ${resultBytes} bytes; allowed: ${RESULT_BYTES_MAX} at most`);
    }
    // One buffer for all answers: a result is only read, and the benchmark measures no allocation.
    const result = new Uint8Array(resultBytes);
    return {
      execute: () => result,
      entries: () => [],
      takeChanges: () => [],
      restore(entries) {
        for (const _ of entries) throw new Error("the null service has no state");
      },
    };
  },

  encode: (_operation, { argumentBytes }) => new Uint8Array(argumentBytes),

  decode: (_operation, result) =>
    result.every((byte) => byte === 0) ? { ok: true, value: null } : null,
};
