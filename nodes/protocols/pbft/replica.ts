/**
 * One PBFT replica: what it takes in, and what follows from every input. After each it executes
 * what became decided, enters a view if it can, and sets its timers.
 */
import type { Digester } from "../contract/authenticator.ts";
import type { CoreStatus, Effects, Input, ReplicaCore } from "../contract/core.ts";
import type { ReplicaOptions } from "../contract/protocol.ts";
import { REQUEST } from "../wire/request.ts";
import { checkpointRoute } from "./checkpoint.ts";
import { executeReady } from "./execution.ts";
import { onRequestTimeout, onViewChangeTimeout, updateTimers } from "./leaving-a-view.ts";
import { CHECKPOINT, FETCH_BODY, FETCH_STATE, STATE_PAGES, STATUS } from "./messages.ts";
import { orderingRoutes } from "./ordering.ts";
import { onProposalTimeout, scheduleProposal } from "./proposal.ts";
import { recover } from "./recovery.ts";
import { ReplicaState, TIMERS } from "./replica-state.ts";
import { requestRoute } from "./requests.ts";
import type { Route } from "./route.ts";
import { Router } from "./router.ts";
import { assertStanding, standingOf } from "./standing.ts";
import { fetchStateRoute } from "./state-serving.ts";
import { continueTransfer, retargetTransfer, statePagesRoute } from "./state-transfer.ts";
import { fetchBodyRoute, onStatusTimer, statusRoute } from "./status.ts";
import type { Variant } from "./variant.ts";

/** The messages of every variant; each adds its own. */
function routesOf(state: ReplicaState): ReadonlyMap<number, Route> {
  return new Map<number, Route>([
    [REQUEST, requestRoute(state)],
    ...orderingRoutes(state),
    [CHECKPOINT, checkpointRoute(state)],
    [STATUS, statusRoute(state)],
    [FETCH_STATE, fetchStateRoute(state)],
    [STATE_PAGES, statePagesRoute(state)],
    [FETCH_BODY, fetchBodyRoute(state)],
    ...state.variant.routes,
    ...(state.variant.upkeep?.routes ?? []),
  ]);
}

export class PbftReplica implements ReplicaCore {
  readonly #state: ReplicaState;
  readonly #router: Router;

  constructor(options: ReplicaOptions<Digester>, variantOf: (state: ReplicaState) => Variant) {
    this.#state = new ReplicaState(options, variantOf);
    this.#router = new Router(this.#state, routesOf(this.#state));
  }

  step(input: Input, now: number, effects: Effects): void {
    const state = this.#state;
    state.begin(now, effects);
    const before = standingOf(state);
    if (input.kind === "frame") this.#router.receive(input.from, input.bytes);
    else if (input.kind === "timer") this.#onTimer(input.id);
    else recover(state, input.records);
    this.#settle();
    if (state.active && !(before.active && before.view === state.view)) {
      this.#router.enterView();
      this.#settle();
    }
    this.#settleServed(before.lastExec);
    assertStanding(state, before);
  }

  status(): CoreStatus {
    const { view, active, lastExec, marks, rejections, counters, meter } = this.#state;
    const { verifications, checks, repeatedChecks, surplusChecks } = meter;
    return {
      view,
      active,
      lastExec,
      stable: marks.stable,
      rejected: { ...rejections.byReason },
      counters: { ...counters, verifications, checks, repeatedChecks, surplusChecks },
    };
  }

  queues(): Readonly<Record<string, number>> {
    const { requests, shelf } = this.#state;
    return { requests: requests.size, early: shelf.size };
  }

  stateDigest(): string {
    return this.#state.content.digest();
  }

  #settle(): void {
    const state = this.#state;
    retargetTransfer(state);
    executeReady(state);
    state.variant.views.decide();
    scheduleProposal(state);
    updateTimers(state);
  }

  /** Of a client that was served meanwhile nobody doubts what it asked for (protocols §20.1). */
  #settleServed(lastExec: number): void {
    const { clients } = this.#state;
    for (let last = lastExec; last < this.#state.lastExec; ) {
      last = this.#state.lastExec;
      this.#router.settle(({ client, timestamp }) => timestamp <= clients.lastTimestamp(client));
      this.#settle();
    }
  }

  #onTimer(id: string): void {
    const state = this.#state;
    if (id === TIMERS.status) onStatusTimer(state);
    else if (id === TIMERS.request) onRequestTimeout(state);
    else if (id === TIMERS.viewChange) onViewChangeTimeout(state);
    else if (id === TIMERS.transfer) continueTransfer(state);
    else if (id === TIMERS.relay) state.variant.requests.flush?.();
    else if (id === TIMERS.proposal) onProposalTimeout(state);
  }
}
