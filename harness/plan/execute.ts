/** The executor: plays a plan's phases, load and faults as a step machine (harness §2.7). */
import type {
  Cause,
  CreateExecutor,
  Executor,
  ExecutorCommand,
  ExecutorInput,
  WorldEvent,
} from "./executor.ts";
import type { Phase, Plan, PlanEntry } from "./plan.ts";
import { EventWatch, triggerText } from "./trigger.ts";

export const createExecutor: CreateExecutor = (plan) => new PlanExecutor(plan);

/** Load stays on this long into the quiet phase, so that recovery shows in completed operations. */
export function quietLoadMs(quietMs: number): number {
  return Math.min(2_000, quietMs / 3);
}

/**
 * A heal never overtakes its own injection: it waits until that has settled. So every entry goes
 * through these states in this order, once; what is never set off is skipped instead.
 */
type EntryState = "waiting" | "injecting" | "active" | "healing" | "healed" | "skipped";

interface Playing {
  readonly entry: PlanEntry;
  /** The window before it, if the fault has several. */
  readonly after: Playing | null;
  state: EntryState;
  /** For the event that it waits for, if it does. */
  readonly watch: EventWatch | null;
  /** What has set it off, and when it is due for that; null and `Infinity` until then. */
  cause: Cause | null;
  dueMs: number;
  /** There was nothing to inject. */
  absent: boolean;
  /** When it began and when it was healed; `Infinity` until then. */
  begunMs: number;
  healedMs: number;
}

class PlanExecutor implements Executor {
  phase: Executor["phase"] = "starting";

  readonly #plan: Plan;
  readonly #entries: readonly Playing[];
  #zeroMs = 0;
  #quietSinceMs = 0;
  #loadOn = false;
  #verifying = false;
  #aborted = false;

  constructor(plan: Plan) {
    this.#plan = plan;
    const entries: Playing[] = [];
    for (const entry of plan.entries) {
      const after = entries.findLast((earlier) => earlier.entry.name === entry.name) ?? null;
      entries.push(waiting(entry, after));
    }
    this.#entries = entries;
  }

  step(input: ExecutorInput, nowMs: number): readonly ExecutorCommand[] {
    if (this.phase === "finished") return [];
    const out: ExecutorCommand[] = [];
    this.#take(input, nowMs, out);
    this.#advance(nowMs, out);
    return out;
  }

  awaits(event: string): boolean {
    return this.phase === "faults" && this.#entries.some((playing) => isFor(playing, event));
  }

  nextWakeMs(): number | null {
    if (this.#aborted || this.#verifying) return null;
    switch (this.phase) {
      case "starting":
      case "finished":
        return null;
      case "warmup":
        return this.#faultsFromMs;
      case "faults":
        return this.#nextEntryMs();
      case "quiet":
        return this.#loadOn ? this.#loadOffMs : this.#quietSinceMs + this.#plan.phases.quietMs;
      default:
        return this.phase satisfies never;
    }
  }

  #take(input: ExecutorInput, nowMs: number, out: ExecutorCommand[]): void {
    switch (input.kind) {
      case "started":
        if (this.phase === "starting") this.#start(nowMs, out);
        break;
      case "settled":
        this.#settle(input, nowMs);
        break;
      case "event":
        if (this.phase === "faults") this.#see(input.event, nowMs);
        break;
      case "converged":
        if (this.phase === "quiet" && !this.#loadOn) this.#verify(out);
        break;
      case "verified":
        if (this.#verifying) this.#finish(out);
        break;
      case "abort":
        this.#aborted = true;
        this.#load(false, out);
        break;
      case "tick":
        break;
      default:
        input satisfies never;
    }
  }

  #start(nowMs: number, out: ExecutorCommand[]): void {
    this.#zeroMs = nowMs;
    this.#enter("warmup", out);
    this.#load(true, out);
  }

  #settle(
    { command, entry: id, absent = false }: Extract<ExecutorInput, { kind: "settled" }>,
    nowMs: number,
  ): void {
    const playing = this.#entries.find(({ entry }) => entry.id === id);
    if (playing === undefined) return;
    if (command === "inject" && playing.state === "injecting") {
      playing.state = "active";
      playing.absent = absent;
      // What waited lasts from its installation on: nobody knew before when that would be.
      if (playing.entry.when !== undefined) playing.begunMs = nowMs;
      if (!absent) this.#setOffBy(playing, "after", nowMs);
    }
    if (command === "heal" && playing.state === "healing") {
      playing.state = "healed";
      playing.healedMs = nowMs;
      if (!playing.absent) this.#setOffBy(playing, "healed", nowMs);
    }
  }

