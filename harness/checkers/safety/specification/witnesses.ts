/** What the good replicas wrote, to be asked by those who judge one of them. */
import type { AuditRecord, RecordOf } from "../../../../nodes/protocols/contract/audit.ts";
import { CLOCK_TOLERANCE_NS } from "../../evidence.ts";
import type { Voted } from "./replica-model.ts";

/** A VIEW-CHANGE as whoever counts it has it. */
export type Claims = RecordOf<"claims">["of"][number];

class Testimony {
  readonly proposed = new Map<number, Voted[]>();
  readonly prepared = new Map<number, Voted[]>();
  readonly decided = new Map<number, string[]>();
  /** Up to there it had executed when it started. */
  startedWith = 0;
  readonly states = new Map<number, string[]>();
  readonly asked = new Map<number, RecordOf<"viewchange">>();
  readonly entered = new Map<number, RecordOf<"newview">>();
  /** VIEW-CHANGEs and starts: each shows that the view was asked for, ascending. */
  readonly views: { readonly v: number; readonly time: number }[] = [];
  /**
   * When it first started again in a view: of what the disk held then, the lines may be lost. It
   * had told nobody before, since lines are written before that.
   */
  readonly resumed = new Map<number, number>();
  /** Views from one on that it had left for another when it started, ascending. */
  readonly passed: { readonly from: number; readonly below: number; readonly time: number }[] = [];
  /** The highest view that its lines name. */
  view = 0;
}

export class Witnesses {
  readonly #testimonies = new Map<number, Testimony>();
  readonly #commands = new Map<number, RecordOf<"executed">>();
  readonly #states = new Map<number, RecordOf<"checkpoint">>();
  readonly #claims = new Map<string, Claims & { readonly line: AuditRecord }>();
  readonly #counted = new Map<number, RecordOf<"stable">[]>();

  constructor(logs: ReadonlyMap<number, readonly AuditRecord[]>) {
    for (const [replica, log] of logs) {
      const testimony = new Testimony();
      this.#testimonies.set(replica, testimony);
      for (const line of log) this.#hear(testimony, line);
    }
  }

  /** How many there are. */
  get size(): number {
    return this.#testimonies.size;
  }

  isOne(replica: number): boolean {
    return this.#testimonies.has(replica);
  }

  /** Did it stand for that digest, in a message of its own or by a NEW-VIEW that it sent? */
  hasProposed(replica: number, n: number, { v, d }: Voted): boolean {
    const testimony = this.#testimonies.get(replica);
    if (holds(testimony?.proposed.get(n), v, d)) return true;
    const newView = testimony?.entered.get(v);
    return newView?.selected.some(([number, digest]) => number === n && digest === d) ?? false;
  }

  /**
   * Or may it have? What the disk held of views that it was in before it was killed shows in its
   * VIEW-CHANGE, and the lines of that time may be lost.
   */
  mayHaveProposed(replica: number, n: number, { v, d }: Voted, at: number): boolean {
    if (this.hasProposed(replica, n, { v, d })) return true;
    const testimony = this.#testimonies.get(replica);
    if (testimony?.proposed.get(n)?.some((vote) => vote.v === v) === true) return false;
    const until = at + CLOCK_TOLERANCE_NS;
    return (
      testimony?.passed.some(({ from, below, time }) => from <= v && v < below && time <= until) ??
      false
    );
  }

