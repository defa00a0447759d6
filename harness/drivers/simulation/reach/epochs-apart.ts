import type { AuditRecord } from "../../../../nodes/protocols/contract/audit.ts";
import { type Goal, recordsOf } from "./goal.ts";

/** What was accepted stays accepted, whatever key it came under (protocols §2.9). */
export const epochsApart: Goal = {
  name: "epochs-apart",
  summary: "one replica has new keys that another one does not use yet while a view is chosen",
  protocols: ["pbft-mac", "pbft-mac-proof"],
  isSeenIn({ logs }) {
    const chosen = logs.flatMap((log) =>
      recordsOf(log, "keys").filter(({ of, replica }) => of === replica),
    );
    return logs.some((log) =>
      waits(log).some(({ fromNs, untilNs }) =>
        chosen.some(({ time, of, counter, replica }) => {
          if (replica === log[0]?.replica || time < fromNs || time > untilNs) return false;
          return !recordsOf(log, "keys").some(
            (known) => known.of === of && known.counter >= counter && known.time <= untilNs,
          );
        }),
      ),
    );
  },
};

/** From asking for a view until that one is entered. */
function waits(log: readonly AuditRecord[]) {
  const entered = recordsOf(log, "newview");
  return recordsOf(log, "viewchange").flatMap(({ v, time }) => {
    const end = entered.find((view) => view.v === v);
    return end ? [{ fromNs: time, untilNs: end.time }] : [];
  });
}
