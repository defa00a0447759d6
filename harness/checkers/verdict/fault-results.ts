import { isAbsent } from "../../../faults/fault.ts";
import { completeUntil } from "../../observations/completeness.ts";
import type { LedgerEntry, Observations } from "../../observations/observations.ts";
import { FILES } from "../../observations/store.ts";
import { triggerText } from "../../plan/trigger.ts";
import { deviationOf, plannedWindow, windowOnceBegun } from "./fault-window.ts";
import type { FaultResult } from "./judgement.ts";
import { round } from "./measure.ts";
import { Outages } from "./outage.ts";

/** One result for each window of the plan, then for what the ledger knows beyond the plan. */
export function faultResults(observations: Observations): readonly FaultResult[] {
  const { plan, ledger } = observations;
  const outages = new Outages(observations);
  const injected = ledger.filter((line) => line.kind === "intent");
  const planned = plan.entries.map(({ id: entry, ...rest }) => ({ entry, ...rest }));
  const known = new Set(planned.map(({ entry }) => entry));
  const beyond = injected.filter(({ entry }) => !known.has(entry));
  return [...planned, ...beyond].map(({ entry, name, fault, ...more }) => {
    const intended = injected.some((line) => line.entry === entry);
    const why = "notApplicable" in more ? more.notApplicable : undefined;
    const waits = "when" in more;
    const isLost = !intended && !waits && isWhole(observations);
    const told = { intended, waits, isLost };
    const proof = why === undefined ? proofOf(ledger, entry, told) : foretold(why);
    const window = plannedWindow(plan, entry);
    return {
      entry,
      name,
      fault,
      ...proof,
      planned: window,
      when: "when" in more ? triggerText(more) : null,
      deviation: deviationOf(window ?? windowOnceBegun(plan, entry, proof.installedAtMs), proof),
      outageMs: outageOf(outages, proof),
    };
  });
}

interface Proofs extends Told {
  readonly installed: LedgerEntry | undefined;
  readonly healed: LedgerEntry | undefined;
}

interface Told {
  /** The ledger has its intent. */
  readonly intended: boolean;
  /** For something else than a time of its own. */
  readonly waits: boolean;
  /** It has none, and there should be one: what is skipped has one as well. */
  readonly isLost: boolean;
}

/** Nothing of the ledger is missing, and the run has come to its end. */
function isWhole({ completeness }: Observations): boolean {
  const until = completeUntil(completeness, FILES.ledger);
  return completeness.ended && until === Number.POSITIVE_INFINITY;
}

function proofOf(
  ledger: readonly LedgerEntry[],
  entry: string,
  told: Told,
): Pick<FaultResult, "outcome" | "installedAtMs" | "healedAtMs" | "evidence"> {
  const installed = ledger.find((line) => line.kind === "installed" && line.entry === entry);
  const healed = ledger.find((line) => line.kind === "healed" && line.entry === entry);
  const outcome = outcomeOfProof({ installed, healed, ...told });
  const happened = !isAbsent(outcome);
  const seen = happened ? evidenceOf(outcome, { installed, healed }) : whyAbsent(installed, told);
  const evidence = told.isLost ? ["it had its time, and the ledger says nothing of it"] : seen;
  return {
    outcome,
    installedAtMs: installed !== undefined && happened ? installed.time / 1e6 : null,
    healedAtMs: healed !== undefined && happened ? healed.time / 1e6 : null,
    evidence,
  };
}

/** The plan had told so: however the run went. */
function foretold(why: string): ReturnType<typeof proofOf> {
  return { outcome: "not-applicable", installedAtMs: null, healedAtMs: null, evidence: [why] };
}

/** What is in doubt stands first: of a fault that was surely there, only its end can be. */
function evidenceOf(
  outcome: FaultResult["outcome"],
  { installed, healed }: Omit<Proofs, keyof Told>,
): readonly string[] {
  const [begun, ended] = [linesOf(installed), linesOf(healed)];
  const isSure = installed?.kind === "installed" && installed.outcome === "installed";
  const isHealedInPart = healed?.kind === "healed" && healed.outcome === "partial";
  const isEndInDoubt = isSure && (outcome === "partial" || isHealedInPart);
  if (!isEndInDoubt) return [...begun, ...ended];
  return [...(healed === undefined ? ["its end was not seen"] : ended), ...begun];
}

function linesOf(line: LedgerEntry | undefined): readonly string[] {
  if (line?.kind !== "installed" && line?.kind !== "healed") return [];
  const inPart = line.kind === "healed" && line.outcome === "partial" ? " in part" : "";
  return line.evidence.map((what) => `${line.kind}${inPart}: ${what}`);
}

/** Nothing is said of a fault that was never begun: nothing set it off, or its time never came. */
function whyAbsent(
  said: LedgerEntry | undefined,
  { waits }: Pick<Told, "waits">,
): readonly string[] {
  if (said?.kind === "installed") return said.evidence;
  return [waits ? "nothing set it off while the run lasted" : "the ledger ends before its time"];
}

function outageOf(
  outages: Outages,
  { installedAtMs, healedAtMs }: Pick<FaultResult, "installedAtMs" | "healedAtMs">,
): number | null {
  if (installedAtMs === null) return null;
  const healed = healedAtMs === null ? Number.POSITIVE_INFINITY : healedAtMs * 1e6;
  return round(outages.duringMs({ begun: installedAtMs * 1e6, healed }));
}

/** A heal that a replica's own boot check refused is known to have been made. */
const ENDED: ReadonlySet<FaultResult["outcome"]> = new Set(["installed", "partial", "prevented"]);

/**
 * A fault that was there but did not demonstrably end is `partial`: the rest of the run is in
 * doubt.
 */
function outcomeOfProof({ installed, healed, intended, isLost }: Proofs): FaultResult["outcome"] {
  if (isLost) return "indeterminate";
  if (!intended) return "skipped";
  if (installed?.kind !== "installed") return "indeterminate";
  if (installed.outcome !== "installed") return installed.outcome;
  if (healed?.kind !== "healed") return "partial";
  return ENDED.has(healed.outcome) ? "installed" : "partial";
}
