/**
 * When a replica tells what it relays of requests: once, and again as long as it matters, ever more
 * seldom, since a set may be lost and a bad author may never be done.
 */
import type { NodeId } from "../../contract/core.ts";
import type { Statement } from "./sayings.ts";

/** In periods of STATUS: what nothing becomes of is told again every ten seconds or so. */
const INTERVAL_MAX = 64;

interface Rules {
  /** Of what does not any more nothing is kept or told. */
  readonly matters: (statement: Statement) => boolean;
  readonly say: (statement: Statement) => void;
}

interface Telling {
  readonly statement: Statement;
  /** Periods from one time to the next; 0: it was not told yet. */
  interval: number;
  /** Periods until the next time. */
  left: number;
}

export class Told {
  readonly #matters: (statement: Statement) => boolean;
  readonly #say: (statement: Statement) => void;
  readonly #byAuthor = new Map<NodeId, readonly Telling[]>();

  constructor({ matters, say }: Rules) {
    this.#matters = matters;
    this.#say = say;
  }

  get size(): number {
    let size = 0;
    for (const tellings of this.#byAuthor.values()) size += tellings.length;
    return size;
  }

  /** What is told of an author's. */
  of(author: NodeId): readonly Statement[] {
    return this.#mattering(author).map(({ statement }) => statement);
  }

  /** From now on it is told: unless that is too late, when a whole period has passed. */
  add(statement: Statement): void {
    const { author } = statement;
    const others = this.#mattering(author);
    this.#byAuthor.set(author, [...others, { statement, interval: 0, left: 2 }]);
  }

  /**
   * Not only in the next period. What is told again besides puts off nothing: an author that has it
   * said at a bad time keeps nobody from hearing of it when it is due.
   */
  now({ author, slot, digest }: Statement): void {
    for (const telling of this.#byAuthor.get(author) ?? []) {
      const { statement } = telling;
      if (statement.slot !== slot || statement.digest !== digest) continue;
      if (telling.interval === 0) this.#tell(telling);
      else this.#say(statement);
    }
  }

  /** A period is over. */
  period(): void {
    for (const author of this.#byAuthor.keys()) {
      const tellings = this.#mattering(author);
      if (tellings.length === 0) this.#byAuthor.delete(author);
      else this.#byAuthor.set(author, tellings);
      for (const telling of tellings) {
        telling.left -= 1;
        if (telling.left <= 0) this.#tell(telling);
      }
    }
  }

  #mattering(author: NodeId): readonly Telling[] {
    const tellings = this.#byAuthor.get(author) ?? [];
    return tellings.filter(({ statement }) => this.#matters(statement));
  }

  #tell(telling: Telling): void {
    telling.interval = Math.min(Math.max(1, 2 * telling.interval), INTERVAL_MAX);
    telling.left = telling.interval;
    this.#say(telling.statement);
  }
}