  #see(event: WorldEvent, nowMs: number): void {
    const { what, by: subject, view, atNs, ageMs: heardMs } = event;
    const happenedMs = nowMs - heardMs;
    for (const playing of this.#entries) {
      if (!isFor(playing, event.name)) continue;
      if (playing.watch?.see(event, happenedMs - this.#faultsFromMs) !== true) continue;
      setOff(playing, { what, subject, view, atNs, heardMs }, happenedMs);
    }
  }

  /** Whoever waits for that entry shares its subject. */
  #setOffBy({ entry, cause }: Playing, kind: "after" | "healed", nowMs: number): void {
    const what = `${entry.id} ${kind === "after" ? "has begun" : "is healed"}`;
    const { subject = null, view = null } = cause ?? {};
    for (const playing of this.#entries) {
      const { when } = playing.entry;
      if (when?.kind !== kind || when.entry !== entry.id || playing.state !== "waiting") continue;
      setOff(playing, { what, subject, view, atNs: null, heardMs: 0 }, nowMs);
    }
  }

  #advance(nowMs: number, out: ExecutorCommand[]): void {
    if (this.#aborted) {
      this.#windDown(out);
      return;
    }
    if (this.phase === "warmup" && nowMs >= this.#faultsFromMs) this.#enter("faults", out);
    if (this.phase === "faults") this.#playEntries(nowMs, out);
    if (this.phase === "quiet") this.#quieten(nowMs, out);
  }

