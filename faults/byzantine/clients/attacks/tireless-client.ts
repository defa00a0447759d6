import type { ClientAttack } from "./attack.ts";

/** Each millisecond, to each replica. */
const COPIES = 4;

export const tirelessClient: ClientAttack = {
  name: "tireless-client",
  summary: "sends one request to all again and again, thousands of times a second, answered or not",
  everyMs: 1,
  requests: ({ replicas, first }) => {
    const timestamp = first * replicas.length;
    const once = replicas.map((to) => ({ to, timestamp, valid: replicas }));
    return Array.from({ length: COPIES }, () => once).flat();
  },
};
