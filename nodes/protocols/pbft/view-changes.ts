/** Who asks for which view (PBFT §4.4): what joining and waiting count, whatever it rests on. */
import type { NodeId } from "../contract/core.ts";

export interface AskedView {
  readonly replica: NodeId;
  readonly view: number;
  /** Of the content: a liar may ask for one view with different reasons. */
  readonly digest: string;
}

/** An honest replica gives one reason; of a liar's the oldest are kept. */
const REASONS_MAX = 4;

/** By replica, view and digest. Of each replica only what it said for its highest view. */
export class ViewChanges<Asked extends AskedView> {
  readonly #byReplica = new Map<NodeId, Asked[]>();

  /** The first that came for the highest view that the replica asks for. */
  of(replica: NodeId): Asked | undefined {
    return this.#byReplica.get(replica)?.[0];
  }

  /** The one that gives this reason. */
  named(replica: NodeId, digest: string): Asked | undefined {
    return this.#byReplica.get(replica)?.find((asked) => asked.digest === digest);
  }

  /** One for each replica, for the highest view that it asks for. */
  *highest(): Iterable<Asked> {
    for (const [first] of this.#byReplica.values()) if (first) yield first;
  }

  add(asked: Asked): void {
    const known = this.#byReplica.get(asked.replica) ?? [];
    const view = known[0]?.view ?? -1;
    if (asked.view > view) this.#byReplica.set(asked.replica, [asked]);
    if (asked.view !== view || known.length >= REASONS_MAX) return;
    if (known.every(({ digest }) => digest !== asked.digest)) known.push(asked);
  }
}
