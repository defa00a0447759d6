import { EVERY_PBFT, type Goal, recordsOf } from "./goal.ts";

/** The client asks again, and gets what was kept for it (protocols §4.2, §6.5). */
export const answerLost: Goal = {
  name: "answer-lost",
  summary: "a client is answered only after asking again, though f+1 had executed it long before",
  protocols: EVERY_PBFT,
  isSeenIn({ logs, history, cluster: { faultsMax, timers } }) {
    const done = new Map<string, number[]>();
    for (const { ops, time } of logs.flatMap((log) => recordsOf(log, "executed"))) {
      for (const [client, t] of ops) {
        const operation = `${client}:${t}`;
        const times = done.get(operation) ?? [];
        times.push(time);
        done.set(operation, times);
      }
    }
    return history.some(({ type, client, t, time }) => {
      if (type !== "ok") return false;
      const times = (done.get(`${client}:${t}`) ?? []).toSorted((one, other) => one - other);
      const enough = times[faultsMax];
      return enough !== undefined && time - enough > timers.clientMs * 1e6;
    });
  },
};
