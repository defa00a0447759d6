import type { ClientAttack } from "./attack.ts";

export const validForMost: ClientAttack = {
  name: "valid-for-most",
  summary: "sends one request to all that convinces all but one replica, another one each time",
  requests: ({ replicas, turn }) =>
    replicas.map((to) => ({
      to,
      timestamp: turn * replicas.length,
      valid: replicas.filter((replica) => replica !== turn % replicas.length),
    })),
};
