/** The variant in which signatures stand behind everything. */
import type { AuthenticationScheme } from "../../authentication/scheme.ts";
import { Signatures } from "../../authentication/signatures.ts";
import type { Authenticator } from "../../contract/authenticator.ts";
import { SIGNED, sizesOf } from "../message-sizes.ts";
import type { ReplicaState } from "../replica-state.ts";
import { mayBeOrdered } from "../request-rules/signed.ts";
import type { Variant } from "../variant.ts";
import { certifiedVariant } from "./certified-variant.ts";
import { CommitCertificates } from "./commit-certificates.ts";
import { signedProver } from "./signed-prover.ts";

/** @param replies where something else stands behind them */
export function signedVariant(
  state: ReplicaState,
  authenticator: Authenticator,
  replies?: AuthenticationScheme,
): Variant {
  const { cluster, meter } = state;
  const prover = signedProver(new Signatures(cluster, meter.meteredSignatures(authenticator)));
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
