/** A VIEW-CHANGE as every variant of PBFT has it, from a replica that has nothing to claim. */
import type { BehaviourContext } from "../behaviour.ts";
import { ClaimingPbft } from "./pbft-mac.ts";
import { ProvingPbft } from "./pbft-mac-proof.ts";
import { RelayingPbft } from "./pbft-relay.ts";
import { SignedPbft } from "./pbft-sig.ts";

const variants: Readonly<
  Record<string, (context: BehaviourContext) => { understatement(view: number): Uint8Array }>
> = {
  "pbft-sig": (context) => new SignedPbft(context),
  "pbft-mac": (context) => new ClaimingPbft(context),
  "pbft-mac-proof": (context) => new ProvingPbft(context),
  "pbft-relay": (context) => new RelayingPbft(context),
};

/** @returns null where there are no views to ask for */
export function viewAskedFor(
  protocol: string,
  view: number,
  context: BehaviourContext,
): Uint8Array | null {
  return variants[protocol]?.(context).understatement(view) ?? null;
}
