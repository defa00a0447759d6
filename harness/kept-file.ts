/** JSON files that a user may have touched: what is wrong in one is said as of a scenario. */
import { readFileSync } from "node:fs";
import type { z } from "zod";
import { formatPath, ScenarioError } from "./scenario/scenario.ts";
import { type Finding, findingsOf } from "./scenario/wording.ts";

/** @throws ScenarioError if there is no file, or no JSON in it */
export function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    const found =
      error instanceof SyntaxError
        ? `found no JSON (${error.message})`
        : `cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    throw new ScenarioError([{ where: path, path: "", message: found }], { cause: error });
  }
}

/**
 * @param whole what it is not, and what would be one
 * @throws ScenarioError with all that is wrong in it
 */
export function parsedAs<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  { where, whole }: { readonly where: string; readonly whole: string },
): z.infer<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const findings = findingsOf(parsed.error.issues, value, schema);
  throw refusalOf({ where, whole }, findings, parsed.error);
}

/** What it is not stands first, then each finding. */
export function refusalOf(
  { where, whole }: { readonly where: string; readonly whole: string },
  findings: readonly Finding[],
  cause?: Error,
): ScenarioError {
  const problems = findings.map(({ path, message }) => ({
    where,
    path: formatPath(path),
    message,
  }));
  return new ScenarioError([{ where, path: "", message: whole }, ...problems], { cause });
}
