/** RELAY-SET, sent and received: what became due in one step or the next leaves together. */
import { isReplica } from "../../contract/core.ts";
import { RateLimit } from "../../rate-limit.ts";
import { type ReplicaState, TIMERS } from "../replica-state.ts";
import type { Route } from "../route.ts";
import { decodeRelaySet, encodeRelaySet, RELAY_SET, RELAYS_MAX, relaysIn } from "./messages.ts";
import type { HearOf, Statement } from "./sayings.ts";

/** An honest peer relays as fast as its clients send; one takes about a microsecond. */
const RELAYS_PER_MS = 100;

export class RelaySets {
  readonly #state: ReplicaState;
  readonly #limit: RateLimit;
  #due: Statement[] = [];

  constructor(state: ReplicaState) {
    const { statusMs: periodMs } = state.cluster.timers;
    this.#state = state;
    this.#limit = new RateLimit({ perPeriod: RELAYS_PER_MS * periodMs, periodMs });
  }

  say(statement: Statement): void {
    if (this.#due.length === 0) this.#state.effects.setTimer(TIMERS.relay, 0);
    this.#due.push(statement);
  }

  flush(): void {
    const { effects, scheme } = this.#state;
    for (let first = 0; first < this.#due.length; first += RELAYS_MAX) {
      const payload = encodeRelaySet(this.#due.slice(first, first + RELAYS_MAX));
      effects.broadcast(scheme.seal({ type: RELAY_SET, payload }, "all"));
    }
    this.#due = [];
  }

  route({ ofClients, ofReplicas }: Hearers): Route<readonly Statement[]> {
    return {
      name: "RELAY-SET",
      firstHand: true,
      mayCost: ({ payload }, from) => this.#limit.take(from, this.#state.now, relaysIn(payload)),
      decode: ({ payload }) => decodeRelaySet(payload) ?? "malformed",
      check: () => "yes",
      take(relayed, { sender }) {
        const certain = new Set<string>();
        for (const statement of relayed) {
          const hearOf = isReplica(statement.author) ? ofReplicas : ofClients;
          if (hearOf?.(sender, statement)) certain.add(statement.digest);
        }
        return certain.size > 0 ? { settles: ({ digest }) => certain.has(digest) } : "no";
      },
    };
  }
}

interface Hearers {
  /** Undefined where clients sign. */
  readonly ofClients: HearOf | undefined;
  /** Undefined where acknowledgements stand for it. */
  readonly ofReplicas: HearOf | undefined;
}
