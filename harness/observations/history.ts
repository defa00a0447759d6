/** Writes what the clients did in the field's history shape (Jepsen's), as it happens. */
import { assert } from "../../nodes/protocols/assert.ts";
import type { NodeId } from "../../nodes/protocols/contract/core.ts";
import type { Operation, OperationResult } from "../../nodes/protocols/contract/service.ts";
import type { HistoryEvent } from "./observations.ts";

/**
 * The cluster gave a result, whatever it says: a cas that did not swap, or a refusal of the
 * service. What a client refused to send is no answer.
 */
export function isAnswer({ type, unsent }: Pick<HistoryEvent, "type" | "unsent">): boolean {
  return (type === "ok" || type === "fail") && unsent !== true;
}

/** All times in ns since the run's zero. */
export interface Invocation {
  readonly time: number;
  readonly intended: number;
  /** The request's timestamp, as the client core returned it. */
  readonly t: number;
  readonly final?: boolean;
}

interface Outstanding {
  readonly process: number;
  readonly operation: Operation;
  readonly t: number;
  readonly final: boolean;
}

export class HistoryRecorder {
  readonly #emit: (event: HistoryEvent) => void;
  readonly #processes = new Map<NodeId, number>();
  readonly #outstanding = new Map<NodeId, Outstanding>();
  #processesUsed = 0;
  #index = 0;

  constructor(emit: (event: HistoryEvent) => void) {
    this.#emit = emit;
  }

  /** To be called before the request leaves: a later call would shrink the operation's interval. */
  invoke(client: NodeId, operation: Operation, { time, intended, t, final }: Invocation): void {
    assert(!this.#outstanding.has(client), `client ${client} still has an operation outstanding`);
    const outstanding = {
      process: this.#processOf(client),
      operation,
      t,
      final: final === true,
    };
    this.#outstanding.set(client, outstanding);
    this.#write(client, outstanding, {
      time,
      type: "invoke",
      value: argumentOf(operation),
      intended,
    });
  }

  /**
   * The client accepted a result. A cas that did not swap is recorded as `fail`; so is what the
   * service refused, with the reason as `error`: it changed nothing; and so is anything whose
   * answer was no result of that operation (`result` null), which S-6 calls a violation.
   */
  ok(
    client: NodeId,
    result: OperationResult | null,
    { time, view }: { readonly time: number; readonly view: number },
  ): void {
    const outstanding = this.#take(client);
    const { operation } = outstanding;
    const type = result?.ok === true ? "ok" : "fail";
    const value =
      operation.f === "read" && type === "ok" ? (result?.value ?? null) : argumentOf(operation);
    const error = result?.refused === undefined ? {} : { error: result.refused };
    this.#write(client, outstanding, { time, type, value, view, ...error });
  }

  /** Its client did not send it: no replica ever saw it, and it certainly did not happen. */
  refused(client: NodeId, { time, because }: { time: number; because: string }): void {
    const outstanding = this.#take(client);
    const value = argumentOf(outstanding.operation);
    this.#write(client, outstanding, { time, type: "fail", value, error: because, unsent: true });
  }

  /** No answer in time: it may still execute, so this process number is never used again. */
  unknown(client: NodeId, { time }: { readonly time: number }): void {
    const outstanding = this.#take(client);
    this.#processes.delete(client);
    this.#write(client, outstanding, {
      time,
      type: "info",
      value: argumentOf(outstanding.operation),
    });
  }

  /** Logical clients whose operation has not ended yet; at the end of a run they are `unknown`. */
  outstanding(): readonly NodeId[] {
    return [...this.#outstanding.keys()];
  }

  #processOf(client: NodeId): number {
    const known = this.#processes.get(client);
    if (known !== undefined) return known;
    const process = this.#processesUsed;
    this.#processesUsed += 1;
    this.#processes.set(client, process);
    return process;
  }

  #take(client: NodeId): Outstanding {
    const outstanding = this.#outstanding.get(client);
    assert(outstanding !== undefined, `client ${client} has no operation outstanding`);
    this.#outstanding.delete(client);
    return outstanding;
  }

  #write(
    client: NodeId,
    { process, operation, t, final }: Outstanding,
    rest: Pick<HistoryEvent, "time" | "type" | "value" | "intended" | "view" | "error" | "unsent">,
  ): void {
    this.#emit({
      index: this.#index,
      process,
      f: operation.f,
      key: operation.f === "null" ? null : operation.key,
      client,
      t,
      ...rest,
      ...(final ? { final: true as const } : {}),
    });
    this.#index += 1;
  }
}

function argumentOf(operation: Operation): HistoryEvent["value"] {
  switch (operation.f) {
    case "read":
    case "delete":
    case "null":
      return null;
    case "write":
    case "append":
    case "cas":
      return operation.value;
    default:
      return operation satisfies never;
  }
}
