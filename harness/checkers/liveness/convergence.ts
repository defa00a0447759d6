import { liveView } from "../../observations/live-view.ts";
import type { LedgerEntry, Observations, StatusSample } from "../../observations/observations.ts";
import { FILES } from "../../observations/store.ts";
import { membershipOf } from "../../plan/tolerance.ts";
import type { Checker, CheckerInput, Evidence } from "../checker.ts";
import { idleBecause } from "../evidence.ts";
import { provenOutcome } from "../proof.ts";
import { endOfRun, inMs, owedAtEndNs, owedWindows } from "../windows.ts";
import { Bounds } from "./bounds.ts";
import { lastStandings } from "./standings.ts";

/** Once faults are healed (protocols §15.3), all good replicas answer and hold the same state. */
export const convergence: Checker = {
  id: "convergence",
  summary:
    "after the heal all good replicas answer, at one number with one digest, a quorum of them " +
    "active in one view",
  idle: "no good replica could be watched at the end",
  promise: "liveness",
  needs: ["ledger"],
  check(input) {
    const { ledger } = input.observations;
    const expected = [...input.good].filter((replica) => !awayAtEnd(ledger, replica));
    const converged = ledger.findLast((entry) => entry.kind === "converged");
    const rests = [FILES.ledger, ...expected.map((replica) => FILES.audit(replica))].map(
      (file) => ({ file, until: "end" as const }),
    );
    if (converged !== undefined) {
      const apart = outOfView(input, expected).map((shown) => ({ ...shown, rests }));
      const early = notReachedBefore(input).map((shown) => ({ ...shown, rests }));
      const restless = neverAtRest(input, converged).map((shown) => ({ ...shown, rests }));
      const different = differences(converged, expected);
      const violations = [...different, ...apart, ...early, ...restless];
      return provenOutcome(input, expected.length, violations);
    }
    if (ledger.some(({ kind }) => kind === "abort")) {
      return idleBecause("the run was ended before it could be watched");
    }
    const owedNs = owedAtEndNs(input.observations, input.budget);
    if (owedNs < new Bounds(input).ns(endOfRun(input.observations) - owedNs)) {
      return idleBecause("the faults were not healed early enough to owe it");
    }
    const unseen = unseenAtEnd(input.observations, expected);
    if (unseen !== null) return { outcome: "unknown", judged: expected.length, because: unseen };
    return provenOutcome(input, expected.length, [{ ...notReached(input, expected), rests }]);
  },
};

/** What outlasts the faults is healed only when the others had time to converge without it. */
function notReachedBefore(input: CheckerInput): readonly Evidence[] {
  const { plan, ledger } = input.observations;
  const kept = new Set(
    plan.entries.filter(({ outlasts }) => outlasts === true).map(({ id }) => id),
  );
  const quiet = ledger.findIndex((line) => line.kind === "phase" && line.phase === "quiet");
  const back = ledger.find((line) => line.kind === "healing" && kept.has(line.entry));
  if (quiet === -1 || back?.kind !== "healing") return [];
  const before = ledger.slice(quiet).filter(({ time }) => time <= back.time);
  if (before.some(({ kind }) => kind === "converged")) return [];
  const bounds = new Bounds(input);
  const since = Math.max(before[0]?.time ?? 0, owedSince(input, back.time));
  if (!(back.time - since >= bounds.ns(since))) return [];
  const what = `the others had not converged when ${back.entry} was healed`;
  return [{ what, time: back.time, records: [back] }];
}

/**
 * Rest is the last thing that a plan asks for, and ends the run: where they had converged before
 * and the run went on for the whole bound, views or numbers kept changing although nobody asked.
 */
function neverAtRest(input: CheckerInput, converged: Converged): readonly Evidence[] {
  const { observations } = input;
  const { plan, ledger } = observations;
  const isAborted = ledger.some(({ kind }) => kind === "abort");
  if (plan.ending?.restMs === undefined || isAborted) return [];
  const end = endOfRun(observations);
  const since = Math.max(converged.time, owedSince(input, end));
  if (!(end - since >= new Bounds(input).ns(since))) return [];
  const what = `once converged they never came to rest in ${inMs(end - since)} ms`;
  return [{ what, time: end, records: [converged] }];
}

