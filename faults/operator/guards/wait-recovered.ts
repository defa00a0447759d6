import type { Guard } from "./guard.ts";

/** A replica may be touched only while all that are away with it are f at most (faults §8.3). */
export const waitRecovered: Guard = {
  name: "wait-recovered",
  summary:
    "refuses what would take more than f replicas away at once, those among them that have not " +
    "recovered yet; what takes nobody away passes",
  refusal(_action, { faultsMax, unrecovered, away }) {
    if (away.alone === 0 || away.after <= faultsMax) return null;
    const waiting =
      unrecovered.length === 0 ? "" : `, with ${unrecovered.join(", ")} not recovered`;
    return `${away.after} replicas would be away at once${waiting}; allowed: f=${faultsMax}`;
  },
};
