/** When a request may be ordered where its client signs it. */
import type { Request } from "../../wire/request.ts";
import type { ReplicaState } from "../replica-state.ts";
import type { Answer } from "../route.ts";

export function mayBeOrdered(state: ReplicaState, request: Request): Answer {
  const waiting = state.requests.waiting(request.client);
  // The same bytes were verified when they came from the client; the signature is part of them.
  if (waiting?.digest === request.digest) return "yes";
  return state.scheme.verify(request.envelope) ? "yes" : { refused: "unauthentic request" };
}
