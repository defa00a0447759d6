import { existsSync, readFileSync } from "node:fs";
import { basename } from "node:path";

const LINES = 4;
const LENGTH_MAX = 500;

/** What a dead process said last, on one line, and where the whole of it is. */
export function lastWords(stderrFile: string): string {
  const said = existsSync(stderrFile) ? readFileSync(stderrFile, "utf8") : "";
  const lines = said
    .split("\n")
    .map((line) => line.trim())
    // A stack says where our code is, not what happened.
    .filter((line) => line !== "" && !/^(at |\^|Node\.js v|node:|file:)/.test(line));
  if (lines.length === 0) return " (it said nothing on stderr)";
  const last = lines.slice(-LINES).join(" / ").slice(-LENGTH_MAX);
  return `; it said: ${last} (logs/${basename(stderrFile)})`;
}
