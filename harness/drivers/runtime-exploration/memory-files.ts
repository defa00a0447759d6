/** What `nodes/runtime/files.ts` offers, on the disk of the machine whose process runs. */
import { dirname } from "node:path";
import type * as realFiles from "../../../nodes/runtime/files.ts";
import type { DiskStep } from "./disk-weather.ts";
import type { MemoryFile } from "./memory-file.ts";
import {
  type Machine,
  type MemoryProcess,
  type OpenFile,
  runningProcess,
} from "./memory-process.ts";

type Callback = (error: Error | null) => void;

/** A process that has ended on the way does nothing any more, whatever its code still asks for. */
function living(step: DiskStep | null): { process: MemoryProcess; host: Machine } | null {
  const process = runningProcess();
  // Code that writes may go on as if it had waited.
  process.host.world.stir();
  if (process.isAlive && step !== null) process.host.events.onDiskStep(step);
  return process.isAlive ? { process, host: process.host } : null;
}

function failure(code: string, syscall: string): Error {
  return Object.assign(new Error(`${code}, ${syscall}`), { code, syscall });
}

function fileAt(descriptor: number): OpenFile & { readonly file: MemoryFile } {
  const open = runningProcess().files.get(descriptor);
  if (open === undefined || open.file === null) throw failure("EBADF", "write");
  return { ...open, file: open.file };
}

function openSync(path: string, flags: "r" | "r+" | "w" | "a+"): number {
  const here = living("open");
  if (here === null) return -1;
  const { process, host } = here;
  if (!process.hasDescriptor) throw failure("EMFILE", "open");
  const isAppending = flags === "a+";
  let file = host.disk.find(path) ?? null;
  const isFolder = host.disk.paths.some((other) => dirname(other) === path);
  const isNothing = path.startsWith("/dev/") || path === host.dataFolder || isFolder;
  if (file === null && !isNothing) {
    if (flags !== "w" && !isAppending) throw failure("ENOENT", "open");
    file = host.disk.create(path);
  } else if (flags === "w") file?.truncate(0);
  return process.open({ path, file, isAppending });
}

function closeSync(descriptor: number): void {
  const here = living(null);
  if (here === null) return;
  if (!here.process.files.delete(descriptor)) throw failure("EBADF", "close");
}

interface Placed {
  readonly bytes: Uint8Array;
  readonly position: number | null;
}

function writeSync(
  descriptor: number,
  data: Uint8Array | string,
  offset = 0,
  ...[length, position = null]: readonly (number | null)[]
): number {
  const whole = typeof data === "string" ? Buffer.from(data) : data;
  const bytes = whole.subarray(offset, offset + (length ?? whole.length));
  return writeAt(descriptor, { bytes, position });
}

function writeAt(descriptor: number, { bytes, position }: Placed): number {
  const here = living("write");
  // What it is told is not true, but nobody is left to act on it.
  if (here === null) return bytes.length;
  const { host } = here;
  const { weather } = host;
  const open = fileAt(descriptor);
  if (weather.failingWrites > 0) {
    weather.failingWrites -= 1;
    throw failure("EIO", "write");
  }
  const room = weather.isShort ? Math.ceil(bytes.length / 2) : bytes.length;
  const written = bytes.subarray(0, Math.min(room, weather.freeBytes));
  if (written.length === 0 && bytes.length > 0) throw failure("ENOSPC", "write");
  weather.freeBytes -= written.length;
  const at = open.isAppending || position === null ? open.file.size : position;
  open.file.write(at, written);
  if (open.path === host.auditFile) {
    host.events.onAuditWritten(Buffer.from(written).toString("utf8"));
  } else if (open.path.endsWith(".synced")) host.events.onLogMarked();
  return written.length;
}

function readSync(
  descriptor: number,
  target: Uint8Array,
  offset: number,
  ...[length = 0, position = 0]: readonly number[]
): number {
  if (living(null) === null) return 0;
  const bytes = fileAt(descriptor).file.content.subarray(position, position + length);
  target.set(bytes, offset);
  return bytes.length;
}

/** As far as it had been written when this began. */
function sync(descriptor: number, done: Callback): void {
  const here = living("sync");
  if (here === null) return;
  const { process, host } = here;
  const { world, weather } = host;
  const open = process.files.get(descriptor);
  if (open === undefined) throw failure("EBADF", "fsync");
  const changes = open.file?.unsynced ?? 0;
  const isFailing = weather.failingSyncs > 0;
  if (isFailing) weather.failingSyncs -= 1;
  const most = weather.syncMs.value;
  const takesMs = Math.max(weather.stalledUntilMs - world.nowMs, world.random.real(most / 4, most));
  world.after(takesMs, process, () => {
    if (isFailing) open.file?.syncFailed(changes);
    else if (open.file === null) host.disk.syncFolder(open.path);
    else open.file.sync(changes);
    if (!isFailing) host.events.onDiskStep("synced");
    if (!process.isAlive) return;
    world.stir();
    done(isFailing ? failure("EIO", "fsync") : null);
  });
}

function fsyncSync(descriptor: number): void {
  const here = living("sync");
  if (here === null) return;
  const { process, host } = here;
  const open = process.files.get(descriptor);
  if (open === undefined) throw failure("EBADF", "fsync");
  const isFailing = host.weather.failingSyncs > 0;
  if (isFailing) host.weather.failingSyncs -= 1;
  if (isFailing) open.file?.syncFailed(open.file.unsynced);
  if (isFailing) throw failure("EIO", "fsync");
  if (open.file === null) host.disk.syncFolder(open.path);
  else open.file.sync(open.file.unsynced);
}

function ftruncateSync(descriptor: number, size: number): void {
  if (living("write") !== null) fileAt(descriptor).file.truncate(size);
}

function renameSync(from: string, to: string): void {
  const here = living("rename");
  if (here === null) return;
  const file = here.host.disk.find(from);
  if (file === undefined) throw failure("ENOENT", "rename");
  here.host.disk.rename(from, to, file);
}

function unlinkSync(path: string): void {
  const here = living("unlink");
  if (here === null) return;
  if (!here.host.disk.has(path)) throw failure("ENOENT", "unlink");
  here.host.disk.remove(path);
}

function rmSync(path: string): void {
  if (runningProcess().host.disk.has(path)) unlinkSync(path);
}

function readFileSync(path: string, encoding?: "utf8"): Buffer | string {
  const { host, isAlive } = runningProcess();
  const limit = Number.isFinite(host.descriptorsMax) ? host.descriptorsMax : 1_024;
  const limits = Buffer.from(`Max open files            ${limit}\n`);
  const content = path === "/proc/self/limits" ? limits : host.disk.find(path)?.content;
  if (content === undefined && isAlive) throw failure("ENOENT", "open");
  const bytes = content ?? Buffer.alloc(0);
  return encoding === undefined ? bytes : bytes.toString(encoding);
}

function readdirSync(folder: string): string[] {
  const { paths } = runningProcess().host.disk;
  return paths
    .filter((path) => dirname(path) === folder)
    .map((path) => path.slice(folder.length + 1));
}

/** Those that are missing are for what looks after a dead replica. */
export const memoryFiles: Partial<Record<keyof typeof realFiles, unknown>> = {
  closeSync,
  existsSync: (path: string) => runningProcess().host.disk.has(path),
  fdatasync: sync,
  fstatSync: (descriptor: number) => ({ size: fileAt(descriptor).file.size }),
  fsync: sync,
  fsyncSync,
  ftruncateSync,
  // Folders are where files are.
  mkdirSync: () => undefined,
  openSync,
  readFileSync,
  readSync,
  readdirSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeSync,
};
