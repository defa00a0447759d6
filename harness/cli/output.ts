/**
 * What becomes of a command whose reader is gone (`| head`, a closed terminal): it goes on in
 * silence and ends with its own exit code. A run has faults to heal and a store to finish, and its
 * verdict does not depend on who reads along; for the others the same rule is the simplest one.
 */
import { EXIT_CODES } from "../checkers/verdict/exit-code.ts";

/** A reader that left, and a terminal that hung up. */
const NOBODY_READS: ReadonlySet<string> = new Set(["EPIPE", "EIO", "ECONNRESET"]);

/** Without this, the first line that nobody reads would end the process. */
export function outliveReaders(): void {
  process.stderr.on("error", () => undefined);
  let told = false;
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (told || NOBODY_READS.has(error.code ?? "")) return;
    told = true;
    // A file on a full disk: somebody does want to read it, and would take half for the whole.
    process.stderr.write(`bft-chaos: the output cannot be written: ${error.message}\n`);
    process.on("exit", () => (process.exitCode ||= EXIT_CODES.harnessFailed));
  });
}
