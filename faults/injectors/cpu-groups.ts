/**
 * CPU quotas of the kernel: control groups, version 1 (`cpu.cfs_quota_us`) or 2 (`cpu.max`). A
 * group is a folder; which folder may hold groups of ours is tried, from the group of this process
 * up.
 */
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from "node:fs";
import { join, relative } from "node:path";
import { QUOTA_PERIOD_MS } from "../cpu-quota.ts";

const PERIOD_US = QUOTA_PERIOD_MS * 1_000;

/** A folder that may hold groups of ours. */
export interface GroupParent {
  readonly version: 1 | 2;
  readonly folder: string;
}

export interface QuotaCounts {
  /** As it reads back, in shares of one CPU; null = none. */
  readonly quota: number | null;
  /** The time that was waited, after it was used up, for the next period. */
  readonly heldMs: number;
}

/** The group of this process for CPU time and all groups above it, the nearest first. */
export function groupParents(): readonly GroupParent[] {
  const mounts = readMounts();
  // A kernel without control groups has neither file.
  if (!existsSync("/proc/self/cgroup")) return [];
  return readFileSync("/proc/self/cgroup", "utf8")
    .split("\n")
    .flatMap((line): readonly GroupParent[] => {
      const [, id = "", controllers = "", path = ""] = /^(\d+):([^:]*):(.*)$/.exec(line) ?? [];
      const isFirst = controllers.split(",").includes("cpu");
      if (!isFirst && !(id === "0" && controllers === "")) return [];
      const version = isFirst ? 1 : 2;
      return mounts
        .filter((mount) => mount.version === version)
        .flatMap(({ root, at }) => upwards(at, relative(root, path)))
        .map((folder) => ({ version, folder }));
    });
}

interface Mount {
  readonly version: 1 | 2;
  /** The part of the hierarchy that is seen there. */
  readonly root: string;
  readonly at: string;
}

function readMounts(): readonly Mount[] {
  return readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .flatMap((line): readonly Mount[] => {
      const [place = "", kind = ""] = line.split(" - ");
      const [, , , root = "", at = ""] = place.split(" ");
      const [type, , options = ""] = kind.split(" ");
      if (type === "cgroup2") return [{ version: 2, root, at }];
      const isCpu = type === "cgroup" && options.split(",").includes("cpu");
      return isCpu ? [{ version: 1, root, at }] : [];
    });
}

/** From the folder below `at` up to `at` itself; nothing where the path is outside of it. */
function upwards(at: string, below: string): readonly string[] {
  if (below.startsWith("..")) return [];
  const parts = below.split("/").filter((part) => part !== "");
  return parts.map((_, cut) => join(at, ...parts.slice(0, parts.length - cut))).concat(at);
}

/** Whether a group in it would have a quota at all, and this process may make one. */
export function canHoldGroups({ version, folder }: GroupParent): boolean {
  try {
    accessSync(folder, constants.W_OK);
    if (version === 1) return true;
    return readFileSync(join(folder, "cgroup.subtree_control"), "utf8").split(/\s/).includes("cpu");
  } catch {
    return false;
  }
}

/** Names of the groups in it that begin like this. */
export function groupsNamed({ folder }: GroupParent, prefix: string): readonly string[] {
  return readdirSync(folder).filter((name) => name.startsWith(prefix));
}

export class CpuGroup {
  readonly folder: string;
  readonly #version: 1 | 2;

  constructor({ version, folder }: GroupParent, name: string) {
    this.folder = join(folder, name);
    this.#version = version;
  }

  make(): void {
    mkdirSync(this.folder, { recursive: true });
  }

  /** With all its threads, and what it starts from now on. */
  take(pid: number): void {
    this.#write("cgroup.procs", String(pid));
  }

  /** @param share of one CPU; a whole one lifts the quota */
  limit(share: number): void {
    const quotaUs = share < 1 ? Math.round(share * PERIOD_US) : null;
    if (this.#version === 2) {
      this.#write("cpu.max", `${quotaUs ?? "max"} ${PERIOD_US}`);
      return;
    }
    this.#write("cpu.cfs_period_us", String(PERIOD_US));
    this.#write("cpu.cfs_quota_us", String(quotaUs ?? -1));
  }

  counts(): QuotaCounts {
    const stat = this.#read("cpu.stat");
    const count = (key: string) => Number(new RegExp(`^${key} (\\d+)$`, "m").exec(stat)?.[1] ?? 0);
    if (this.#version === 2) {
      const [quota = "max", period = ""] = this.#read("cpu.max").split(" ");
      return {
        quota: quota === "max" ? null : Number(quota) / Number(period),
        heldMs: count("throttled_usec") / 1_000,
      };
    }
    const quotaUs = Number(this.#read("cpu.cfs_quota_us"));
    return {
      quota: quotaUs < 0 ? null : quotaUs / Number(this.#read("cpu.cfs_period_us")),
      heldMs: count("throttled_time") / 1e6,
    };
  }

  /** @returns false while a process is in it; one that was just killed takes a moment to leave */
  remove(): boolean {
    try {
      rmdirSync(this.folder);
      return true;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EBUSY" || code === "ENOTEMPTY") return false;
      if (code === "ENOENT") return true;
      throw error;
    }
  }

  #write(file: string, text: string): void {
    writeFileSync(join(this.folder, file), text);
  }

  #read(file: string): string {
    return readFileSync(join(this.folder, file), "utf8").trim();
  }
}
