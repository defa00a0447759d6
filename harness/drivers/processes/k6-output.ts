/** How k6 puts it: its log in JSON, and its summary. */
import { readFileSync } from "node:fs";
import { z } from "zod";

const logLine = z.object({
  level: z.string(),
  msg: z.string(),
  hint: z.string().optional(),
  source: z.string().optional(),
});

const summaryFile = z.object({
  metrics: z.record(
    z.string(),
    z.looseObject({
      count: z.number().optional(),
      /** True where it was crossed. */
      thresholds: z.record(z.string(), z.boolean()).optional(),
    }),
  ),
});

export interface Summary {
  /** Arrivals for which there was no virtual user. */
  readonly droppedIterations: number;
  readonly crossed: readonly string[];
}

/** Null where a line tells of no error. */
export function errorIn(line: string): string | null {
  const parsed = parseLine(line);
  if (parsed?.level !== "error" && parsed?.level !== "fatal") return null;
  // A stack trace, on one line.
  return parsed.msg.trim().replaceAll(/\s*\n\s*/g, " ");
}

/** The error of that line was thrown by the script, and by an iteration of it. */
export function tellsOfScript(line: string): boolean {
  const parsed = parseLine(line);
  return parsed?.hint === "script exception" || parsed?.source === "stacktrace";
}

/** Null where there is none, or half of one. */
export function readSummary(path: string): Summary | null {
  const { success, data } = summaryFile.safeParse(readJson(path));
  if (!success) return null;
  const crossed = Object.entries(data.metrics).flatMap(([metric, { thresholds = {} }]) =>
    Object.entries(thresholds).flatMap(([rule, isCrossed]) =>
      isCrossed ? [`${metric}: ${rule}`] : [],
    ),
  );
  return { droppedIterations: data.metrics["dropped_iterations"]?.count ?? 0, crossed };
}

function parseLine(line: string): z.output<typeof logLine> | null {
  try {
    return logLine.safeParse(JSON.parse(line)).data ?? null;
  } catch {
    return null;
  }
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return null;
  }
}
