/**
 * The last executed request of each client and its result: part of the replicated state, so inside
 * every checkpoint digest and state transfer (reference 1.6, 1.7).
 */
import { Reader, Writer } from "./codec.ts";
import type { NodeId } from "./core.ts";

export interface ClientEntry {
  readonly timestamp: number;
  readonly result: Uint8Array;
}

export class ClientTable {
  readonly #entries = new Map<NodeId, ClientEntry>();

  lookup(client: NodeId): ClientEntry | undefined {
    return this.#entries.get(client);
  }

  /** 0 for a client that never executed anything. */
  lastTimestamp(client: NodeId): number {
    return this.#entries.get(client)?.timestamp ?? 0;
  }

  record(client: NodeId, entry: ClientEntry): void {
    this.#entries.set(client, entry);
  }

  clients(): Iterable<NodeId> {
    return this.#entries.keys();
  }

  /** Canonical: ascending by client. */
  encode(): Uint8Array {
    const writer = new Writer(64 * this.#entries.size + 4).u32(this.#entries.size);
    for (const client of [...this.#entries.keys()].sort((a, b) => a - b)) {
      const { timestamp, result } = this.#entries.get(client) as ClientEntry;
      writer.u32(client).u64(timestamp).blob(result);
    }
    return writer.finish();
  }

  /** Replaces the whole table. @returns false (table unchanged) for malformed bytes */
  decode(bytes: Uint8Array): boolean {
    const reader = new Reader(bytes);
    const count = reader.u32();
    const entries: [NodeId, ClientEntry][] = [];
    while (reader.ok && entries.length < count) {
      const client = reader.u32();
      entries.push([client, { timestamp: reader.u64(), result: reader.blob().slice() }]);
    }
    if (!reader.complete) return false;
    this.#entries.clear();
    for (const [client, entry] of entries) this.#entries.set(client, entry);
    return true;
  }
}
