import type { AuditRecord } from "../../nodes/protocols/contract/audit.ts";

/**
 * What a replica knows of its own state in one of its lives, by its own lines: it is wrong where it
 * says so, or where it took a checkpoint that differs from the one that it knows to be stable. What
 * a power cut has taken is not known any more, though lines of the life before told of it.
 */
export class OwnState {
  readonly #stable = new Map<number, string>();
  readonly #taken = new Map<number, AuditRecord & { readonly d: string }>();
  /** What shows that it is wrong, until it has that of the others. */
  wrong: AuditRecord | null = null;

  taken(n: number): (AuditRecord & { readonly d: string }) | undefined {
    return this.#taken.get(n);
  }

  take(record: AuditRecord): void {
    switch (record.e) {
      case "stable":
        this.#stable.set(record.n, record.d);
        if ((this.#taken.get(record.n)?.d ?? record.d) !== record.d) this.wrong = record;
        break;
      case "checkpoint":
        this.#taken.set(record.n, record);
        if ((this.#stable.get(record.n) ?? record.d) !== record.d) this.wrong = record;
        break;
      case "corrupt":
        this.wrong = record;
        break;
      case "installed":
        this.wrong = null;
        // They were of the state that it had before.
        this.#taken.clear();
        break;
      default:
    }
  }
}
