/** When a request may be ordered where its client convinces each reader apart from the others. */
import type { Request } from "../../wire/request.ts";
import type { Vote } from "../messages.ts";
import type { ReplicaState } from "../replica-state.ts";
import type { VouchedRequests } from "../request-rules/vouching.ts";
import type { Answer } from "../route.ts";

/**
 * Its own entry convinces this replica, now or when the client sent it directly; or f+1 relay it;
 * or f backups, and the primary, prepare it: a good one of them was convinced (protocols §20.1).
 */
export function mayBeOrdered(
  state: ReplicaState,
  requests: VouchedRequests,
  request: Request,
  vote: Vote,
): Answer {
  if (state.requests.waiting(request.client)?.digest === request.digest) return "yes";
  if (state.scheme.verify(request.envelope) || requests.isCertain(request)) return "yes";
  const prepares = state.log.get(vote.sequence)?.prepares ?? [];
  const vouchers = [...prepares].filter(
    ([replica, { digest }]) => replica !== state.primary() && digest === vote.digest,
  );
  return vouchers.length >= state.cluster.faultsMax ? "yes" : { notYet: "vouchers" };
}
