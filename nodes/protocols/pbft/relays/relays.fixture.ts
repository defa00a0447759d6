/** Good replicas that relay on a wire on which everything arrives in the end, in any order. */
import { clientId, type NodeId } from "../../contract/core.ts";
import { Relays } from "./relays.ts";
import type { Statement } from "./sayings.ts";

export const ALICE = clientId({ host: 0, index: 1 });

interface Relay {
  readonly by: NodeId;
  readonly to: NodeId;
  readonly statement: Statement;
}

export class RelayedWorld {
  readonly faultsMax: number;
  readonly replicas: number;
  /** The good ones; all others are bad. */
  readonly good: ReadonlyMap<NodeId, Relays>;
  readonly #wire: Relay[] = [];

  constructor(faultsMax: number, bad: readonly NodeId[]) {
    this.faultsMax = faultsMax;
    this.replicas = 3 * faultsMax + 1;
    const ids = Array.from({ length: this.replicas }, (_, id) => id);
    const limits = { authorsMax: 8, slotsMax: 1 };
    this.good = new Map(
      ids
        .filter((id) => !bad.includes(id))
        .map((id) => [id, new Relays(id, { replicas: this.replicas, faultsMax }, limits)]),
    );
  }

  of(id: NodeId): Relays {
    return this.good.get(id) as Relays;
  }

  get onTheWay(): number {
    return this.#wire.length;
  }

  /** The author itself says it to one replica. */
  say(to: NodeId, statement: Statement): void {
    if (this.good.get(to)?.hear(statement)) this.#tellAll(to, statement);
  }

  /** Somebody bad claims that the author said it. */
  claim(by: NodeId, to: NodeId, statement: Statement): void {
    if (this.good.has(by)) throw new RangeError(`r${by} is good`);
    this.#take({ by, to, statement });
  }

  /** One of the relays that are under way arrives. */
  deliver(index: number): void {
    const [relay] = this.#wire.splice(index % Math.max(this.#wire.length, 1), 1);
    if (relay) this.#take(relay);
  }

  deliverAll(): void {
    while (this.#wire.length > 0) this.deliver(0);
  }

  #take({ by, to, statement }: Relay): void {
    if (this.good.get(to)?.hearOf(by, statement)) this.#tellAll(to, statement);
  }

  #tellAll(by: NodeId, statement: Statement): void {
    for (const to of this.good.keys()) if (to !== by) this.#wire.push({ by, to, statement });
  }
}

export function statementOf(digest: string, author: NodeId = ALICE, slot = 1): Statement {
  return { author, slot, digest };
}
