/** How often things happen in a drawn plan: a trigger that skips more of them never fires. */
import type { AuditEvent } from "../../../nodes/protocols/contract/audit.ts";
import type { Random } from "./random.ts";

/**
 * Lines of all replicas together in the faults phase, as the middle one of 150 drawn plans has
 * them; where most have none, of those that have some. The compiler asks for a line for every kind.
 */
const USUAL: Readonly<Record<AuditEvent["e"], number>> = {
  boot: 3,
  preprepared: 200,
  prepared: 190,
  committed: 170,
  decided: 3,
  stated: 3,
  executed: 170,
  checkpoint: 24,
  stable: 20,
  viewchange: 4,
  newview: 4,
  claims: 4,
  vouched: 9,
  believed: 4,
  keys: 12,
  statetransfer: 1,
  installed: 1,
  corrupt: 1,
  timer: 100,
  reject: 8,
  evidence: 1,
};

const UNSIGNED = ["pbft-mac", "pbft-relay", "pbft-mac-proof"];

/** Of whom there are such lines, where it is not everybody. */
const ONLY_IN: Readonly<Partial<Record<AuditEvent["e"], readonly string[]>>> = {
  vouched: UNSIGNED,
  believed: UNSIGNED,
  stated: UNSIGNED,
  keys: ["pbft-mac", "pbft-mac-proof"],
};

export function happensIn(event: AuditEvent["e"], protocol: string): boolean {
  return ONLY_IN[event]?.includes(protocol) ?? true;
}

/** Of those that are still to come, the mean of what is let pass. */
const SKIPPED_SHARE = 0.25;
/** Of what happens all the time any one will do. */
const MEAN_MAX = 12;

/**
 * How many are let pass, mostly few and now and then many: late ones are where the deep situations
 * are, and too late a trigger never fires.
 * @param left the share of the faults phase that is left when it begins to count
 */
export function drawSkip(random: Random, event: AuditEvent["e"], left: number): number {
  const mean = Math.min(MEAN_MAX, SKIPPED_SHARE * left * USUAL[event]);
  return Math.floor(-Math.log(1 - random.real(0, 1)) * mean);
}

/** From when on it is counted: what is rare may have happened by then, and never again. */
export function drawFrom(random: Random, event: AuditEvent["e"], chaosMs: number): number {
  const isRare = USUAL[event] < MEAN_MAX;
  const latest = isRare && random.chance(0.6) ? 0 : chaosMs * (isRare ? 0.4 : 0.7);
  return random.integer(0, Math.floor(latest));
}
