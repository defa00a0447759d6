import { clientId } from "../../../../nodes/protocols/contract/core.ts";
import type { ClientAttack } from "./attack.ts";

/** An honest host has fewer clients. */
const FIRST_NAME = 10_000;
const NAMES_MAX = 50_000;

export const manyNames: ClientAttack = {
  name: "many-names",
  summary: "speaks in names of its host that nobody has keys of, two hundred a second",
  everyMs: 5,
  requests: ({ replicas, turn }) =>
    replicas.map((to) => ({
      to,
      timestamp: turn,
      valid: replicas,
      author: clientId({ host: 0, index: FIRST_NAME + (turn % NAMES_MAX) }),
    })),
};
