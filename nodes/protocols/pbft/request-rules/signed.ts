/** When a request may be ordered where its client signs it. */
import { sameBytes } from "../../wire/codec.ts";
import type { Request } from "../../wire/request.ts";
import type { ReplicaState } from "../replica-state.ts";
import type { Answer } from "../route.ts";

export function mayBeOrdered(state: ReplicaState, request: Request): Answer {
  const waiting = state.requests.waiting(request.client);
  // The same bytes were verified when they came from the client. The signature is part of them, not
  // of the digest: where the request does not wait yet, a spoilt one would be refused.
  if (waiting && sameBytes(waiting.envelope.frame, request.envelope.frame)) return "yes";
  return state.scheme.verify(request.envelope) ? "yes" : { refused: "unauthentic request" };
}
