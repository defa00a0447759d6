/** A replica as the specification has it: what follows from the lines that it wrote so far. */
import type { RecordOf } from "../../../../nodes/protocols/contract/audit.ts";

export interface Voted {
  readonly v: number;
  readonly d: string;
}

/**
 * Whether it may vote: `between` views it may not. `unclear`: it started in a view whose NEW-VIEW
 * it may have stored just before it was killed, and the line was lost.
 */
export type Standing = "in" | "between" | "unclear";

export class ReplicaModel {
  readonly id: number;
  view = 0;
  standing: Standing = "in";
  /** How often it started. */
  lives = 0;
  /** It was there before its log begins. */
  isOlderThanItsLog = false;
  /** The view in which it started last. */
  startedIn = 0;
  /** Views that it entered by a NEW-VIEW, in any life. */
  readonly entered = new Set<number>();

  /** `h` (`hs` where nothing is signed): the highest stable checkpoint. */
  stable = 0;
  /** The highest that it named in a VIEW-CHANGE. */
  saidStable = 0;
  /** `b`: the base of the view that it is in. */
  base = 0;
  /** `g`: the highest of all stable checkpoints, bases and installed states. */
  reached = 0;
  /** The choice of the NEW-VIEW that it is in; null where the line of it is missing. */
  chosen: ReadonlyMap<number, string> | null = new Map();
  /** As primary: the last number assigned; null where that is unclear. */
  assigned: number | null = 0;

  /** By number: every digest that it stood for, in all of its lives. */
  readonly accepted = new Map<number, Voted[]>();
  /** By number: what it prepared in the highest view. */
  readonly prepared = new Map<number, Voted>();
  /** By number, in this life. */
  readonly decided = new Map<number, string>();
  /** By number, in any life. */
  readonly everDecided = new Map<number, string>();

  lastExec = 0;
  /** By client: which of its timestamps took effect at which number, ascending. */
  readonly #effects = new Map<number, { readonly n: number; readonly t: number }[]>();
  /** A multiple of K was executed, and its checkpoint must come next. */
  owedCheckpoint: number | null = null;
  /** Own checkpoints by number, installed ones included. */
  readonly checkpoints = new Map<number, string>();
  readonly stableDigests = new Map<number, string>();
  /** The state that is fetched. */
  target: { readonly n: number; readonly d: string } | null = null;

  /** What the VIEW-CHANGEs say of which the next NEW-VIEW is made. */
  claims: RecordOf<"claims"> | null = null;
  /** Highest counter of the keys of each replica. */
  readonly keys = new Map<number, number>();
  /** VIEW-CHANGEs that it vouched for in this life: `view of`. */
  readonly vouched = new Set<string>();
  /** Where it holds evidence, in this life: `view number`. */
  readonly accused = new Set<string>();

  constructor(id: number) {
    this.id = id;
  }

  get lastChosen(): number {
    return Math.max(0, ...(this.chosen?.keys() ?? []));
  }

  /** What a NEW-VIEW brings. */
  enter(base: number, selected: readonly (readonly [n: number, d: string])[]): void {
    this.base = base;
    this.reached = Math.max(this.reached, base);
    this.chosen = new Map(selected);
    this.assigned = Math.max(base + selected.length, this.stable);
  }

  /** It may be in a view by a NEW-VIEW of which nothing is known. */
  forgetChoice(): void {
    this.base = 0;
    this.chosen = null;
  }

  /** A kill may take lines along that tell of what the disk remembers. */
  get mayLackLines(): boolean {
    return this.lives > 1 || this.isOlderThanItsLog;
  }

  acceptedAt(n: number, view: number): Voted | undefined {
    return this.accepted.get(n)?.find(({ v }) => v === view);
  }

  accept(n: number, vote: Voted): void {
    const votes = this.accepted.get(n);
    if (votes === undefined) this.accepted.set(n, [vote]);
    else votes.push(vote);
  }

  /** The highest number that it stood for in the view. */
  highestIn(view: number): number {
    let highest = 0;
    for (const [n, votes] of this.accepted) {
      if (n > highest && votes.some(({ v }) => v === view)) highest = n;
    }
    return highest;
  }

  /** The highest timestamp of the client that took effect in the state that it has now. */
  lastOf(client: number): number {
    return this.#effects.get(client)?.at(-1)?.t ?? Number.NEGATIVE_INFINITY;
  }

  tookEffect(client: number, t: number, n: number): void {
    const effects = this.#effects.get(client);
    if (effects === undefined) this.#effects.set(client, [{ n, t }]);
    else effects.push({ n, t });
  }

  /** Its state is another one, of that number; what took effect above it has not. */
  hasStateOf(n: number): void {
    this.lastExec = n;
    this.owedCheckpoint = null;
    for (const effects of this.#effects.values()) {
      while ((effects.at(-1)?.n ?? 0) > n) effects.pop();
    }
  }
}
