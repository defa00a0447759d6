import type { CheckerInput } from "../checker.ts";
import type { Lived, Window } from "../windows.ts";

/** Since when each client waits: one that gives up and asks again waits on. */
export class Waits {
  /** One that was idle for so long meanwhile has not waited. */
  readonly #idleMaxNs: number;
  /** By client: when it sent the first of those that nobody has answered, and gave up the last. */
  readonly #unanswered = new Map<number, Window>();

  constructor({ observations }: Pick<CheckerInput, "observations">) {
    this.#idleMaxNs = observations.plan.cluster.parameters.timers.requestMs * 1e6;
  }

  /** To be asked once for each operation, in the order of their ends. */
  since({ invoke, completion: answer, givenUp }: Lived): number {
    const client = invoke.client ?? invoke.process;
    const before = this.#unanswered.get(client);
    const waits = before !== undefined && invoke.time - before.to <= this.#idleMaxNs;
    const since = waits ? before.from : invoke.time;
    if (answer === null) this.#unanswered.set(client, { from: since, to: givenUp });
    else this.#unanswered.delete(client);
    return since;
  }
}
