import type { Checker, Evidence } from "./checker.ts";
import { goodLogs, outcomeOf, type RecordOf, short, shownBy } from "./evidence.ts";

type Certificate = RecordOf<"committed"> | RecordOf<"decided">;

/**
 * S-13, as far as the audit allows: what committed in a lower view, whenever that was learned, is
 * selected again by every NEW-VIEW that a good replica sent or accepted.
 */
export const newViewSoundness: Checker = {
  id: "S-13",
  summary: "every new view selects what had committed in a lower one",
  promise: "safety",
  check(input) {
    const records = goodLogs(input).flatMap(([, log]) => log);
    const committed = records.filter(
      (record) => record.e === "committed" || record.e === "decided",
    );
    const lowest = lowestViews(committed);
    const violations: Evidence[] = [];
    let judged = 0;
    for (const record of records) {
      if (record.e !== "newview") continue;
      judged += 1;
      const selected = new Map(record.selected);
      for (const certificate of lowest.values()) {
        if (certificate.v >= record.v || certificate.n <= record.base) continue;
        const digest = selected.get(certificate.n);
        if (digest === certificate.d) continue;
        violations.push(notSelected(record, certificate, digest));
      }
    }
    return outcomeOf(judged, violations);
  },
};

/** One certificate for each (n, d): that of the lowest view binds the most new views. */
function lowestViews(certificates: readonly Certificate[]): ReadonlyMap<string, Certificate> {
  const lowest = new Map<string, Certificate>();
  for (const certificate of certificates) {
    const name = `${certificate.n} ${certificate.d}`;
    const known = lowest.get(name);
    if (known === undefined || certificate.v < known.v) lowest.set(name, certificate);
  }
  return lowest;
}

function notSelected(
  newView: RecordOf<"newview">,
  certificate: Certificate,
  digest: string | undefined,
): Evidence {
  const chosen = digest === undefined ? "nothing" : short(digest);
  const what =
    `NEW-VIEW ${newView.v} selects ${chosen} at n=${certificate.n}, ` +
    `where ${short(certificate.d)} had committed in view ${certificate.v}`;
  return shownBy(what, certificate, newView);
}
