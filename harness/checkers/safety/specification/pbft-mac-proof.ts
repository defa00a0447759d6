/** `pbft-mac-proof`: certificates of proofs, but nothing that shows a decision (protocols §22). */
import { fetchingClaimed } from "./execution.ts";
import { beingTold } from "./ordering.ts";
import { pbftSig } from "./pbft-sig.ts";
import { allowed, type Specification } from "./step.ts";
import { keying } from "./vouching.ts";

export const pbftMacProof: Specification = {
  ...pbftSig,
  stated: beingTold,
  statetransfer: fetchingClaimed,
  keys: keying,
  believed: allowed,
};
