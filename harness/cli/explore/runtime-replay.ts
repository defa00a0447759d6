/** A plan of the runtime that was kept, played again. */
import { EXIT_CODES } from "../../checkers/verdict/exit-code.ts";
import { linkRuntime } from "../../drivers/runtime-exploration/linked-runtime.ts";
import { playRuntime } from "../../drivers/runtime-exploration/play-runtime.ts";
import { printableLines } from "../../scenario/printable.ts";
import { runtimeMutantOf } from "./runtime-assignment.ts";
import { brokenLines } from "./runtime-failures.ts";
import type { KeptRuntimePlan } from "./runtime-plan-file.ts";

/** @returns 1 if it breaks a promise */
export async function replayRuntimePlan(
  { mutant, plan }: KeptRuntimePlan,
  { times, mutantFolders }: { readonly times: number; readonly mutantFolders: readonly string[] },
): Promise<number> {
  const runtime = await linkRuntime(runtimeMutantOf({ mutant, mutantFolders }));
  const planted = mutant === null ? "" : `, PLANTED BUG ${mutant}`;
  process.stdout.write(`runtime, seed ${plan.seed}, ${plan.mishaps.length} mishaps${planted}\n`);
  const told = new Set<string>();
  let failed = 0;
  for (let index = 1; index <= times; index += 1) {
    const { broken } = await playRuntime(plan, runtime);
    if (broken.length > 0) failed += 1;
    for (const line of brokenLines(broken)) {
      if (!told.has(line)) process.stdout.write(`${printableLines(line)}\n`);
      told.add(line);
    }
  }
  process.stdout.write(`it fails in ${failed} of ${times}\n`);
  return failed > 0 ? EXIT_CODES.broken : EXIT_CODES.asExpected;
}
