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
 * while writing it) and is dropped; any other broken line is an error. Null if there is no file.
 */
export function readJsonLines(path: string): readonly unknown[] | null {
  if (!existsSync(path)) return null;
  const lines = readFileSync(path, "utf8").split("\n");
  // What follows the last newline: nothing, or the torn line.
  lines.pop();
  const values: unknown[] = [];
  for (const [index, line] of lines.entries()) {
    if (line.trim() === "") continue;
    try {
      values.push(JSON.parse(line));
    } catch (error) {
      throw new JsonLineError(path, index + 1, error);
    }
  }
  return values;
}
