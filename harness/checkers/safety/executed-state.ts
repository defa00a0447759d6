/** What the agreed operations make of the service, number by number: of logs and history alone. */
import type { AuditRecord, RecordOf } from "../../../nodes/protocols/contract/audit.ts";
import type { HistoryEvent } from "../../observations/observations.ts";

/** The limits of the service kv (protocols §12.1). */
const KEY_BYTES_MAX = 1024;
const VALUE_BYTES_MAX = 1024 * 1024;

type Executed = RecordOf<"executed">;

/** What a state must hold; null: the key is gone again. */
export interface ExecutedState {
  readonly values: ReadonlyMap<string, string | null>;
  /** The last timestamp of each client. */
  readonly clients: ReadonlyMap<number, number>;
}

export interface Told {
  readonly logs: readonly (readonly AuditRecord[])[];
  readonly history: readonly HistoryEvent[];
  /** By so much a value was longer than the history has it, with each write and each append. */
  readonly paddingBytes: number;
}

export class ExecutedStates {
  readonly #executed = new Map<number, Executed>();
  readonly #asked = new Map<string, HistoryEvent>();
  readonly #values = new Map<string, string | null>();
  /** As long as each of them is in the state; a key that is gone has none. */
  readonly #lengths = new Map<string, number>();
  readonly #clients = new Map<number, number>();
  readonly #paddingBytes: number;
  #n = 0;

  constructor({ logs, history, paddingBytes }: Told) {
    this.#paddingBytes = paddingBytes;
    for (const record of logs.flat()) {
      if (record.e === "executed" && !this.#executed.has(record.n)) {
        this.#executed.set(record.n, record);
      }
    }
    for (const event of history) {
      if (event.type === "invoke") this.#asked.set(`${event.client} ${event.t}`, event);
    }
  }

  /**
   * To be asked in ascending order.
   * @returns null where a number up to `n` is in no log, or an operation of it in no history
   */
  after(n: number): ExecutedState | null {
    while (this.#n < n) {
      const record = this.#executed.get(this.#n + 1);
      if (record === undefined || !record.ops.every((op) => this.#isKnown(op))) return null;
      for (const op of record.ops) this.#apply(op);
      this.#n += 1;
    }
    return { values: this.#values, clients: this.#clients };
  }

  #isKnown([client, t]: Executed["ops"][number]): boolean {
    return this.#asked.has(`${client} ${t}`);
  }

  #apply([client, t]: Executed["ops"][number]): void {
    this.#clients.set(client, t);
    const { f, key, value } = this.#asked.get(`${client} ${t}`) ?? { f: "null", key: null };
    // What names too long a key, or would make too long a value, is answered and changes nothing.
    if (key === null || Buffer.byteLength(key) > KEY_BYTES_MAX) return;
    const before = this.#values.get(key) ?? null;
    const length = this.#lengths.get(key) ?? 0;
    if (f === "delete") this.#remove(key);
    else if (f === "write" && typeof value === "string") {
      this.#store(key, value, this.#lengthOf(value));
    } else if (f === "append" && typeof value === "string") {
      this.#store(key, (before ?? "") + value, length + this.#lengthOf(value));
    } else if (f === "cas" && typeof value === "object" && value !== null) {
      const [from, to] = value;
      const isThere = from === before && length === (from === null ? 0 : this.#lengthOf(from));
      if (isThere) this.#store(key, to, this.#lengthOf(to));
    }
  }

  #store(key: string, value: string, length: number): void {
    if (length > VALUE_BYTES_MAX) return;
    this.#values.set(key, value);
    this.#lengths.set(key, length);
  }

  #remove(key: string): void {
    this.#values.set(key, null);
    this.#lengths.delete(key);
  }

  #lengthOf(value: string): number {
    return Buffer.byteLength(value) + this.#paddingBytes;
  }
}
