/** The variant in which others vouch for what would be signed: what it answers to the core. */
import type { UnsignedAuthenticator } from "../../contract/authenticator.ts";
import { certifiedVariant } from "../certificates/certified-variant.ts";
import { sizesOf } from "../message-sizes.ts";
import { FETCH_REQUEST, RELAY_SET } from "../relays/messages.ts";
import { RelaySets } from "../relays/relay-sets.ts";
import type { ReplicaState } from "../replica-state.ts";
import { fetchRequestRoute } from "../request-rules/fetching-requests.ts";
import { VouchedRequests } from "../request-rules/vouching.ts";
import type { Route } from "../route.ts";
import { SessionKeys } from "../session-keys/session-keys.ts";
import type { Upkeep } from "../upkeep.ts";
import type { Variant } from "../variant.ts";
import { blankProofs } from "./message-sizes.ts";
import { PROVE, VOUCH } from "./messages.ts";
import { ProofVectors } from "./proof-vectors.ts";
import { Proofs } from "./proofs.ts";
import { StatedDecisions } from "./stated-decisions.ts";
import { proveRoute, vouchRoute } from "./vouching.ts";

export function provingVariant(state: ReplicaState, authenticator: UnsignedAuthenticator): Variant {
  const { cluster, meter } = state;
  const keys = new SessionKeys(state, authenticator);
  const longTerm = meter.meteredTags(authenticator);
  const proofs = new Proofs(state, new ProofVectors(cluster, keys.scheme, longTerm));
  const sets = new RelaySets(state);
  const requests = new VouchedRequests(state, sets, "primary");
  const decisions = new StatedDecisions(state);
  return certifiedVariant(
    state,
    {
      prover: proofs,
      sizes: sizesOf(cluster, blankProofs(cluster)),
      decisionsOf: () => decisions,
    },
    {
      upkeep: upkeepOf(keys, proofs),
      requests,
      mayBeOrdered: (request, vote) => requests.mayBeOrdered(request, vote),
      routes: new Map<number, Route>([
        [RELAY_SET, sets.route({ ofClients: requests.hearOf, ofReplicas: undefined })],
        [FETCH_REQUEST, fetchRequestRoute(state)],
        [VOUCH, vouchRoute(state, proofs)],
        [PROVE, proveRoute(state, proofs)],
      ]),
    },
  );
}

function upkeepOf(keys: SessionKeys, proofs: Proofs): Upkeep {
  return {
    routes: keys.routes,
    records: () => keys.records(),
    readBack: (kind, body) => keys.readBack(kind, body),
    started: () => keys.started(),
    period() {
      keys.period();
      proofs.period();
    },
  };
}
