/**
 * What a replica's own log says it was about to send may never have left: the log line is written
 * first, and a crash before the disk has the promise takes the promise back, rightly. What others
 * saw of it did leave.
 */
import type { AuditRecord } from "../../nodes/protocols/audit.ts";

export class SentProof {
  readonly #votes = new Set<string>();
  readonly #viewChanges = new Map<number, number>();

  constructor(
    logs: readonly (readonly [replica: number, records: readonly AuditRecord[]])[],
    { replicas }: { readonly replicas: number },
  ) {
    for (const [, records] of logs) {
      for (const record of records) this.#see(record, replicas);
    }
  }

  /** Another good replica saw `replica` stand for digest `d` at (v,n). */
  ofVote(replica: number, { v, n, d }: { v: number; n: number; d: string }): boolean {
    return this.#votes.has(`${replica} ${v} ${n} ${d}`);
  }

  /**
   * The highest view for which another good replica holds a VIEW-CHANGE of `replica`; -1 = none.
   */
  viewChange(replica: number): number {
    return this.#viewChanges.get(replica) ?? -1;
  }

  #see(record: AuditRecord, replicas: number): void {
    const others = (by: readonly number[]): readonly number[] =>
      by.filter((replica) => replica !== record.replica);
    switch (record.e) {
      case "preprepared": {
        const primary = record.v % replicas;
        if (record.as === "backup") this.#vote(primary, record);
        break;
      }
      case "prepared":
      case "committed":
      case "decided":
        for (const replica of others(record.by)) this.#vote(replica, record);
        break;
      case "newview":
        for (const replica of others(record.from)) {
          this.#viewChanges.set(replica, Math.max(record.v, this.viewChange(replica)));
        }
        break;
      default:
        break;
    }
  }

  #vote(replica: number, { v, n, d }: { v: number; n: number; d: string }): void {
    this.#votes.add(`${replica} ${v} ${n} ${d}`);
  }
}
