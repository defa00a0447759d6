import { clientId } from "../../../../nodes/protocols/contract/core.ts";
import type { ClientAttack } from "./attack.ts";

const NAMES = 1_000;

export const forgedNames: ClientAttack = {
  name: "forged-names",
  summary: "asks in the names of a thousand clients of another host, two hundred times a second",
  everyMs: 5,
  requests: ({ replicas, turn }) =>
    replicas.map((to) => ({
      to,
      timestamp: turn,
      valid: replicas,
      author: clientId({ host: 1, index: 1 + (turn % NAMES) }),
    })),
};
