import type { ClientAttack } from "./attack.ts";

/** No service knows it: who orders it executes it as nothing, and answers so. */
const NO_OPERATION = Uint8Array.of(0xff);

export const twoOperations: ClientAttack = {
  name: "two-operations",
  summary:
    "asks some of the replicas for one operation and the others, with the same timestamp, for " +
    "another one; each time other ones",
  requests: ({ replicas, turn }) =>
    replicas.map((to) => ({
      to,
      timestamp: turn * replicas.length,
      valid: replicas,
      // All ways to tell them apart, one after the other.
      ...(Math.floor(turn / 2 ** to) % 2 === 0 ? {} : { operation: NO_OPERATION }),
    })),
};
