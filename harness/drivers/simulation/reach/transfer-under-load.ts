import { EVERY_PBFT, type Goal, recordsOf } from "./goal.ts";

/** What is fetched is out of date before it is there (protocols §8.1). */
export const transferUnderLoad: Goal = {
  name: "transfer-under-load",
  summary: "others execute operations while a replica fetches the state",
  protocols: EVERY_PBFT,
  isSeenIn: ({ logs }) =>
    logs.some((log) =>
      recordsOf(log, "statetransfer").some(({ n, time: begun }) => {
        const done = recordsOf(log, "installed").find((state) => state.time > begun);
        if (done === undefined || done.n < n) return false;
        return logs.some((other) =>
          recordsOf(other, "executed").some(
            ({ time, ops }) => ops.length > 0 && time > begun && time < done.time,
          ),
        );
      }),
    ),
};