/** Infinity where nothing was owed then. */
function owedSince({ observations, budget }: CheckerInput, time: number): number {
  const owed = owedWindows(observations, budget).find(({ from, to }) => from < time && to >= time);
  return owed?.from ?? Number.POSITIVE_INFINITY;
}

/** A fault that nobody healed holds it down or cut off; that it is silent is no wonder. */
function awayAtEnd(ledger: readonly LedgerEntry[], replica: number): boolean {
  const healed = new Set(ledger.flatMap((line) => (line.kind === "healed" ? [line.entry] : [])));
  return ledger.some(
    (line) =>
      line.kind === "intent" &&
      !healed.has(line.entry) &&
      line.effects.some((effect) => effect.on === "process" && effect.replica === `r${replica}`),
  );
}

type Converged = Extract<LedgerEntry, { kind: "converged" }>;

function differences(converged: Converged, expected: readonly number[]): readonly Evidence[] {
  const { digests, time } = converged;
  const missing = expected.filter((replica) => digests[`r${replica}`] === undefined);
  const states = new Set(expected.flatMap((replica) => digests[`r${replica}`] ?? []));
  const violations = missing.map((replica) => ({
    what: `r${replica} did not answer when the others had converged`,
    replica,
    time,
    records: [converged],
  }));
  if (states.size < 2) return violations;
  const what = `the good replicas hold ${states.size} different states at the end`;
  return [...violations, { what, time, records: [converged] }];
}

/** Equal states are not enough: who has left the view does not order the next operation. */
function outOfView(input: CheckerInput, expected: readonly number[]): readonly Evidence[] {
  const standings = lastStandings(input, expected);
  if (standings.length === 0) return [];
  const members = membershipOf(input.observations.plan.cluster);
  const lying = members.replicas - input.good.size;
  if (liveView(standings, { ...members, lying }) !== null) return [];
  const where = standings.map(
    ({ replica, view, active }) => `r${replica} ${active ? "in" : "changing to"} view ${view}`,
  );
  const time = standings.reduce((latest, standing) => Math.max(latest, standing.time), 0);
  const what = `the good replicas have no view to work in at the end: ${where.join(", ")}`;
  return [{ what, time, records: standings }];
}

/**
 * Why nobody can tell whether they had converged: none answered then. Either nobody had the time to
 * ask, or all of them hang, which is a matter of progress (L-1, L-2).
 */
function unseenAtEnd(observations: Observations, expected: readonly number[]): string | null {
  const last = expected.map((replica) => lastPoll(observations, replica));
  if (last.some((sample) => statusOf(sample) !== undefined)) return null;
  return "no good replica answered a poll at the end of the quiet phase";
}

function notReached({ observations }: CheckerInput, expected: readonly number[]): Evidence {
  const last = expected.map((replica) => describeLast(observations, replica));
  const what = `not converged at the end of the quiet phase: ${last.join("; ")}`;
  const time = observations.ledger.findLast(({ kind }) => kind === "phase")?.time;
  return time === undefined ? { what } : { what, time };
}

function describeLast(observations: Observations, replica: number): string {
  const sample = lastPoll(observations, replica);
  if (sample === undefined) return `r${replica} was never polled`;
  const status = statusOf(sample);
  if (status === undefined) return `r${replica} silent at ${inMs(sample.time)} ms`;
  const mode = status.active ? "active" : "changing view";
  return `r${replica} view ${status.view} (${mode}), executed ${status.lastExec}`;
}

/** What a replica answers once the run is over says nothing of how it stood then. */
function lastPoll(observations: Observations, replica: number): StatusSample | undefined {
  const end = endOfRun(observations);
  return observations.samples.findLast((each) => each.replica === replica && each.time <= end);
}

function statusOf(sample: StatusSample | undefined): StatusSample["status"] {
  return sample?.up === true ? sample.status : undefined;
}
