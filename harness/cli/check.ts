/** `bft-chaos check`: the linearizability checker alone, on anybody's history. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Command, Option } from "commander";
import { z } from "zod";
import { assert } from "../../nodes/protocols/assert.ts";
import { models } from "../../nodes/registry.ts";
import {
  checkHistory,
  type LinearizabilityResult,
} from "../checkers/safety/linearizability/check-history.ts";
import { type Event, HistoryError } from "../checkers/safety/linearizability/history-calls.ts";
import { refuseKinds } from "../input-kind.ts";
import { FILES } from "../observations/store.ts";
import { printableLines } from "../scenario/printable.ts";
import { formatPath } from "../scenario/scenario.ts";
import { findingsOf } from "../scenario/wording.ts";
import { choice, milliseconds } from "./arguments.ts";

const eventSchema = z.object({
  process: z.union([z.number(), z.string()]),
  type: z.enum(["invoke", "ok", "fail", "info"]),
  f: z.string(),
  key: z.union([z.string(), z.number()]).nullish(),
  value: z.unknown(),
  error: z.unknown().optional(),
});

const A_HISTORY = "history.jsonl of a run, or one of the same shape";
const EXIT = { linearizable: 0, violation: 1, unknown: 2, badHistory: 254 } as const;
const DEFAULT_TIME_LIMIT_MS = 60_000;

interface CheckOptions {
  /** One of `models`, by name. */
  readonly model: string;
  readonly timeLimit: number;
}

/** Each event with the number of its line. */
interface Line {
  readonly number: number;
  readonly text: string;
  readonly event: Event;
}

/** A history that cannot be read, in one line that says where. */
class BadHistory extends Error {
  override readonly name = "BadHistory";
}

export function register(program: Command): void {
  program
    .command("check")
    .summary("is a recorded history linearizable?")
    .description(
      "Checks a history (JSON lines: process, type, f, key, value) for linearizability, key by " +
        "key.\nExit code 0: linearizable, 1: not, 2: unknown within the time, 254: no such history.",
    )
    .argument("<history>", A_HISTORY)
    .addOption(choice("--model <model>", models, "what a key is").makeOptionMandatory())
    .addOption(
      new Option("--time-limit <duration>", "give up after this long, e.g. 500ms, 60s, 2m")
        .argParser(milliseconds)
        .default(DEFAULT_TIME_LIMIT_MS, "60s"),
    )
    .action((path: string, options: CheckOptions) => {
      process.exitCode = runCheck(path, options);
    });
}

function runCheck(path: string, { model, timeLimit }: CheckOptions): number {
  refuseKinds(path, ["scenario", "plan", "printed plan", "runtime plan"], A_HISTORY);
  try {
    refuseFolder(path);
    const lines = readLines(path);
    const result = check(lines, { path, model, timeLimit });
    process.stdout.write(`${printableLines(describe(result, lines))}\n`);
    return EXIT[result.outcome];
  } catch (error) {
    if (!(error instanceof BadHistory)) throw error;
    process.stderr.write(`${printableLines(error.message)}\n`);
    return EXIT.badHistory;
  }
}

function refuseFolder(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return;
  const inside = join(path, FILES.history);
  const use = existsSync(inside) ? `, here ${inside}` : "";
  throw new BadHistory(`${path}: found a folder; allowed: ${A_HISTORY}${use}`);
}

function readLines(path: string): readonly Line[] {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new BadHistory(`${path}: cannot be read (${why})`, { cause: error });
  }
  return text.split("\n").flatMap((line, index) => {
    if (line.trim() === "") return [];
    const number = index + 1;
    return [{ number, text: line, event: parseLine(line, `${path}:${number}`) }];
  });
}

function parseLine(line: string, place: string): Event {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new BadHistory(`${place}: this line is no JSON (${why})`, { cause: error });
  }
  const parsed = eventSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = findingsOf(parsed.error.issues, value, eventSchema).map(
    ({ path: keys, message }) => `${formatPath(keys) || "the line"}: ${message}`,
  );
  throw new BadHistory(`${place}: this line is no history event (${issues.join("; ")})`);
}

function check(
  lines: readonly Line[],
  { path, model: name, timeLimit }: CheckOptions & { readonly path: string },
): LinearizabilityResult {
  if (lines.length === 0) throw new BadHistory(`${path}: the history is empty`);
  const events = lines.map(({ event }) => event);
  const model = models.find((candidate) => candidate.name === name);
  assert(model !== undefined, `the option lets through ${name}, which is no model`);
  try {
    return checkHistory(events, model, { timeLimitMs: timeLimit });
  } catch (error) {
    if (!(error instanceof HistoryError)) throw error;
    const number = lines[error.position]?.number ?? 0;
    throw new BadHistory(`${path}:${number}: ${error.message}`, { cause: error });
  }
}

function describe(result: LinearizabilityResult, lines: readonly Line[]): string {
  const size = `${result.operations} operations on ${result.keys} keys`;
  switch (result.outcome) {
    case "linearizable":
      return `linearizable: ${size}`;
    case "unknown": {
      const keys = result.undecided.map((key) => key ?? "(the only key)").slice(0, 10);
      return `unknown: the time ran out on ${result.undecided.length} of ${size}: ${keys.join(", ")}`;
    }
    case "violation": {
      const { violation } = result;
      const key = violation?.key === null ? "" : ` on key ${violation?.key}`;
      const shown = violation?.events.map((position) => {
        const line = lines[position];
        const mark = position === violation.at ? ">" : " ";
        return `${mark} line ${line?.number}: ${line?.text}`;
      });
      const heading = `not linearizable: no order explains these operations${key} (of ${size}):`;
      return [heading, ...(shown ?? [])].join("\n");
    }
    default:
      return result.outcome satisfies never;
  }
}
