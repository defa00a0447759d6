/** The only place where errors become exit codes (harness §5.4). */
import { CommanderError } from "commander";
import { MutantError } from "../../faults/mutant.ts";
import { EXIT_CODES } from "../checkers/verdict/exit-code.ts";
import { UnreadableRun } from "../observations/load.ts";
import { printableLines } from "../scenario/printable.ts";
import { ScenarioError } from "../scenario/scenario.ts";

/** Files that somebody wrote, and that cannot be what they are taken for. */
const BAD_INPUT = [ScenarioError, MutantError, UnreadableRun] as const;

/** Says on stderr what went wrong, in one message. @returns the exit code */
export function report(error: unknown): number {
  if (error instanceof CommanderError) {
    // Commander has said it already; help and version are no errors.
    return error.exitCode === 0 ? 0 : EXIT_CODES.badScenario;
  }
  if (BAD_INPUT.some((kind) => error instanceof kind)) {
    process.stderr.write(`${printableLines((error as Error).message)}\n`);
    return EXIT_CODES.badScenario;
  }
  process.stderr.write(`bft-chaos: ${printableLines(messageOf(error))}\n`);
  return EXIT_CODES.harnessFailed;
}

/** The message and those of its causes; the stack only of what nobody foresaw. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (!("code" in error)) return error.stack ?? error.message;
  const cause = error.cause instanceof Error ? `\n  because: ${messageOf(error.cause)}` : "";
  return `${error.message}${cause}`;
}
