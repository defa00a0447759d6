/** The machine and the versions behind every figure. */
import { readFileSync, statfsSync } from "node:fs";
import {
  arch,
  availableParallelism,
  cpus,
  loadavg,
  platform,
  release,
  tmpdir,
  totalmem,
} from "node:os";

/** statfs(2) numbers of the file systems that make a difference to a figure. */
const FILESYSTEMS: Readonly<Record<number, string>> = {
  0xef53: "ext4",
  0x01021994: "tmpfs",
  0x58465342: "xfs",
  0x9123683e: "btrfs",
  0x794c7630: "overlay",
};

export function thisHost(): Readonly<Record<string, string | number>> {
  const filesystem = statfsSync(tmpdir()).type;
  return {
    platform: platform(),
    release: release(),
    arch: arch(),
    cpu: cpus()[0]?.model ?? "unknown",
    cpus: availableParallelism(),
    memoryGb: Math.round(totalmem() / 1e8) / 10,
    // An fsync on tmpfs costs nothing: durability figures mean little there.
    dataFilesystem: FILESYSTEMS[filesystem] ?? `0x${filesystem.toString(16)}`,
  };
}

/** Processes that wanted a core in the last minute, on average. */
export function loadAverage(): number {
  return Math.round((loadavg()[0] ?? 0) * 10) / 10;
}

export function versionsOf(): Readonly<Record<string, string>> {
  const text = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  const { version } = JSON.parse(text) as { readonly version: string };
  return { "bft-chaos": version, node: process.versions.node };
}
