/**
 * The last executed request of each client and its result: part of the replicated state, so inside
 * every checkpoint digest and state transfer (protocols §6.5).
 */
import { assert } from "./assert.ts";
import type { NodeId } from "./contract/core.ts";
import type { KeyedState } from "./contract/service.ts";
import type { Entry } from "./state/page.ts";
import { Reader, Writer } from "./wire/codec.ts";

export interface ClientEntry {
  readonly timestamp: number;
  readonly result: Uint8Array;
}

export class ClientTable implements KeyedState {
  readonly #entries = new Map<NodeId, ClientEntry>();
  readonly #touched = new Set<NodeId>();

  lookup(client: NodeId): ClientEntry | undefined {
    return this.#entries.get(client);
  }

  /** 0 for a client that never executed anything. */
  lastTimestamp(client: NodeId): number {
    return this.#entries.get(client)?.timestamp ?? 0;
  }

  record(client: NodeId, entry: ClientEntry): void {
    this.#entries.set(client, entry);
    this.#touched.add(client);
  }

  clients(): Iterable<NodeId> {
    return this.#entries.keys();
  }

  *entries(): Iterable<Entry> {
    for (const [client, entry] of this.#entries) yield encode(client, entry);
  }

  takeChanges(): Iterable<Entry> {
    const changes = [...this.#touched].map((client) =>
      encode(client, this.#entries.get(client) as ClientEntry),
    );
    this.#touched.clear();
    return changes;
  }

  restore(entries: Iterable<Entry>): void {
    this.#entries.clear();
    this.#touched.clear();
    for (const entry of entries) {
      const decoded = decodeClient(entry);
      assert(decoded !== null, "what the client table is restored from was checked");
      this.#entries.set(...decoded);
    }
  }
}

/** @returns null if it is no entry of a client table */
export function decodeClient({ key, value }: Entry): [NodeId, ClientEntry] | null {
  const name = new Reader(key);
  const client = name.u32();
  const reader = new Reader(value);
  const entry = { timestamp: reader.u64(), result: reader.rest().slice() };
  return name.complete && reader.complete ? [client, entry] : null;
}

/** Key `client u32`, value `t u64 | result`. */
function encode(client: NodeId, { timestamp, result }: ClientEntry): Entry {
  return {
    key: new Writer(4).u32(client).finish(),
    value: new Writer(8 + result.length).u64(timestamp).raw(result).finish(),
  };
}
