/** One page for each protocol that has a specification. */
import { pbftMac } from "./pbft-mac.ts";
import { pbftMacProof } from "./pbft-mac-proof.ts";
import { pbftRelay } from "./pbft-relay.ts";
import { pbftSig } from "./pbft-sig.ts";
import type { Specification } from "./step.ts";
import { unreplicated } from "./unreplicated.ts";

export const specifications: ReadonlyMap<string, Specification> = new Map([
  ["pbft-sig", pbftSig],
  ["pbft-mac", pbftMac],
  ["pbft-relay", pbftRelay],
  ["pbft-mac-proof", pbftMacProof],
  ["unreplicated", unreplicated],
]);
