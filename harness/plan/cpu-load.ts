/**
 * What the load costs a replica in CPU time, and whether one with less than a whole CPU still keeps
 * up with it (harness §4.4): the counterpart of `link-delay.ts`.
 */
import { standstillMs } from "../../faults/cpu-quota.ts";
import { timelyMs } from "./link-delay.ts";

export interface LoadedCpu {
  /** CPU time that the load costs a replica within the delay that still counts as timely. */
  readonly workMs: number;
  /** `timers.request` */
  readonly requestMs: number;
}

/** One Ed25519 verification on the slower of the machines that this runs on. */
export const VERIFICATION_MS = 0.12;

/** Framing, encoding, the log and the sockets cost about as much again. */
const REST = 2;

/**
 * Of one operation in a batch of its own, at most: a request, a PRE-PREPARE and the votes of both
 * rounds, each with a signature.
 */
export function operationWorkMs(replicas: number, verificationMs = VERIFICATION_MS): number {
  return REST * verificationMs * 2 * replicas;
}

/**
 * Whether a replica with that share of a CPU does in time what the load brings in that time, the
 * longest standstill of its quota included.
 */
export function keepsUp(share: number, { workMs, requestMs }: LoadedCpu): boolean {
  return workMs / share + standstillMs(share) < timelyMs(requestMs);
}

/** The smallest of 1 %, 2 %, ... that keeps up; null = none does. */
export function leastShare(cluster: LoadedCpu): number | null {
  const shares = Array.from({ length: 99 }, (_, index) => (index + 1) / 100);
  return shares.find((share) => keepsUp(share, cluster)) ?? null;
}

/** How much longer so much work takes with that share, where each message may meet a standstill. */
export function slowerMs(
  share: number,
  { workMs, waits }: { readonly workMs: number; readonly waits: number },
): number {
  return workMs * (1 / share - 1) + waits * standstillMs(share);
}
