/** What a bad client does, one line each; any number of clients may be bad (protocols §1.1). */
import type { BadRequest } from "../forgeries/client-requests.ts";

/** So many replicas, and the how manieth time it is. */
interface Turn {
  readonly replicas: readonly number[];
  /** From 1. */
  readonly turn: number;
}

interface ClientAttack {
  /** The value of `attack:` in YAML, whatever the protocol. */
  readonly name: string;
  readonly summary: string;
  requests(turn: Turn): readonly Omit<BadRequest, "operation">[];
}

export const clientAttacks: readonly ClientAttack[] = [
  {
    name: "one-request-each",
    summary: "sends every replica a request of its own, which is valid there and nowhere else",
    requests: ({ replicas, turn }) =>
      replicas.map((to) => ({ to, timestamp: turn * replicas.length + to, valid: [to] })),
  },
  {
    name: "valid-for-one",
    summary: "sends one request to all that convinces one replica, another one each time",
    requests: ({ replicas, turn }) =>
      replicas.map((to) => ({
        to,
        timestamp: turn * replicas.length,
        valid: [turn % replicas.length],
      })),
  },
  {
    name: "valid-for-most",
    summary: "sends one request to all that convinces all but one replica, another one each time",
    requests: ({ replicas, turn }) =>
      replicas.map((to) => ({
        to,
        timestamp: turn * replicas.length,
        valid: replicas.filter((replica) => replica !== turn % replicas.length),
      })),
  },
  {
    name: "hasty-client",
    summary: "sends its next request to all before the last one is executed, each of them valid",
    requests: ({ replicas, turn }) =>
      replicas.map((to) => ({ to, timestamp: turn * replicas.length, valid: replicas })),
  },
];

/** @throws {RangeError} naming those there are */
export function clientAttackNamed(name: string): ClientAttack {
  const found = clientAttacks.find((attack) => attack.name === name);
  if (found !== undefined) return found;
  const known = clientAttacks.map((attack) => attack.name).join(", ");
  throw new RangeError(`there is no attack ${name}; there is: ${known}`);
}
