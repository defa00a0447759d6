import type { Observations } from "../observations/observations.ts";
import type { Checker, CheckOutcome } from "./checker.ts";
import { notApplicable } from "./evidence.ts";

/** Null where the protocol writes what the checker judges. */
export function inapplicable(
  { judges }: Pick<Checker, "judges">,
  { plan }: Observations,
): CheckOutcome | null {
  const { protocol, audited } = plan.cluster;
  if (judges === undefined || audited === undefined) return null;
  if (judges.some((event) => audited.includes(event))) return null;
  return notApplicable(`${protocol} has no ${judges.join(", no ")}`);
}
