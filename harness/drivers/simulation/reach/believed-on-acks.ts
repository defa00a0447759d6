import type { AuditRecord, RecordOf } from "../../../../nodes/protocols/contract/audit.ts";
import type { Goal } from "./goal.ts";

/** Its author spoilt the entry for one reader, and f others make up for it (protocols §20.5). */
export const believedOnAcks: Goal = {
  name: "believed-on-acks",
  summary: "a VIEW-CHANGE counts on the word of f others where its own entry is bad",
  protocols: ["pbft-mac"],
  isSeenIn: ({ logs }) => logs.some(isSeen),
};

/** Who spoils an entry may spoil the number of its key as well. */
const BAD_ENTRY: readonly string[] = ["MAC", "old keys"];

function isSpoilt(record: AuditRecord): record is RecordOf<"reject"> & AuditRecord {
  return (
    record.e === "reject" && record.type === "VIEW-CHANGE" && BAD_ENTRY.includes(record.reason)
  );
}

function isSeen(log: readonly AuditRecord[]): boolean {
  const spoilers = new Set<number>();
  for (const record of log) {
    if (isSpoilt(record)) spoilers.add(record.from);
    if (record.e !== "newview") continue;
    if (record.vouched?.some((replica) => spoilers.has(replica))) return true;
  }
  return false;
}
