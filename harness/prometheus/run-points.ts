/** A whole run as points in time, from what it recorded and what the judge made of it. */
import { endOfRun } from "../checkers/windows.ts";
import type { Observations } from "../observations/observations.ts";
import { type JudgedRecords, judgedPoints, zeroAtMs } from "./judged-points.ts";
import type { Point } from "./point.ts";
import { type RunLine, RunPlayback } from "./run-playback.ts";

/** @returns those of one series in order of time */
export function runPoints(run: JudgedRecords): readonly Point[] {
  return [...recordedPoints(run.observations), ...judgedPoints(run)];
}

/** What it recorded: every period, and whenever a fault came or went. */
export function recordedPoints(observations: Observations): readonly Point[] {
  const { run, plan, history, ledger, metrics } = observations;
  const points: Point[] = [];
  const playback = new RunPlayback({
    run,
    plan,
    zeroAtMs: zeroAtMs(observations),
    emit: (each) => points.push(...each),
  });
  const end = endOfRun(observations);
  const lines: RunLine[] = [
    ...history.map((line) => ({ of: "history" as const, line })),
    ...ledger.map((line) => ({ of: "ledger" as const, line })),
    ...metrics.map((line) => ({ of: "metrics" as const, line })),
  ];
  const early = lines.filter(({ line }) => line.time <= end);
  for (const line of early.sort((a, b) => a.line.time - b.line.time)) playback.feed(line);
  playback.end(end);
  return points;
}
