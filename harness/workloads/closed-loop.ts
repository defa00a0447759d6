import { z } from "zod";
import type { Clients } from "./clients.ts";
import type { WorkloadExecutor } from "./executor.ts";
import type { GeneratorInput, Issue, WorkloadGenerator } from "./generator.ts";

const schema = z.strictObject({
  operationsMax: z.int().min(1).max(1_000_000_000).optional().describe("stop after so many"),
});

export const closedLoop: WorkloadExecutor<typeof schema> = {
  name: "closed-loop",
  summary: "clients that ask again at once",
  schema,
  offered: ({ operationsMax = null }) => ({ ratePerSecond: 0, operationsMax }),
  create: ({ operationsMax }, clients) => new ClosedLoop(operationsMax, clients),
};

/** Every client asks again as soon as it has its answer. */
class ClosedLoop implements WorkloadGenerator {
  readonly shed = 0;
  readonly #operationsMax: number;
  readonly #clients: Clients;
  #running = false;
  #stopped = false;
  #issued = 0;

  constructor(operationsMax: number | null, clients: Clients) {
    this.#operationsMax = operationsMax ?? Number.POSITIVE_INFINITY;
    this.#clients = clients;
  }

  step(input: GeneratorInput, nowMs: number): readonly Issue[] {
    if (input.kind === "completed") this.#clients.complete(input.client, input.result);
    if (input.kind === "start") this.#running = true;
    if (input.kind === "stop") this.#running = false;
    this.#stopped = input.kind === "stop" || (this.#stopped && input.kind !== "start");
    const issues: Issue[] = [];
    while (this.#running && this.#clients.free && this.#issued < this.#operationsMax) {
      issues.push(this.#clients.issue(nowMs));
      this.#issued += 1;
    }
    return issues;
  }

  nextWakeMs(): number | null {
    return null;
  }

  get idle(): boolean {
    return (this.#stopped || this.#issued >= this.#operationsMax) && this.#clients.idle;
  }
}
