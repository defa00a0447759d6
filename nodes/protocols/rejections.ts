/**
 * Bad input: counted by reason, and traced in the audit log at the first, second, fourth, eighth
 * time (and so on) that one peer gives one reason. Garbage without end fills no disk.
 */
import type { AuditEvent } from "./contract/audit.ts";
import type { NodeId } from "./contract/core.ts";

type Rejection = Extract<AuditEvent, { e: "reject" }>;

export class Rejections {
  readonly byReason: Record<string, number> = {};
  readonly #byPeer = new Map<string, number>();
  #total = 0;

  get total(): number {
    return this.#total;
  }

  /**
   * @param from the channel's proven peer; an author only when its signature was verified
   * @param key the name under which `/status` counts it
   * @returns the line to write, if this one is worth a line
   */
  count(type: string, from: NodeId, reason: string, key = `${type}:${reason}`): Rejection | null {
    this.#total += 1;
    this.byReason[key] = (this.byReason[key] ?? 0) + 1;
    const count = (this.#byPeer.get(`${from}:${key}`) ?? 0) + 1;
    this.#byPeer.set(`${from}:${key}`, count);
    return Number.isInteger(Math.log2(count)) ? { e: "reject", type, from, reason, count } : null;
  }
}
