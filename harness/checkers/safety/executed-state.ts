/** What the agreed operations make of the service, number by number: of logs and history alone. */
import type { AuditRecord, RecordOf } from "../../../nodes/protocols/contract/audit.ts";
import type { HistoryEvent } from "../../observations/observations.ts";

type Executed = RecordOf<"executed">;

/** What a state must hold; null: the key is gone again. */
export interface ExecutedState {
  readonly values: ReadonlyMap<string, string | null>;
  /** The last timestamp of each client. */
  readonly clients: ReadonlyMap<number, number>;
}

export class ExecutedStates {
  readonly #executed = new Map<number, Executed>();
  readonly #asked = new Map<string, HistoryEvent>();
  readonly #values = new Map<string, string | null>();
  readonly #clients = new Map<number, number>();
  #n = 0;

  constructor(logs: readonly (readonly AuditRecord[])[], history: readonly HistoryEvent[]) {
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
    if (key === null) return;
    const before = this.#values.get(key) ?? null;
    if (f === "delete") this.#values.set(key, null);
    else if (f === "write" && typeof value === "string") this.#values.set(key, value);
    else if (f === "append" && typeof value === "string") {
      this.#values.set(key, (before ?? "") + value);
    } else if (f === "cas" && typeof value === "object" && value?.[0] === before) {
      this.#values.set(key, value[1]);
    }
  }
}
