/** The variant in which nothing is signed: what it answers to the core. */
import type { AuthenticationScheme } from "../../authentication/scheme.ts";
import type { Audience } from "../../quorum-client.ts";
import { NEW_VIEW, VIEW_CHANGE } from "../messages.ts";
import { FETCH_REQUEST, RELAY_SET } from "../relays/messages.ts";
import { RelaySets } from "../relays/relay-sets.ts";
import type { ReplicaState } from "../replica-state.ts";
import { fetchRequestRoute } from "../request-rules/fetching-requests.ts";
import { VouchedRequests } from "../request-rules/vouching.ts";
import type { Route } from "../route.ts";
import type { Upkeep } from "../upkeep.ts";
import type { OrderedRequests, RequestRules, Variant } from "../variant.ts";
import { copyRoute } from "./copies.ts";
import { decidedRoute } from "./deciding.ts";
import { viewChangeRoute } from "./leaving.ts";
import { COPY, DECIDED } from "./messages.ts";
import { newViewRoute } from "./new-view.ts";
import { retransmissionOf } from "./retransmission.ts";
import { Unsigned } from "./unsigned.ts";
import { ClaimedViews } from "./views.ts";
import type { Vouching, VouchingParts } from "./vouching.ts";

/** In what the variants without signatures differ. */
export interface ClaimsOptions {
  readonly scheme: AuthenticationScheme;
  /** Whom clients tell first. */
  readonly audience: Audience;
  /** Null: they do not sign, and others vouch for what they say. */
  readonly signedClients: (OrderedRequests & RequestRules) | null;
  readonly vouchingOf: (parts: VouchingParts) => Vouching;
  readonly upkeep: Upkeep | null;
}

export function claimsVariant(
  state: ReplicaState,
  { scheme, audience, signedClients, vouchingOf, upkeep }: ClaimsOptions,
): Variant {
  const sets = new RelaySets(state);
  const unsigned = new Unsigned(state, scheme, (held) => vouchingOf({ state, scheme, held, sets }));
  const { marks, vouching } = unsigned;
  const requests = signedClients ?? new VouchedRequests(state, sets, audience);
  return {
    scheme,
    marks,
    get target() {
      return marks.target;
    },
    evidence: unsigned.evidence,
    views: new ClaimedViews(unsigned),
    retransmission: retransmissionOf(unsigned),
    upkeep,
    requests,
    routes: new Map<number, Route>([
      [VIEW_CHANGE, viewChangeRoute(unsigned)],
      [NEW_VIEW, newViewRoute(unsigned)],
      ...vouching.routes,
      [DECIDED, decidedRoute(unsigned)],
      [COPY, copyRoute(unsigned)],
      [RELAY_SET, sets.route({ ofClients: requests.hearOf, ofReplicas: vouching.hearOf })],
      [FETCH_REQUEST, fetchRequestRoute(state)],
    ]),
    mayBeOrdered: (request, vote) => requests.mayBeOrdered(request, vote),
  };
}