  /** After an abort: heal what was injected, then finish without quiet phase and final reads. */
  #windDown(out: ExecutorCommand[]): void {
    for (const playing of this.#entries) {
      if (playing.state === "active") this.#heal(playing, out);
    }
    const pending = this.#entries.some(({ state }) => state === "injecting" || state === "healing");
    if (!pending) this.#finish(out);
  }

  /**
   * Heals go first, so that a window that begins when another ends finds the cluster without it. A
   * late tick finds several due at once; each list is in the plan's order.
   */
  #playEntries(nowMs: number, out: ExecutorCommand[]): void {
    for (const playing of this.#entries) {
      if (playing.state === "active" && nowMs >= this.#healAtMs(playing)) this.#heal(playing, out);
    }
    for (const playing of this.#entries) {
      if (playing.state !== "waiting") continue;
      if (this.#hasMissed(playing, nowMs)) this.#skip(playing, out);
      else if (nowMs >= this.#injectAtMs(playing)) this.#inject(playing, nowMs, out);
    }
    if (!this.#entries.every(isOver) || nowMs < this.#faultsToMs) return;
    this.#quietSinceMs = nowMs;
    this.#enter("quiet", out);
  }

  #quieten(nowMs: number, out: ExecutorCommand[]): void {
    if (this.#verifying) return;
    if (this.#loadOn && nowMs >= this.#loadOffMs) {
      this.#load(false, out);
      out.push({ kind: "watch" });
    }
    if (nowMs >= this.#quietSinceMs + this.#plan.phases.quietMs) this.#verify(out);
  }

  #enter(phase: Phase, out: ExecutorCommand[]): void {
    this.phase = phase;
    out.push({ kind: "phase", phase });
  }

  #load(on: boolean, out: ExecutorCommand[]): void {
    if (this.#loadOn === on) return;
    this.#loadOn = on;
    out.push({ kind: "load", on });
  }

  #inject(playing: Playing, nowMs: number, out: ExecutorCommand[]): void {
    playing.state = "injecting";
    playing.begunMs = nowMs;
    out.push({ kind: "inject", entry: playing.entry, cause: causeOf(playing) });
  }

  #skip(playing: Playing, out: ExecutorCommand[]): void {
    playing.state = "skipped";
    out.push({ kind: "skip", entry: playing.entry, why: whySkipped(playing) });
  }

  /** With the phase everything ends that it waits for. */
  #hasMissed({ entry, after }: Playing, nowMs: number): boolean {
    if (entry.when === undefined) return false;
    return after === null ? nowMs >= this.#faultsToMs : after.state === "skipped";
  }

  #heal(playing: Playing, out: ExecutorCommand[]): void {
    playing.state = "healing";
    out.push({ kind: "heal", entry: playing.entry });
  }

  #verify(out: ExecutorCommand[]): void {
    if (this.#verifying) return;
    this.#verifying = true;
    out.push({ kind: "verify" });
  }

  #finish(out: ExecutorCommand[]): void {
    this.phase = "finished";
    out.push({ kind: "finish" });
  }

  /** Null while everything that is left waits for the driver. */
  #nextEntryMs(): number | null {
    const due = this.#entries.flatMap((playing) => {
      if (playing.state === "waiting") return [this.#injectAtMs(playing)];
      return playing.state === "active" ? [this.#healAtMs(playing)] : [];
    });
    const missable = this.#entries.some(({ state, entry, after }) => {
      return state === "waiting" && entry.when !== undefined && after === null;
    });
    if (missable || this.#entries.every(isOver)) due.push(this.#faultsToMs);
    const nextMs = Math.min(...due);
    return Number.isFinite(nextMs) ? nextMs : null;
  }

  /** Whatever its own end, no fault outlives the faults phase. A late window keeps its length. */
  #healAtMs({ entry, after, begunMs }: Playing): number {
    const isTimed = after === null && entry.when === undefined;
    const fromMs = isTimed ? this.#plannedMs(entry) : begunMs;
    return Math.min(fromMs + entry.durationMs, this.#faultsToMs);
  }

  /**
   * A window keeps its distance from the end of the one before, which may come late on a busy
   * machine: else a rolling restart would take two replicas away at once.
   */
  #injectAtMs({ entry, after, dueMs }: Playing): number {
    const plannedMs = this.#plannedMs(entry);
    if (after === null) return entry.when === undefined ? plannedMs : dueMs;
    if (after.state !== "healed") return Infinity;
    const distanceMs = entry.atMs - after.entry.atMs - after.entry.durationMs;
    return Math.max(plannedMs, Math.min(after.healedMs + distanceMs, this.#faultsToMs));
  }

  #plannedMs({ atMs }: PlanEntry): number {
    return this.#faultsFromMs + Math.min(atMs, this.#plan.phases.faultsMs);
  }

  get #faultsFromMs(): number {
    return this.#zeroMs + this.#plan.phases.warmupMs;
  }

  get #faultsToMs(): number {
    return this.#faultsFromMs + this.#plan.phases.faultsMs;
  }

  get #loadOffMs(): number {
    return this.#quietSinceMs + quietLoadMs(this.#plan.phases.quietMs);
  }
}

function waiting(entry: PlanEntry, after: Playing | null): Playing {
  // A later window of the same fault has only the one before to wait for.
  const watch = after === null && entry.when?.kind === "event" ? new EventWatch(entry.when) : null;
  const never = { dueMs: Infinity, begunMs: Infinity, healedMs: Infinity };
  return { entry, after, state: "waiting", watch, cause: null, absent: false, ...never };
}

function isFor({ state, cause, watch }: Playing, event: string): boolean {
  return state === "waiting" && cause === null && watch?.event === event;
}

function isOver({ state }: Playing): boolean {
  return state === "healed" || state === "skipped";
}

function setOff(playing: Playing, cause: Omit<Cause, "delayMs">, happenedMs: number): void {
  const delayMs = playing.entry.when?.delayMs ?? 0;
  playing.cause = { ...cause, delayMs };
  playing.dueMs = happenedMs + delayMs;
}

/** A later window shares the cause of the first. */
function causeOf({ cause, after }: Playing): Cause | null {
  return cause ?? (after === null ? null : causeOf(after));
}

function whySkipped({ entry, after, cause, watch }: Playing): string {
  if (after?.state === "skipped") return `${after.entry.id}, the window before it, was skipped`;
  if (cause !== null) return `${cause.what} too late: its delay outlasted the faults phase`;
  return watch?.told ?? `it was to begin ${triggerText(entry)}, which never came`;
}
