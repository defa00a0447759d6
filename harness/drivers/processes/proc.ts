/**
 * What /proc says about processes and listening ports: the ground truth of clean-up and of process
 * faults.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";

export interface ProcessIdentity {
  readonly pid: number;
  /**
   * Clock ticks since boot: together with the pid it names a process for good, pids are used again.
   */
  readonly startTime: string;
}

/**
 * The letter of proc(5) (`R`, `S`, `T` stopped, `Z` ended but not collected ...); null = no such
 * process.
 */
export function stateOf(pid: number): string | null {
  return statOf(pid)?.state ?? null;
}

/** CPU time that it has used, in whole ticks of the kernel; null = no such process. */
export function cpuMsOf(pid: number): number | null {
  const ticks = statOf(pid)?.cpuTicks;
  return ticks === undefined ? null : ticks * TICK_MS;
}

export function startTimeOf(pid: number): string | null {
  return statOf(pid)?.startTime ?? null;
}

/** The PID namespace that this process lives in, and in which alone pids mean what it thinks. */
export function pidNamespace(): string {
  return String(statSync("/proc/self/ns/pid").ino);
}

/** Running, sleeping or stopped, and the same process that was meant. */
export function isAlive({ pid, startTime }: ProcessIdentity): boolean {
  const stat = statOf(pid);
  return stat !== null && stat.startTime === startTime && stat.state !== "Z" && stat.state !== "X";
}

/**
 * All pids whose environment sets `variable`, with its value; processes of other users stay unseen.
 */
export function processesWith(variable: string): ReadonlyMap<number, ReadonlyMap<string, string>> {
  const found = new Map<number, ReadonlyMap<string, string>>();
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    const environment = readProc(`/proc/${entry}/environ`);
    if (environment === null || !environment.includes(`${variable}=`)) continue;
    const variables = parseEnvironment(environment);
    if (variables.has(variable)) found.set(Number(entry), variables);
  }
  return found;
}

/** Null where the process is gone or has none that this one can see. */
export function parentOf(pid: number): number | null {
  const parent = statOf(pid)?.parent ?? 0;
  return parent === 0 ? null : parent;
}

/** As the process was started with it; null where it is gone or belongs to somebody else. */
export function environmentOf(pid: number): ReadonlyMap<string, string> | null {
  const environment = readProc(`/proc/${pid}/environ`);
  return environment === null ? null : parseEnvironment(environment);
}

export function commandOf(pid: number): string {
  const line = readProc(`/proc/${pid}/cmdline`) ?? "";
  return line.replaceAll("\0", " ").trim();
}

/** TCP ports in state LISTEN on exactly this IPv4 address. */
export function listeningPorts(host: string): readonly number[] {
  const wanted = host
    .split(".")
    .map((part) => Number(part).toString(16).padStart(2, "0").toUpperCase())
    .reverse()
    .join("");
  const ports: number[] = [];
  for (const line of (readProc("/proc/net/tcp") ?? "").split("\n").slice(1)) {
    const [, local = "", , state] = line.trim().split(/\s+/);
    const [address, port] = local.split(":");
    if (state === "0A" && address === wanted && port) ports.push(Number.parseInt(port, 16));
  }
  return ports.sort((a, b) => a - b);
}

/** What /proc counts in, on every architecture that Node runs on. */
const TICK_MS = 10;

interface Stat {
  readonly state: string;
  readonly parent: number;
  readonly startTime: string;
  readonly cpuTicks: number;
}

function statOf(pid: number): Stat | null {
  const line = readProc(`/proc/${pid}/stat`);
  if (line === null) return null;
  // The command name is in parentheses and may itself hold blanks and parentheses.
  const fields = line.slice(line.lastIndexOf(")") + 2).split(" ");
  const [state, parent] = fields;
  const startTime = fields[19];
  const cpuTicks = Number(fields[11]) + Number(fields[12]);
  return state && startTime ? { state, parent: Number(parent), startTime, cpuTicks } : null;
}

function parseEnvironment(text: string): ReadonlyMap<string, string> {
  const variables = new Map<string, string>();
  for (const pair of text.split("\0")) {
    const at = pair.indexOf("=");
    if (at > 0) variables.set(pair.slice(0, at), pair.slice(at + 1));
  }
  return variables;
}

/** Null where the process is gone or belongs to somebody else: both are answers, not errors. */
function readProc(path: string): string | null {
  try {
    return readFileSync(path, "latin1");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    if (["ENOENT", "ESRCH", "EACCES", "EPERM"].includes(code)) return null;
    throw error;
  }
}
