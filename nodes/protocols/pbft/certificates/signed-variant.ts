/** The variant in which signatures stand behind everything. */
import type { UsefulLooks } from "../../authentication/check-meter.ts";
import type { AuthenticationScheme } from "../../authentication/scheme.ts";
import { Signatures } from "../../authentication/signatures.ts";
import type { Authenticator } from "../../contract/authenticator.ts";
import { SIGNED, sizesOf } from "../message-sizes.ts";
import { CHECKPOINT, COMMIT, NEW_VIEW, PRE_PREPARE, PREPARE, VIEW_CHANGE } from "../messages.ts";
import type { ReplicaState } from "../replica-state.ts";
import { mayBeOrdered } from "../request-rules/signed.ts";
import type { Variant } from "../variant.ts";
import { certifiedVariant } from "./certified-variant.ts";
import { CommitCertificates } from "./commit-certificates.ts";
import { signedProver } from "./signed-prover.ts";

/**
 * What may stand in a proof is looked at when it comes and once more there, since nobody remembers
 * what came (protocols §9.4); all else that is told once, once. STATUS and whatever asks is told
 * again and again.
 */
const USEFUL_LOOKS: UsefulLooks = new Map([
  [PRE_PREPARE, 2],
  [PREPARE, 2],
  [CHECKPOINT, 2],
  [VIEW_CHANGE, 2],
  [COMMIT, 1],
  [NEW_VIEW, 1],
]);

/** @param replies where something else stands behind them */
export function signedVariant(
  state: ReplicaState,
  authenticator: Authenticator,
  replies?: AuthenticationScheme,
): Variant {
  const { cluster, meter } = state;
  const metered = meter.meteredSignatures(authenticator, USEFUL_LOOKS);
  const prover = signedProver(new Signatures(cluster, metered));
  return certifiedVariant(
    state,
    {
      prover,
      replies,
      sizes: sizesOf(cluster, SIGNED),
      decisionsOf: (messages) => new CommitCertificates(state, prover, messages),
    },
    {
      upkeep: null,
      requests: { arrived: (request) => state.requests.add(request) },
      mayBeOrdered: (request) => mayBeOrdered(state, request),
    },
  );
}
