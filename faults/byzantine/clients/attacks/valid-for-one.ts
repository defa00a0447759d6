import type { ClientAttack } from "./attack.ts";

export const validForOne: ClientAttack = {
  name: "valid-for-one",
  summary: "sends one request to all that convinces one replica, another one each time",
  requests: ({ replicas, turn }) =>
    replicas.map((to) => ({
      to,
      timestamp: turn * replicas.length,
      valid: [turn % replicas.length],
    })),
};
