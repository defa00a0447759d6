import type { ClientAttack } from "./attack.ts";

export const oneReplicaTold: ClientAttack = {
  name: "one-replica-told",
  summary: "sends each request to one replica alone, another one each time, and never again",
  requests: ({ replicas, turn }) => [
    { to: turn % replicas.length, timestamp: turn * replicas.length, valid: replicas },
  ],
};
