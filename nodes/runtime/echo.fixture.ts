/**
 * The smallest protocol that uses everything a runtime offers: a replica persists what a client
 * sends, answers it, and tells all others; a client is content with the first answer.
 */
import { AssertionError } from "../protocols/assert.ts";
import type {
  ClientCore,
  ClientEffects,
  Effects,
  Input,
  NodeId,
  ReplicaCore,
} from "../protocols/contract/core.ts";
import { isReplica, nodeName } from "../protocols/contract/core.ts";
import type { ClientOptions, Protocol, ReplicaOptions } from "../protocols/contract/protocol.ts";
import type { ReplicaCounts } from "./replica.ts";

/** An operation of this text makes the core fail an assertion. */
export const POISON = "poison";

export class EchoReplica implements ReplicaCore {
  /** Operations recovered and echoed, oldest first. */
  readonly operations: string[] = [];
  /** What each other replica told, in the order of arrival. */
  readonly told = new Map<string, string[]>();
  readonly id: NodeId;

  constructor({ id }: Pick<ReplicaOptions, "id">) {
    this.id = id;
  }

  step(input: Input, _now: number, effects: Effects): void {
    if (input.kind === "recovered") {
      for (const record of input.records) this.operations.push(text(record));
      effects.audit({ e: "boot", v: 0, h: 0, lastExec: this.operations.length });
    } else if (input.kind === "timer") {
      effects.audit({ e: "timer", id: input.id, afterMs: 0 });
    } else if (isReplica(input.from)) {
      const name = nodeName(input.from);
      this.told.set(name, [...(this.told.get(name) ?? []), text(input.bytes)]);
    } else {
      this.#echo(input.bytes, effects);
    }
  }

  #echo(bytes: Uint8Array, effects: Effects): void {
    const client = Buffer.from(bytes).readUInt32BE(0);
    const operation = bytes.slice(4);
    if (text(operation) === POISON) throw new AssertionError("this replica was poisoned");
    this.operations.push(text(operation));
    effects.audit({ e: "checkpoint", n: this.operations.length, d: text(operation) });
    effects.persist("append", [operation]);
    effects.audit({ e: "stable", n: this.operations.length, d: text(operation), by: [this.id] });
    effects.broadcast(operation);
    effects.send(client, operation);
  }

  status() {
    const lastExec = this.operations.length;
    return {
      view: 0,
      active: true,
      lastExec,
      stable: 0,
      rejected: {},
      counters: { echoes: lastExec },
    };
  }

  queues() {
    return {};
  }

  stateDigest(): string {
    return this.operations.join("+");
  }
}

class EchoClient implements ClientCore {
  readonly id: NodeId;
  readonly #options: ClientOptions;
  #timestamp = 0;
  #operation = "";

  constructor(options: ClientOptions) {
    this.id = options.id;
    this.#options = options;
  }

  invoke(operation: Uint8Array, _now: number, effects: ClientEffects): number {
    this.#timestamp += 1;
    this.#operation = text(operation);
    const frame = Buffer.alloc(4 + operation.length);
    frame.writeUInt32BE(this.id);
    frame.set(operation, 4);
    for (let to = 0; to < this.#options.cluster.replicas; to++) effects.send(to, frame);
    effects.setTimer("give up", this.#options.cluster.operationTimeoutMs);
    return this.#timestamp;
  }

  frame(from: NodeId, bytes: Uint8Array, _now: number, effects: ClientEffects): void {
    if (text(bytes) !== this.#operation) return;
    this.#operation = "";
    effects.cancelTimer("give up");
    const result = bytes.slice();
    effects.completed({
      outcome: "ok",
      timestamp: this.#timestamp,
      result,
      view: 0,
      repliers: [from],
    });
  }

  timer(_id: string, _now: number, effects: ClientEffects): void {
    this.#operation = "";
    effects.completed({ outcome: "unknown", timestamp: this.#timestamp });
  }
}

export const echo: Protocol = {
  name: "echo",
  summary: "answers what it is told",
  replicasFor: (faults) => faults + 1,
  tolerates: (replicas) => ({ byzantine: 0, crashed: replicas - 1 }),
  leaderOf: () => null,
  mechanisms: [],
  channels: "bare",
  traits: {
    delays: 2,
    viewChangeDelays: null,
    signature: "nothing",
    clientAuths: ["mac"],
    replyAuths: ["mac"],
    requestAts: ["K1"],
    transferable: "nothing",
    messages: () => 2,
    bytes: () => 0,
  },
  messageTypes: {},
  messageSizes: () => ({}),
  viewChangeVerifications: () => 0,
  createReplica: (options) => new EchoReplica(options),
  createClient: (options) => new EchoClient(options),
};

/** Of a replica whose counts nobody asks for. */
export const uncounted: ReplicaCounts = {
  sent: () => undefined,
  broadcast: () => undefined,
  executed: () => undefined,
};

export function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("utf8");
}
