/** Who is named by a certificate (protocols §6.3, §6.4, §7.2). */
import type { AuditRecord } from "../../../../nodes/protocols/contract/audit.ts";
import { type Refusal, refuse, type World } from "./step.ts";

interface Demand {
  readonly section: string;
  readonly needed: number;
  /** What each member must have done, in words and as its log has it. */
  readonly act: string;
  readonly did: (replica: number) => boolean;
}

/** Enough distinct replicas, and no good one that did not do what it is named for. */
export function refusedMembers(
  line: AuditRecord & { readonly by: readonly number[] },
  { cluster, witnesses, weigh }: World,
  { section, needed, act, did }: Demand,
): Refusal | null {
  const members = new Set(line.by);
  if (members.size < needed || members.size < line.by.length) {
    return refuse(section, `it takes ${needed} replicas, and ${line.by.join()} are named`);
  }
  for (const member of members) {
    if (!(member >= 0 && member < cluster.replicas)) {
      return refuse(section, `there is no r${member}`);
    }
    if (!witnesses.isOne(member) || did(member)) continue;
    const why = `it counts r${member}, which did not ${act}`;
    const refused = weigh(line, refuse(section, why), [member]);
    if (refused) return refused;
  }
  return null;
}
