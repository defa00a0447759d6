/** The workload generator of both executors: open loop at a constant rate, or closed loop. */
import { assert } from "../../nodes/protocols/assert.ts";
import type {
  Operation,
  OperationResult,
  ServiceDefinition,
} from "../../nodes/protocols/contract/service.ts";
import type { PlannedWorkload } from "../plan/plan.ts";
import { createChoices, type OperationChoices } from "./choices.ts";
import type { GeneratorInput, Issue, WorkloadGenerator } from "./generator.ts";

/** @throws RangeError if the mix asks for what the service does not have */
export function createGenerator(
  workload: PlannedWorkload,
  service: ServiceDefinition,
): WorkloadGenerator {
  const clients = new Clients(workload.clients, createChoices(workload, service));
  switch (workload.executor) {
    case "constant-arrival-rate":
      return new OpenLoop(workload.ratePerSecond, clients);
    case "closed-loop":
      return new ClosedLoop(workload.operationsMax, clients);
    default:
      return workload.executor satisfies never;
  }
}

/** Which clients wait for work (longest waiting first) and what the others are doing. */
class Clients {
  readonly #free: number[];
  readonly #outstanding = new Map<number, Operation>();
  readonly #choices: OperationChoices;

  constructor(count: number, choices: OperationChoices) {
    this.#free = Array.from({ length: count }, (_, client) => client);
    this.#choices = choices;
  }

  get free(): boolean {
    return this.#free.length > 0;
  }

  get idle(): boolean {
    return this.#outstanding.size === 0;
  }

  issue(intendedMs: number): Issue {
    const client = this.#free.shift();
    assert(client !== undefined, "an operation is issued only to a free client");
    const operation = this.#choices.next(client);
    this.#outstanding.set(client, operation);
    return { client, operation, intendedMs };
  }

  complete(client: number, result: OperationResult | undefined): void {
    const operation = this.#outstanding.get(client);
    assert(operation !== undefined, `client ${client} completed an operation it did not have`);
    this.#outstanding.delete(client);
    this.#choices.learn(client, operation, result);
    this.#free.push(client);
  }
}

/** Arrivals do not wait for answers: k-th at start + k/rate, then FIFO until a client is free. */
class OpenLoop implements WorkloadGenerator {
  readonly #intervalMs: number;
  readonly #clients: Clients;
  /** Start of the current stretch of load; null while stopped. */
  #sinceMs: number | null = null;
  #stopped = false;
  /** Arrivals of this stretch so far, and how many of them were issued. */
  #arrived = 0;
  #issued = 0;
  /** Dropped at earlier stops. */
  #dropped = 0;

  constructor(ratePerSecond: number, clients: Clients) {
    assert(ratePerSecond > 0, `an open loop needs a rate above 0, not ${ratePerSecond}`);
    this.#intervalMs = 1_000 / ratePerSecond;
    this.#clients = clients;
  }

  step(input: GeneratorInput, nowMs: number): readonly Issue[] {
    if (input.kind === "completed") this.#clients.complete(input.client, input.result);
    if (input.kind === "start" && this.#sinceMs === null) this.#begin(nowMs);
    if (this.#sinceMs === null) return [];
    while (this.#intendedMs(this.#arrived) <= nowMs) this.#arrived += 1;
    // What arrived before the stop but found no client is dropped, not sent after it.
    if (input.kind === "stop") this.#end();
    return this.#serve();
  }

  nextWakeMs(): number | null {
    return this.#sinceMs === null ? null : this.#intendedMs(this.#arrived);
  }

  get shed(): number {
    return this.#dropped + this.#arrived - this.#issued;
  }

  get idle(): boolean {
    return this.#stopped && this.#clients.idle;
  }

  #begin(nowMs: number): void {
    this.#sinceMs = nowMs;
    this.#stopped = false;
    this.#arrived = 0;
    this.#issued = 0;
  }

  #end(): void {
    this.#dropped = this.shed;
    this.#issued = this.#arrived;
    this.#sinceMs = null;
    this.#stopped = true;
  }

  #serve(): readonly Issue[] {
    const issues: Issue[] = [];
    while (this.#issued < this.#arrived && this.#clients.free) {
      issues.push(this.#clients.issue(this.#intendedMs(this.#issued)));
      this.#issued += 1;
    }
    return issues;
  }

  #intendedMs(arrival: number): number {
    return (this.#sinceMs ?? 0) + arrival * this.#intervalMs;
  }
}

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
