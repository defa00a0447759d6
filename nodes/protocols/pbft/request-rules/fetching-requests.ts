/**
 * A request that others are convinced of and that never came here: its body is asked of one who
 * relays it (protocols §19.5). Only the primary has to know it; a new one is told what waits.
 */
import { decodeFetchRequest, encodeFetchRequest, FETCH_REQUEST } from "../relays/messages.ts";
import type { Relays } from "../relays/relays.ts";
import type { Statement } from "../relays/sayings.ts";
import type { ReplicaState } from "../replica-state.ts";
import { resend, takeAnswer } from "../resending.ts";
import type { Route } from "../route.ts";

/** Asked for in one STATUS period at most. */
const REQUESTS_PER_PERIOD = 32;

export class FetchingRequests {
  readonly #state: ReplicaState;
  readonly #relays: Relays;
  #turns = 0;

  constructor(state: ReplicaState, relays: Relays) {
    this.#state = state;
    this.#relays = relays;
  }

  /**
   * A STATUS period is over. All that is missing takes its turn, since a bad client sees to it that
   * much is relayed that nobody holds; and each time another one is asked: one may be bad, or lack
   * it, too.
   */
  period(): void {
    const { active, isPrimary, effects, scheme } = this.#state;
    if (!active || !isPrimary) return;
    const missing = this.#relays.own().filter((each) => this.#isMissing(each));
    for (const _ of missing.slice(0, REQUESTS_PER_PERIOD)) {
      const wanted = missing[this.#turns % missing.length];
      const round = Math.floor(this.#turns / missing.length);
      this.#turns += 1;
      const relayers = wanted ? this.#relays.relayers(wanted) : [];
      const relayer = relayers[round % relayers.length];
      if (!wanted || relayer === undefined) continue;
      const question = { type: FETCH_REQUEST, payload: encodeFetchRequest(wanted) };
      effects.send(relayer, scheme.seal(question, relayer));
    }
  }

  /**
   * What everybody else will be certain of takes the place of another one with its timestamp, and
   * waits beside a newer one of which they need not be. Not if such a one waits already: its client
   * is served with that.
   */
  #isMissing(wanted: Statement): boolean {
    const { requests, clients } = this.#state;
    const { author, slot, digest } = wanted;
    if (slot <= clients.lastTimestamp(author)) return false;
    if (requests.held(author, digest)) return false;
    const waiting = requests.waiting(author);
    if (!waiting || waiting.timestamp < slot) return true;
    return !requests.hasSure(author) && this.#relays.spread(wanted) !== null;
  }
}

export function fetchRequestRoute(state: ReplicaState): Route<Statement> {
  const held = ({ author, digest }: Statement) => state.requests.held(author, digest);
  return {
    name: "FETCH-REQUEST",
    firstHand: true,
    decode: ({ payload }) => decodeFetchRequest(payload) ?? "malformed",
    check: (wanted, { sender }) => {
      const bytes = held(wanted)?.envelope.frame.length ?? 0;
      return takeAnswer(state, sender, bytes) ? "yes" : { refused: "rate" };
    },
    take(wanted, { sender }) {
      const request = held(wanted);
      if (!request) return "no";
      resend(state, sender, request.envelope.frame);
      return "yes";
    },
  };
}
