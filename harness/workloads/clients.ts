import { assert } from "../../nodes/protocols/assert.ts";
import type { Operation, OperationResult } from "../../nodes/protocols/contract/service.ts";
import type { OperationChoices } from "./choices.ts";
import type { Issue } from "./generator.ts";

/** Which clients wait for work (longest waiting first) and what the others are doing. */
export class Clients {
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
