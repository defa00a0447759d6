/**
 * The way of every message: open, charge, decode, check what is cheap, authenticate once, take. The
 * table says what is particular about each type (`route.ts`).
 */
import type { AuthenticationScheme } from "../authentication/scheme.ts";
import { hostOf, isReplica, type NodeId } from "../contract/core.ts";
import type { Envelope } from "../wire/envelope.ts";
import type { ReplicaState } from "./replica-state.ts";
import type { Answer, Arrival, Awaited, Route, Settles } from "./route.ts";

export class Router {
  readonly #state: ReplicaState;
  readonly #scheme: AuthenticationScheme;
  readonly #routes: ReadonlyMap<number, Route>;

  constructor(state: ReplicaState, routes: ReadonlyMap<number, Route>) {
    this.#state = state;
    this.#scheme = state.scheme;
    this.#routes = routes;
  }

  /** What a rejected frame cost is charged to whoever sent it; who owes too much is not read. */
  receive(from: NodeId, bytes: Uint8Array): void {
    const { meter, rejections, allowances, counters, now } = this.#state;
    const envelope = this.#scheme.open(bytes);
    if (!envelope) return this.#state.reject("frame", from, "malformed");
    const arrival = { author: envelope.sender, from, now };
    if (allowances.owesTooMuch(arrival)) return this.#state.reject("frame", from, "rate");
    const before = { work: meter.work, rejections: rejections.total };
    const answer = this.#route(envelope, from, bytes);
    if (rejections.total > before.rejections) {
      counters.rejectedWork += meter.work - before.work;
      allowances.chargeRejected(arrival, meter.work - before.work);
    }
    // After the bill: what waited is charged to whoever sent it.
    if (typeof answer === "object" && "settles" in answer) this.settle(answer.settles);
  }

  /** A view was entered: what came early is looked at as if it came now. */
  enterView(): void {
    this.#retry((awaited) => awaited === "view");
  }

  /** So is what waits for one of these, and no more: each look at a full shelf is dear. */
  settle(settles: Settles): void {
    this.#retry((awaited) => awaited !== "view" && settles(awaited));
  }

  #retry(isDue: (awaited: Awaited) => boolean): void {
    for (const [from, bytes] of this.#state.shelf.take(isDue)) this.receive(from, bytes);
  }

  #route(envelope: Envelope, from: NodeId, bytes: Uint8Array): Answer {
    const { sender } = envelope;
    const route = this.#routes.get(envelope.type);
    if (!route) return this.#refuse("frame", from, "unknown type");
    if (!route.fromClients) {
      if (!isReplica(from) || sender >= this.#state.cluster.replicas) {
        return this.#refuse("frame", from, "not from a replica");
      }
      if (sender === this.#state.id && !route.ownIsNews) return "no";
    }
    const isFirstHand = isReplica(sender) ? sender === from : hostOf(sender) === from;
    const isHearsay = route.firstHand || !(this.#scheme.isPortable(envelope) || route.doubted);
    if (!isFirstHand && isHearsay) {
      return this.#refuse("frame", from, "second hand");
    }
    const answer = this.#ask(route, { envelope, sender, from });
    if (typeof answer === "object" && "notYet" in answer) {
      this.#state.shelf.keep(from, bytes, answer.notYet);
    }
    return answer;
  }

  #ask(route: Route, arrival: Arrival): Answer {
    const { envelope, sender, from } = arrival;
    if (route.mayCost?.(envelope, from) === false) return this.#refuse(route.name, from, "rate");
    const message = route.decode(envelope);
    if (typeof message === "string") return this.#refuse(route.name, from, message);
    const answer = route.check(message, arrival);
    if (isRefusal(answer)) return this.#refuse(route.name, from, answer.refused);
    if (answer !== "yes") return answer;
    if (!route.byDigest && !this.#scheme.verify(envelope)) {
      if (this.#scheme.mayFail?.(envelope)) return "no";
      const doubted = route.doubted?.(message, arrival) ?? {
        refused: this.#scheme.lacks(envelope),
      };
      return isRefusal(doubted) ? this.#refuse(route.name, from, doubted.refused) : doubted;
    }
    const taken = route.take(message, arrival);
    if (!isRefusal(taken)) return taken;
    this.#refuse(route.name, sender, taken.refused);
    route.refused?.(message, arrival);
    return taken;
  }

  #refuse(type: string, by: NodeId, reason: string): Answer {
    this.#state.reject(type, by, reason);
    return "no";
  }
}

function isRefusal(answer: Answer): answer is { readonly refused: string } {
  return typeof answer === "object" && "refused" in answer;
}