  hasPrepared(replica: number, n: number, { v, d }: Voted): boolean {
    return holds(this.#testimonies.get(replica)?.prepared.get(n), v, d);
  }

  hasDecided(replica: number, n: number, d: string): boolean {
    const testimony = this.#testimonies.get(replica);
    if (testimony === undefined) return false;
    if (testimony.decided.get(n)?.includes(d) === true) return true;
    // Its line may have died with its writer, and what the state holds is not executed again.
    return n <= testimony.startedWith && (this.command(n)?.d ?? d) === d;
  }

  hasState(replica: number, n: number, d: string): boolean {
    return this.#testimonies.get(replica)?.states.get(n)?.includes(d) ?? false;
  }

  /** How many of them did that. */
  count(did: (replica: number) => boolean): number {
    let count = 0;
    for (const replica of this.#testimonies.keys()) if (did(replica)) count += 1;
    return count;
  }

  /** Its VIEW-CHANGE for the view. */
  askedFor(replica: number, view: number): RecordOf<"viewchange"> | undefined {
    return this.#testimonies.get(replica)?.asked.get(view);
  }

  /** False where it surely had sent no VIEW-CHANGE for the view by then. */
  mayHaveAskedFor(replica: number, view: number, at: number): boolean {
    const testimony = this.#testimonies.get(replica);
    if (testimony === undefined || testimony.asked.has(view)) return true;
    return hasResumed(testimony, view, at);
  }

  /** False where it surely had sent no NEW-VIEW of it by then. */
  mayHaveEntered(replica: number, view: number, at: number): boolean {
    const testimony = this.#testimonies.get(replica);
    if (testimony === undefined || testimony.entered.has(view)) return true;
    return hasResumed(testimony, view, at);
  }

  /** Had it asked for the view, or a higher one? Its line was written before that was sent. */
  hadAskedFor(replica: number, view: number, at: number): boolean {
    const views = this.#testimonies.get(replica)?.views ?? [];
    return views.some(({ v, time }) => v >= view && time <= at);
  }

  /** Its NEW-VIEW of the view. */
  enteredBy(replica: number, view: number): RecordOf<"newview"> | undefined {
    return this.#testimonies.get(replica)?.entered.get(view);
  }

  /** The first that was executed at the number. */
  command(n: number): RecordOf<"executed"> | undefined {
    return this.#commands.get(n);
  }

  /** The first state that one of them was in by executing the number. */
  stateAt(n: number): RecordOf<"checkpoint"> | undefined {
    return this.#states.get(n);
  }

  /** What others count as the replica's VIEW-CHANGE for the view. */
  claimedOf(replica: number, view: number): (Claims & { readonly line: AuditRecord }) | undefined {
    return this.#claims.get(`${replica} ${view}`);
  }

  /** The highest checkpoint that another counted the replica for, before that time. */
  countedFor(replica: number, before: number): RecordOf<"stable"> | null {
    let highest: RecordOf<"stable"> | null = null;
    for (const line of this.#counted.get(replica) ?? []) {
      if (line.time < before && line.n > (highest?.n ?? 0)) highest = line;
    }
    return highest;
  }

  get all(): Iterable<number> {
    return this.#testimonies.keys();
  }

  #hear(testimony: Testimony, line: AuditRecord): void {
    switch (line.e) {
      case "boot":
        if (line.boot > 1 && !testimony.resumed.has(line.v)) {
          testimony.resumed.set(line.v, line.time);
        }
        if (line.v > testimony.view) {
          testimony.passed.push({ from: testimony.view, below: line.v, time: line.time });
        }
        testimony.view = Math.max(testimony.view, line.v);
        testimony.views.push(line);
        testimony.startedWith = Math.max(testimony.startedWith, line.lastExec);
        break;
      case "preprepared":
        append(testimony.proposed, line.n, line);
        break;
      case "prepared":
        append(testimony.prepared, line.n, line);
        break;
      case "executed":
        append(testimony.decided, line.n, line.d);
        if (!this.#commands.has(line.n)) this.#commands.set(line.n, line);
        break;
      case "committed":
      case "decided":
        append(testimony.decided, line.n, line.d);
        break;
      case "checkpoint":
        append(testimony.states, line.n, line.d);
        if (!this.#states.has(line.n)) this.#states.set(line.n, line);
        break;
      case "installed":
        append(testimony.states, line.n, line.d);
        break;
      case "stable":
        for (const replica of line.by) {
          if (replica !== line.replica) append(this.#counted, replica, line);
        }
        break;
      case "viewchange":
        testimony.asked.set(line.v, line);
        testimony.view = Math.max(testimony.view, line.v);
        testimony.views.push(line);
        break;
      case "newview":
        testimony.entered.set(line.v, line);
        testimony.view = Math.max(testimony.view, line.v);
        break;
      case "claims":
        for (const claims of line.of) {
          if (claims.replica === line.replica) continue;
          this.#claims.set(`${claims.replica} ${line.v}`, { ...claims, line });
        }
        break;
      default:
        break;
    }
  }
}

function hasResumed({ resumed }: Testimony, view: number, at: number): boolean {
  return (resumed.get(view) ?? Number.POSITIVE_INFINITY) <= at + CLOCK_TOLERANCE_NS;
}

function append<Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, [value]);
  else values.push(value);
}

function holds(votes: readonly Voted[] | undefined, view: number, digest: string): boolean {
  return votes?.some(({ v, d }) => v === view && d === digest) ?? false;
}
