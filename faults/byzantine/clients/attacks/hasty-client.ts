import type { ClientAttack } from "./attack.ts";

export const hastyClient: ClientAttack = {
  name: "hasty-client",
  summary: "sends its next request to all before the last one is executed, each of them valid",
  requests: ({ replicas, turn }) =>
    replicas.map((to) => ({ to, timestamp: turn * replicas.length, valid: replicas })),
};
