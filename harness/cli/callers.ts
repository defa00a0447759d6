/**
 * The processes that this command was started through: npm or npx, and the shells between. None of
 * them hands down every signal, and `kill -9` none at all: whoever ends `npx bft-chaos run` means
 * the run, so the run watches them.
 */
import { sleep } from "../drivers/clock.ts";
import {
  environmentOf,
  isAlive,
  type ProcessIdentity,
  parentOf,
  startTimeOf,
} from "../drivers/processes/proc.ts";

const LOOK_EVERY_MS = 500;
/** What npm sets for everything it starts. */
const NPM_VARIABLE = "npm_execpath";

/**
 * From `pid`'s parent up to npm itself, the first that does not carry npm's mark; empty where npm
 * has no part in it: a run that somebody put in the background outlives his shell.
 */
export function callersOf(pid: number): readonly ProcessIdentity[] {
  const callers: ProcessIdentity[] = [];
  for (let child = pid; environmentOf(child)?.has(NPM_VARIABLE) === true; ) {
    const parent = parentOf(child);
    const startTime = parent === null ? null : startTimeOf(parent);
    if (parent === null || startTime === null || parent <= 1) break;
    callers.push({ pid: parent, startTime });
    child = parent;
  }
  return callers;
}

/** Resolves with the first caller that ended, or with null as soon as `signal` aborts. */
export async function callerGone(
  callers: readonly ProcessIdentity[],
  signal: AbortSignal,
): Promise<ProcessIdentity | null> {
  while (callers.length > 0 && !signal.aborted) {
    const gone = callers.find((caller) => !isAlive(caller));
    if (gone !== undefined) return gone;
    await sleep(LOOK_EVERY_MS, signal);
  }
  return null;
}
