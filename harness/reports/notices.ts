/** Who noticed that something was wrong, and when: the first of each kind after a moment. */
import { nodeName } from "../../nodes/protocols/contract/core.ts";
import { violationsOf } from "./first-violation.ts";
import type { JudgedRun } from "./report.ts";

export interface Notice {
  readonly who: string;
  readonly atMs: number;
  readonly afterMs: number;
  readonly what: string;
}

type Found = Omit<Notice, "afterMs"> | null;

/**
 * What shows later than the recovery bound after its end is something else's doing.
 * @param over when it was over; null = never; `alarms` = what is not seen but by who watches for it
 */
export function noticesOf(
  run: JudgedRun,
  fromMs: number,
  over: number | "alarms" | null,
): readonly Notice[] {
  const boundMs = run.observations.plan.recoveryBound.totalMs;
  const untilMs = typeof over === "number" ? over + boundMs : Number.POSITIVE_INFINITY;
  const within = (atMs: number) => atMs >= fromMs && atMs <= untilMs;
  const found =
    over === "alarms"
      ? [alarm(run, within)]
      : [client(run, fromMs, within), replica(run, within), check(run, within), alarm(run, within)];
  return found
    .flatMap((notice) => (notice === null ? [] : [{ ...notice, afterMs: notice.atMs - fromMs }]))
    .toSorted((a, b) => a.atMs - b.atMs);
}

type Within = (atMs: number) => boolean;

/** The first that had no answer for as long as a client waits before it asks again. */
function client({ observations }: JudgedRun, fromMs: number, within: Within): Found {
  const { history, plan } = observations;
  const { clientMs } = plan.cluster.parameters.timers;
  let first: number | null = null;
  const open = new Map<number, number>();
  const patience = (process: number, endMs: number) => {
    const askedMs = open.get(process);
    if (askedMs === undefined) return;
    // Who had asked before may have waited for something else until then.
    const atMs = Math.max(askedMs, fromMs) + clientMs;
    if (endMs >= atMs && within(atMs) && (first === null || atMs < first)) first = atMs;
  };
  for (const { type, process, time } of history) {
    if (type === "invoke") {
      open.set(process, time / 1e6);
      continue;
    }
    patience(process, time / 1e6);
    open.delete(process);
  }
  for (const process of open.keys()) patience(process, Number.POSITIVE_INFINITY);
  if (first === null) return null;
  return { who: "a client", atMs: first, what: `no answer for ${clientMs} ms` };
}

/** The first good one that gave up on its primary. */
function replica({ observations, judgement }: JudgedRun, within: Within): Found {
  const liars = new Set(judgement.budget.steps.flatMap(({ safety }) => safety));
  const asked = [...observations.audits].flatMap(([id, records]) =>
    liars.has(nodeName(id))
      ? []
      : records.flatMap((record) => {
          const atMs = record.time / 1e6;
          return record.e === "viewchange" && within(atMs) ? [{ id, atMs, view: record.v }] : [];
        }),
  );
  const [first] = asked.toSorted((a, b) => a.atMs - b.atMs);
  if (first === undefined) return null;
  return { who: nodeName(first.id), atMs: first.atMs, what: `asks for view ${first.view}` };
}

function check({ judgement }: JudgedRun, within: Within): Found {
  for (const { check: broken, evidence } of violationsOf(judgement)) {
    const first = evidence.find(({ time }) => time !== undefined && within(time / 1e6));
    if (first?.time === undefined) continue;
    return { who: `the check ${broken.id}`, atMs: first.time / 1e6, what: first.what };
  }
  return null;
}

function alarm({ observations }: JudgedRun, within: Within): Found {
  const first = observations.ledger.find(
    (line) => line.kind === "alarm" && within(line.time / 1e6),
  );
  return first?.kind === "alarm"
    ? { who: first.by, atMs: first.time / 1e6, what: first.what }
    : null;
}
