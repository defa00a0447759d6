/**
 * Messages on their way to convince everybody, by author: a liar pushes out nothing but its own. Of
 * those about views there are few at a time, and they may be long.
 */
import type { NodeId } from "../../contract/core.ts";
import { NEW_VIEW, VIEW_CHANGE } from "../messages.ts";
import { isSame, type Saying } from "./messages.ts";
import type { Proving } from "./proving.ts";

/** As many reasons as are kept of who asks for a view. */
const OF_VIEWS_MAX = 4;

/** By name, oldest first. */
type Kept = Map<string, Proving>;

export class Provings {
  readonly #votesMax: number;
  readonly #votes = new Map<NodeId, Kept>();
  readonly #views = new Map<NodeId, Kept>();

  /** @param votesMax of one author */
  constructor(votesMax: number) {
    this.#votesMax = votesMax;
  }

  get size(): number {
    return [...this.all()].length;
  }

  named(saying: Saying): Proving | undefined {
    const { author, type, name } = saying;
    const known = this.#of(type).get(author)?.get(name);
    return known && isSame(known.saying, saying) ? known : undefined;
  }

  keep(proving: Proving): void {
    const { author, type, name } = proving.saying;
    const byAuthor = this.#of(type);
    const kept: Kept = byAuthor.get(author) ?? new Map();
    byAuthor.set(author, kept.set(name, proving));
    if (kept.size <= (byAuthor === this.#views ? OF_VIEWS_MAX : this.#votesMax)) return;
    for (const oldest of kept.keys()) {
      kept.delete(oldest);
      break;
    }
  }

  forget(isOver: (saying: Saying) => boolean): void {
    for (const kept of [...this.#votes.values(), ...this.#views.values()]) {
      for (const [name, { saying }] of kept) if (isOver(saying)) kept.delete(name);
    }
  }

  *all(): Iterable<Proving> {
    for (const kept of this.#views.values()) yield* kept.values();
    for (const kept of this.#votes.values()) yield* kept.values();
  }

  #of(type: number): Map<NodeId, Kept> {
    return type === VIEW_CHANGE || type === NEW_VIEW ? this.#views : this.#votes;
  }
}
