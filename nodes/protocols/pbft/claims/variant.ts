/** The variant in which nothing is signed: what it answers to the core. */
import type { AuthenticationScheme } from "../../authentication/scheme.ts";
import { NEW_VIEW, VIEW_CHANGE } from "../messages.ts";
import { RELAY_SET } from "../relays/messages.ts";
import type { ReplicaState } from "../replica-state.ts";
import { VouchedRequests } from "../request-rules/vouching.ts";
import type { Route } from "../route.ts";
import type { Variant } from "../variant.ts";
import { copyRoute } from "./copies.ts";
import { decidedRoute } from "./deciding.ts";
import { viewChangeRoute } from "./leaving.ts";
import { COPY, DECIDED, VIEW_CHANGE_ACK } from "./messages.ts";
import { newViewRoute } from "./new-view.ts";
import { retransmissionOf } from "./retransmission.ts";
import { Unsigned } from "./unsigned.ts";
import { ClaimedViews } from "./views.ts";
import { ackRoute } from "./vouching.ts";

export function claimsVariant(state: ReplicaState, scheme: AuthenticationScheme): Variant {
  const unsigned = new Unsigned(state, scheme);
  const { marks } = unsigned;
  const requests = new VouchedRequests(state);
  return {
    scheme,
    marks,
    get target() {
      return marks.target;
    },
    evidence: unsigned.evidence,
    views: new ClaimedViews(unsigned),
    retransmission: retransmissionOf(unsigned),
    requests,
    routes: new Map<number, Route>([
      [VIEW_CHANGE, viewChangeRoute(unsigned)],
      [NEW_VIEW, newViewRoute(unsigned)],
      [VIEW_CHANGE_ACK, ackRoute(unsigned)],
      [DECIDED, decidedRoute(unsigned)],
      [COPY, copyRoute(unsigned)],
      [RELAY_SET, requests.route()],
    ]),
    mayBeOrdered: (request, vote) => requests.mayBeOrdered(request, vote),
  };
}
