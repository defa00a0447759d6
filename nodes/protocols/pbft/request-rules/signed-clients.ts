/**
 * Requests that their clients sign, where nobody else signs (protocols §19.7): what convinces one
 * replica convinces all, so nobody has to vouch. The code comes first, because it costs a fiftieth:
 * who cannot make it costs no verification. Who makes it over a signature that does not hold is
 * bad, and is set aside.
 */
import { hostOf, type NodeId } from "../../contract/core.ts";
import type { Envelope } from "../../wire/envelope.ts";
import type { Request } from "../../wire/request.ts";
import type { ReplicaState } from "../replica-state.ts";
import type { Answer, Arrival } from "../route.ts";
import type { OrderedRequests, RequestRules } from "../variant.ts";
import { mayBeOrdered } from "./signed.ts";

/** The oldest goes: it costs a verification to be put aside again. */
const ASIDE_MAX = 4_096;

interface Codes {
  /** Does the code for this replica cover content and signature? */
  isForReader(envelope: Envelope): boolean;
}

export class SignedClients implements RequestRules, OrderedRequests {
  readonly #state: ReplicaState;
  readonly #codes: Codes;
  readonly #aside = new Set<NodeId>();

  constructor(state: ReplicaState, codes: Codes) {
    this.#state = state;
    this.#codes = codes;
  }

  arrived(request: Request): void {
    this.#state.requests.add(request);
  }

  /**
   * Over its own channel alone. What a backup forwards it was convinced of by the signature, and
   * its timer runs for that: whatever the code for this replica is, the signature decides.
   */
  mayBeRead({ client, envelope }: Request, { from }: Arrival): Answer {
    if (hostOf(client) !== from) return "yes";
    if (this.#aside.has(client)) return { refused: "set aside" };
    return this.#codes.isForReader(envelope) ? "yes" : { refused: "MAC" };
  }

  /** The signature does not hold. */
  doubted({ client }: Request, { from }: Arrival): Answer {
    // Who forwards it may have broken it.
    if (hostOf(client) === from) this.#setAside(client);
    return { refused: "signature" };
  }

  /** Also of a client that is set aside here: others may not know of that. */
  mayBeOrdered(request: Request): Answer {
    return mayBeOrdered(this.#state, request);
  }

  #setAside(client: NodeId): void {
    this.#aside.add(client);
    for (const oldest of this.#aside) {
      if (this.#aside.size <= ASIDE_MAX) break;
      this.#aside.delete(oldest);
    }
  }
}
