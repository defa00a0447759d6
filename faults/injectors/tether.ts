/**
 * A child that the kernel kills with its parent, whatever the parent dies of. The parent-death
 * signal of Linux does it without any privilege, in every container, and leaves the child its pid,
 * its terminal and its view of /proc, all of which a PID namespace of its own would take. It is not
 * handed down: what a child starts itself is not tethered, so it tethers its own.
 */
import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from "node:child_process";

/** Whether the kernel cleans up here, or why not. */
export type Tether = { readonly holds: true } | { readonly holds: false; readonly because: string };

/** util-linux sets the signal on itself and then becomes the program. */
const SETPRIV = ["setpriv", "--pdeathsig", "KILL"] as const;

/**
 * The parent may have died before the signal was set; then nothing begins. `$0` is the parent's
 * pid; the shell, too, becomes the program.
 */
const UNLESS_ORPHANED = '[ "$PPID" = "$0" ] && exec "$@"';

let known: Tether | null = null;

/** Looked at once: a kernel does not change its mind. */
export function tether(): Tether {
  known ??= lookAtTether();
  return known;
}

function lookAtTether(): Tether {
  const [command, ...args] = [...SETPRIV, "true"];
  const { error, status, stderr } = spawnSync(command, args, { encoding: "utf8" });
  if (status === 0) return { holds: true };
  const missing = error !== undefined && "code" in error && error.code === "ENOENT";
  if (missing) return { holds: false, because: "there is no setpriv" };
  const said = error?.message ?? stderr.trim().split("\n")[0] ?? "";
  return { holds: false, because: `setpriv cannot set a parent-death signal: ${said}` };
}

/** Tethered where the kernel does that, and as it always was where not. */
export function spawnTethered(
  program: string,
  args: readonly string[],
  options: SpawnOptions,
): ChildProcess {
  if (!tether().holds) return spawn(program, [...args], options);
  const [command, ...rest] = tetheredTo(process.pid, program, args);
  return spawn(command, rest, options);
}

/** The command line of `program` as a child of `parent` that dies with it. */
export function tetheredTo(
  parent: number,
  program: string,
  args: readonly string[],
): [command: string, ...args: string[]] {
  return [...SETPRIV, "sh", "-c", UNLESS_ORPHANED, String(parent), program, ...args];
}
