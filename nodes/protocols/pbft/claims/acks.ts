/** Who vouches for whose VIEW-CHANGE (protocols §20.5). */
import type { NodeId } from "../../contract/core.ts";
import type { Ack } from "./messages.ts";

/** An honest replica vouches once a view; of a liar's the newest are kept. */
const ACKS_PER_AUTHOR_MAX = 4;

/**
 * By voucher and author, view and name. Not the first name only: a liar that vouched for another
 * one here first may stand behind the VIEW-CHANGE that a NEW-VIEW names.
 */
export class Acks {
  readonly #byPair = new Map<string, Ack[]>();

  add(voucher: NodeId, ack: Ack): void {
    if (this.has(voucher, ack)) return;
    const pair = `${voucher} ${ack.replica}`;
    const known = this.#byPair.get(pair) ?? [];
    this.#byPair.set(pair, [...known, ack].slice(-ACKS_PER_AUTHOR_MAX));
  }

  has(voucher: NodeId, { view, replica, name }: Ack): boolean {
    const known = this.#byPair.get(`${voucher} ${replica}`) ?? [];
    return known.some((ack) => ack.view === view && ack.name === name);
  }

  /** Of these replicas those that vouch for it. */
  vouchers(ack: Ack, among: readonly NodeId[]): readonly NodeId[] {
    return among.filter((voucher) => this.has(voucher, ack));
  }
}
