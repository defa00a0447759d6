/** How everything of a run is marked at the engine: by labels, never by a variable. */
import type { OwnerState } from "../litter.ts";
import { type Owner, ownerName, stateOfOwner } from "../processes/owner.ts";
import type { Labels } from "./engine.ts";

export const RUN_LABEL = "bft-chaos.run";
export const OWNER_LABEL = "bft-chaos.owner";
/** When the run is over for certain, ms since 1970. */
export const EXPIRY_LABEL = "bft-chaos.expires";

export interface Mark {
  readonly runId: string;
  readonly owner: Owner;
  readonly expiresMs: number;
}

export function labelsOf({ runId, owner, expiresMs }: Mark): Labels {
  return {
    [RUN_LABEL]: runId,
    [OWNER_LABEL]: ownerName(owner),
    [EXPIRY_LABEL]: String(expiresMs),
  };
}

/** Who cannot be seen from here counts as alive only until its run is over for certain. */
export function ownerStateOf(labels: Labels, nowMs: number): OwnerState {
  const state = stateOfOwner(labels[OWNER_LABEL] ?? "");
  const expires = Number(labels[EXPIRY_LABEL] ?? Number.NaN);
  return state === "elsewhere" && nowMs > expires ? "dead" : state;
}

/** Names of objects of a run: a person who lists them sees whose they are. */
export function nameIn(runId: string, part: string): string {
  return `bft-chaos-${runId}-${part}`;
}
