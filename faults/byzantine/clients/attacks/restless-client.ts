import type { ClientAttack } from "./attack.ts";

/** So many turns it tells the same ones: longer than replicas wait. */
const TURNS = 75;

export const restlessClient: ClientAttack = {
  name: "restless-client",
  summary:
    "sends its next request every 20 ms, executed or not, to all but one replica or to half of " +
    "them: to others after 75 times, and once to all in between",
  everyMs: 20,
  requests({ replicas, turn, first }) {
    const count = replicas.length;
    const stage = Math.floor((turn - first) / TURNS);
    const some = stage % 2 === 0 ? count - 1 : Math.ceil(count / 2);
    const told = (turn - first) % TURNS === 0 ? count : some;
    const places = Array.from({ length: told }, (_, place) => (stage + 1 + place) % count);
    return places.map((to) => ({ to, timestamp: turn * count, valid: replicas }));
  },
};
