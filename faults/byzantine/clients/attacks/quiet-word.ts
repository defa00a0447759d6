import type { ClientAttack } from "./attack.ts";

export const quietWord: ClientAttack = {
  name: "quiet-word",
  summary:
    "asks one replica alone, another one each time, and so seldom that what it asked for has waited " +
    "for a time-out before it asks again",
  everyMs: 2_000,
  requests: ({ replicas, turn }) => [
    { to: turn % replicas.length, timestamp: turn * replicas.length, valid: replicas },
  ],
};
