import type { Checker, CheckerInput, CheckOutcome } from "./checker.ts";
import { notApplicable } from "./evidence.ts";

/** Null where the protocol has whatever the checker judges. */
export function inapplicable(
  { judges = [] }: Pick<Checker, "judges">,
  { subject }: Pick<CheckerInput, "subject">,
): CheckOutcome | null {
  const { name, mechanisms } = subject.protocol;
  const missing = judges.filter((mechanism) => !mechanisms.includes(mechanism));
  return missing.length === 0 ? null : notApplicable(`${name} has no ${missing.join(" and no ")}`);
}
