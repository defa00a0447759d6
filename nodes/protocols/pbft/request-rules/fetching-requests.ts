/**
 * A request that others are convinced of and that never came here: its body is asked of those
 * who relay it (protocols §19.5). Only the primary has to know it; a new one is told what waits.
 */
import type { NodeId } from "../../contract/core.ts";
import { decodeFetchRequest, encodeFetchRequest, FETCH_REQUEST } from "../relays/messages.ts";
import type { Relays } from "../relays/relays.ts";
import type { Statement } from "../relays/sayings.ts";
import type { ReplicaState } from "../replica-state.ts";
import { resend, takeAnswer } from "../resending.ts";
import type { Route } from "../route.ts";

/** Asked for in one STATUS period at most: so many answers each relayer owes, and no more. */
const REQUESTS_PER_PERIOD = 32;

export class FetchingRequests {
  readonly #state: ReplicaState;
  readonly #relays: Relays;
  /** What is missing; in front is whose turn it is. */
  readonly #missing = new Map<string, Statement>();

  constructor(state: ReplicaState, relays: Relays) {
    this.#state = state;
    this.#relays = relays;
  }

  /**
   * A STATUS period is over. All that is missing takes its turn, since a bad client sees to it that
   * much is relayed that nobody holds. In its turn all that relay it are asked: some may be bad, or
   * lack it, too, and until each was asked in a period of its own, a bad client had the one that
   * holds it relay something else.
   */
  period(): void {
    const { active, isPrimary } = this.#state;
    if (!active || !isPrimary) return;
    this.#lookForMissing();
    for (const [key, wanted] of [...this.#missing].slice(0, REQUESTS_PER_PERIOD)) {
      for (const relayer of this.#relays.relayers(wanted)) this.#ask(relayer, wanted);
      this.#missing.delete(key);
      this.#missing.set(key, wanted);
    }
  }

  /** What is new among it is last. */
  #lookForMissing(): void {
    const missing = this.#relays.own().filter((each) => this.#isMissing(each));
    const byKey = new Map(missing.map((each) => [keyOf(each), each]));
    for (const key of this.#missing.keys()) if (!byKey.has(key)) this.#missing.delete(key);
    for (const [key, each] of byKey) if (!this.#missing.has(key)) this.#missing.set(key, each);
  }

  #ask(relayer: NodeId, wanted: Statement): void {
    const { effects, scheme } = this.#state;
    const question = { type: FETCH_REQUEST, payload: encodeFetchRequest(wanted) };
    effects.send(relayer, scheme.seal(question, relayer));
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

function keyOf({ author, slot, digest }: Statement): string {
  return `${author} ${slot} ${digest}`;
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
