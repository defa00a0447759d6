import type { AuditRecord } from "../../../nodes/protocols/contract/audit.ts";
import type { Checker, Violation } from "../checker.ts";
import { withHonestCode } from "../honest-code.ts";
import { OwnState } from "../own-state.ts";
import { provenOutcome } from "../proof.ts";
import { inMs } from "../windows.ts";
import { owedSpans, type Span } from "./spans.ts";
import { Strikes } from "./strikes.ts";

/** Once to hear who has the state, once to fetch it. */
const BOUNDS = 2;

/**
 * L-11: who knows its state to be wrong, and be it by a stable checkpoint that it does not heed,
 * asks the others for theirs until it has it. One whose state was spoilt from outside is in B, and
 * its code is honest: it is owed by that one, too.
 */
export const repair: Checker = {
  id: "L-11",
  summary:
    "a replica whose log shows its state to be wrong, and that nothing strikes, gets another",
  idle: "no replica knew its state to be wrong while progress was owed",
  promise: "liveness",
  needs: ["ledger", "audits"],
  judges: ["certificates"],
  check(input) {
    const strikes = new Strikes(input.observations);
    const violations: Violation[] = [];
    let judged = 0;
    // At its rest a run may leave behind who is in B.
    const spans = owedSpans(input, BOUNDS).filter(({ from, to, allowedNs }) => {
      return to - from > allowedNs;
    });
    for (const replica of withHonestCode(input)) {
      const log = input.observations.audits.get(replica) ?? [];
      for (const span of spans.filter((each) => strikes.spare(replica, each))) {
        for (const { found, until } of wrongIn(log, span)) {
          judged += 1;
          const deadline = Math.max(found.time, span.from) + span.allowedNs;
          if (until < deadline) continue;
          const what = `r${replica} knew its state to be wrong for ${inMs(span.allowedNs)} ms and more`;
          const rests = span.rests(replica, deadline);
          violations.push({ what, replica, time: deadline, records: [found], rests });
        }
      }
    }
    return provenOutcome(input, judged, violations);
  },
};

interface Wrong {
  readonly found: AuditRecord;
  /** When it had another, or the span ended, ns. */
  readonly until: number;
}

/** Since when, and until when, it knew its state to be wrong. */
function wrongIn(log: readonly AuditRecord[], span: Span): readonly Wrong[] {
  const wrongs: Wrong[] = [];
  let found: AuditRecord | null = null;
  let [life, own] = [0, new OwnState()];
  for (const record of log) {
    if (record.time > span.to) break;
    if (record.boot > life) [life, own] = [record.boot, new OwnState()];
    own.take(record);
    if (found !== null && (record.e === "installed" || record.e === "boot")) {
      if (record.time >= span.from) wrongs.push({ found, until: record.time });
      found = null;
    }
    found ??= own.wrong;
  }
  return found === null ? wrongs : [...wrongs, { found, until: span.to }];
}
