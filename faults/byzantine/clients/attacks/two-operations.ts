import type { ClientAttack } from "./attack.ts";

/** No service knows it: who orders it executes it as nothing, and answers so. */
const NO_OPERATION = Uint8Array.of(0xff);

export const twoOperations: ClientAttack = {
  name: "two-operations",
  summary:
    "asks half of the replicas for one operation and the others, with the same timestamp, for another one",
  requests: ({ replicas, turn }) =>
    replicas.map((to) => ({
      to,
      timestamp: turn * replicas.length,
      valid: replicas,
      ...(to % 2 === turn % 2 ? {} : { operation: NO_OPERATION }),
    })),
};
