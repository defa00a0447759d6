/**
 * SIGKILL, SIGSTOP and SIGCONT with proof from /proc. A process is its pid *and* its start time: a
 * pid that the kernel has given to somebody else is never signalled.
 */
import { readFile } from "node:fs/promises";
import { InjectorError } from "./injector-error.ts";
import { until } from "./until.ts";

export interface ProcessIdentity {
  readonly pid: number;
  /** Field 22 of /proc/<pid>/stat: clock ticks since boot. */
  readonly startTicks: string;
}

export interface SignalProof {
  /** The state letter of /proc, or `gone`. A zombie is gone: its sockets and memory are. */
  readonly state: string;
  readonly tookMs: number;
}

const CONFIRM_MS = 2_000;

/** @returns null if no such process runs (a zombie does not) */
export async function identify(pid: number): Promise<ProcessIdentity | null> {
  const stat = await readStat(pid);
  return stat === null || isDead(stat.state) ? null : { pid, startTicks: stat.startTicks };
}

/** kill -9. Killing what is dead already is a success. */
export function kill(process: ProcessIdentity): Promise<SignalProof> {
  return signal(process, "SIGKILL", (state) => state === "gone");
}

/** SIGSTOP; proven when every look at /proc says `T`. */
export function stop(process: ProcessIdentity): Promise<SignalProof> {
  return signal(process, "SIGSTOP", (state) => state === "T");
}

/** SIGCONT; proven when it is no longer stopped. */
export function resume(process: ProcessIdentity): Promise<SignalProof> {
  return signal(process, "SIGCONT", (state) => state !== "T" && state !== "gone");
}

/** The state letter of this very process now, or `gone`. */
export async function processState({ pid, startTicks }: ProcessIdentity): Promise<string> {
  const stat = await readStat(pid);
  const same = stat !== null && stat.startTicks === startTicks;
  return same && !isDead(stat.state) ? stat.state : "gone";
}

async function signal(
  target: ProcessIdentity,
  name: "SIGKILL" | "SIGSTOP" | "SIGCONT",
  reached: (state: string) => boolean,
): Promise<SignalProof> {
  const since = performance.now();
  const before = await processState(target);
  if (before === "gone") {
    if (name === "SIGKILL") return { state: "gone", tookMs: 0 };
    throw new InjectorError("process-changed", `${name}: process ${target.pid} is gone`);
  }
  process.kill(target.pid, name);
  let state = before;
  const proven = await until(
    async () => {
      state = await processState(target);
      return reached(state) ? state : null;
    },
    { withinMs: CONFIRM_MS, everyMs: 1 },
  );
  if (proven === null) {
    const last = `after ${CONFIRM_MS} ms its state is ${state}`;
    throw new InjectorError("signal-unconfirmed", `${name} to process ${target.pid}: ${last}`);
  }
  return { state: proven, tookMs: performance.now() - since };
}

interface Stat {
  readonly state: string;
  readonly startTicks: string;
}

async function readStat(pid: number): Promise<Stat | null> {
  let text: string;
  try {
    text = await readFile(`/proc/${pid}/stat`, "utf8");
  } catch (error) {
    // ESRCH: it went away between open and read.
    if (isErrno(error) && (error.code === "ENOENT" || error.code === "ESRCH")) return null;
    throw error;
  }
  // The second field is the command in brackets and may hold anything, brackets and blanks too.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return { state: fields[0] ?? "", startTicks: fields[19] ?? "" };
}

function isDead(state: string): boolean {
  return state === "Z" || state === "X" || state === "x";
}

function isErrno(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "code" in error;
}
