/** The variants of PBFT, and in whose hands their messages are forged. */
import type { Behaviour, BehaviourContext } from "../behaviour.ts";
import type { PbftMessages } from "./pbft.ts";
import { ClaimingPbft } from "./pbft-mac.ts";
import { ProvingPbft } from "./pbft-mac-proof.ts";
import { RelayingPbft } from "./pbft-relay.ts";
import { type CertifyingPbft, SignedPbft } from "./pbft-sig.ts";

/** One realisation for all of them: a lie about what they have in common. */
export function everyPbft<Parameters>(
  realise: (parameters: Parameters, messages: PbftMessages, context: BehaviourContext) => Behaviour,
) {
  return {
    "pbft-sig": (parameters: Parameters, context: BehaviourContext) =>
      realise(parameters, new SignedPbft(context), context),
    "pbft-mac": (parameters: Parameters, context: BehaviourContext) =>
      realise(parameters, new ClaimingPbft(context), context),
    "pbft-mac-proof": (parameters: Parameters, context: BehaviourContext) =>
      realise(parameters, new ProvingPbft(context), context),
    "pbft-relay": (parameters: Parameters, context: BehaviourContext) =>
      realise(parameters, new RelayingPbft(context), context),
  };
}

/** One realisation where a change of views rests on certificates. */
export function certifyingPbft<Parameters>(
  realise: (
    parameters: Parameters,
    messages: CertifyingPbft,
    context: BehaviourContext,
  ) => Behaviour,
) {
  return {
    "pbft-sig": (parameters: Parameters, context: BehaviourContext) =>
      realise(parameters, new SignedPbft(context), context),
    "pbft-mac-proof": (parameters: Parameters, context: BehaviourContext) =>
      realise(parameters, new ProvingPbft(context), context),
  };
}

/** One realisation where a change of views rests on claims. */
export function claimingPbft<Parameters>(
  realise: (parameters: Parameters, messages: ClaimingPbft, context: BehaviourContext) => Behaviour,
) {
  return {
    "pbft-mac": (parameters: Parameters, context: BehaviourContext) =>
      realise(parameters, new ClaimingPbft(context), context),
    "pbft-relay": (parameters: Parameters, context: BehaviourContext) =>
      realise(parameters, new RelayingPbft(context), context),
  };
}
