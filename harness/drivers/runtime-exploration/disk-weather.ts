/** How well a disk does what it is asked, and who is told of each step. */
import { Strictest } from "./strictest.ts";

export const DISK_STEPS = ["write", "sync", "synced", "rename", "unlink", "open"] as const;
export type DiskStep = (typeof DISK_STEPS)[number];

export interface HostEvents {
  /** Just before it is done; for `synced` just after. */
  onDiskStep(step: DiskStep): void;
  onAuditWritten(text: string): void;
  /** Its log says how far it is durable. */
  onLogMarked(): void;
  onCrashed(error: unknown): void;
}

/** Anything may be changed at any time. */
export interface DiskWeather {
  /** How long an fsync takes at most. */
  readonly syncMs: Strictest;
  /** Fsyncs that begin before then end then. */
  stalledUntilMs: number;
  /** How many of the next fsyncs fail. */
  failingSyncs: number;
  failingWrites: number;
  /** A write may take less than it was given. */
  isShort: boolean;
  /** What can still be written. */
  freeBytes: number;
}

export function fairWeather(): DiskWeather {
  return {
    syncMs: new Strictest(2, Math.max),
    stalledUntilMs: 0,
    failingSyncs: 0,
    failingWrites: 0,
    isShort: false,
    freeBytes: Number.POSITIVE_INFINITY,
  };
}
