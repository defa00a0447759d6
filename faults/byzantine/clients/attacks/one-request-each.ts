import type { ClientAttack } from "./attack.ts";

export const oneRequestEach: ClientAttack = {
  name: "one-request-each",
  summary: "sends every replica a request of its own, which is valid there and nowhere else",
  requests: ({ replicas, turn }) =>
    replicas.map((to) => ({ to, timestamp: turn * replicas.length + to, valid: [to] })),
};
