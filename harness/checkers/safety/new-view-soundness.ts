import type { AuditRecord, RecordOf } from "../../../nodes/protocols/contract/audit.ts";
import type { Checker, Evidence } from "../checker.ts";
import { goodLogs, outcomeOf, short, shownBy } from "../evidence.ts";

type Certificate = RecordOf<"committed"> | RecordOf<"decided">;

/**
 * S-13, as far as the audit allows: what committed in a lower view, whenever that was learned, is
 * selected again by every NEW-VIEW that a good replica sent or accepted. What that rests on is
 * judged as well, since a lucky choice of VIEW-CHANGEs hides it: each good replica names every
 * number above its low watermark that it ever prepared, in the highest view it did.
 */
export const newViewSoundness: Checker = {
  id: "S-13",
  summary:
    "every new view selects what had committed before, as VIEW-CHANGEs name what was prepared",
  idle: "no good replica entered a view on a NEW-VIEW",
  promise: "safety",
  needs: ["audits"],
  judges: ["views", "certificates"],
  check(input) {
    const logs = goodLogs(input);
    const records = logs.flatMap(([, log]) => log);
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
    for (const [, log] of logs) violations.push(...concealed(log));
    return outcomeOf(judged, violations);
  },
};

/** VIEW-CHANGEs of one replica that leave out, or name for a lower view, what it had prepared. */
function concealed(log: readonly AuditRecord[]): readonly Evidence[] {
  const prepared = new Map<number, RecordOf<"prepared">>();
  const violations: Evidence[] = [];
  for (const record of log) {
    if (record.e === "prepared") {
      if (record.v >= (prepared.get(record.n)?.v ?? 0)) prepared.set(record.n, record);
    } else if (record.e === "viewchange") {
      const named = new Map(record.p.map(([n, d, view]) => [n, { d, view }]));
      for (const known of prepared.values()) {
        if (known.n <= record.h || known.v >= record.v) continue;
        const entry = named.get(known.n);
        const tells = entry !== undefined && entry.view >= known.v;
        if (tells && (entry.view > known.v || entry.d === known.d)) continue;
        violations.push(notNamed(record, known));
      }
    }
  }
  return violations;
}

function notNamed(viewChange: RecordOf<"viewchange">, known: RecordOf<"prepared">): Evidence {
  const what =
    `VIEW-CHANGE ${viewChange.v} of r${viewChange.replica} does not say that it prepared ` +
    `${short(known.d)} at n=${known.n} in view ${known.v}`;
  return shownBy(what, known, viewChange);
}

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
