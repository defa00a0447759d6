export interface JsonLines {
  readonly values: readonly unknown[];
  /** The broken line, in words, after which nothing was read; null if there is none. */
  readonly broken: string | null;
  /** Whether the file ends in the middle of a line. */
  readonly torn: boolean;
}

/**
 * The lines of a JSON-lines text. The writer may have been killed in the middle of one: a last line
 * without its newline is dropped, as is any other that `isTorn` knows of.
 * @param isTorn judges a broken line by the values before and after it
 */
export function readJsonLines(
  text: string,
  isTorn: (before: unknown, after: unknown) => boolean = () => false,
): JsonLines {
  const lines = text.split("\n");
  // What follows the last newline: nothing, or the torn line.
  const torn = lines.pop() !== "";
  const values: unknown[] = [];
  let broken: string | null = null;
  for (const [index, line] of lines.entries()) {
    if (line.trim() === "") continue;
    const value = parsed(line);
    if (broken !== null && !isTorn(values.at(-1), value)) return { values, broken, torn };
    broken = value === undefined ? `line ${index + 1} is no JSON object` : null;
    if (value !== undefined) values.push(value);
  }
  if (broken !== null && !isTorn(values.at(-1), undefined)) return { values, broken, torn };
  return { values, broken: null, torn };
}

/** Undefined if it is no JSON object. */
function parsed(line: string): unknown {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
