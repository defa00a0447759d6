import { existsSync, readFileSync } from "node:fs";

/** A line that is no JSON, with its place. */
export class JsonLineError extends Error {
  override readonly name = "JsonLineError";
  readonly line: number;

  constructor(path: string, line: number, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(`${path}:${line}: this line is no JSON (${why})`, { cause });
    this.line = line;
  }
}

/**
 * Every line of a JSON-lines file. A last line without its newline is torn (the writer was killed
 * while writing it) and is dropped; any other broken line is an error, unless `isTorn` knows
 * better. Null if there is no file.
 * @param isTorn judges a broken line by the values before and after it
 */
export function readJsonLines(
  path: string,
  isTorn: (before: unknown, after: unknown) => boolean = () => false,
): readonly unknown[] | null {
  if (!existsSync(path)) return null;
  const lines = readFileSync(path, "utf8").split("\n");
  // What follows the last newline: nothing, or the torn line.
  lines.pop();
  const values: unknown[] = [];
  let broken: JsonLineError | null = null;
  for (const [index, line] of lines.entries()) {
    if (line.trim() === "") continue;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch (error) {
      if (broken !== null) throw broken;
      broken = new JsonLineError(path, index + 1, error);
      continue;
    }
    if (broken !== null && !isTorn(values.at(-1), value)) throw broken;
    broken = null;
    values.push(value);
  }
  if (broken !== null && !isTorn(values.at(-1), undefined)) throw broken;
  return values;
}
