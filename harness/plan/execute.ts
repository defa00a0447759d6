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
import { isWatched, quietLoadMs, type Stage } from "./quiet.ts";
import { EventWatch, triggerText } from "./trigger.ts";

export const createExecutor: CreateExecutor = (plan) => new PlanExecutor(plan);

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
  #loadOn = false;
  #aborted = false;
  /** What the quiet phase is about, and since when. */
  #stage: Stage = "load";
  #stageSinceMs = 0;
  /** They have not converged in time. */
  #isUnsettled = false;

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
    if (this.#aborted) return null;
    switch (this.phase) {
      case "starting":
      case "finished":
        return null;
      case "warmup":
        return this.#faultsFromMs;
      case "faults":
        return this.#nextEntryMs();
      case "quiet":
        return this.#stageEndMs;
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
        if (this.phase === "quiet" && isWatched(this.#stage)) this.#leaveStage(nowMs, out);
        break;
      case "verified":
        if (this.phase === "quiet" && this.#stage === "reads") this.#leaveStage(nowMs, out);
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
    if (!this.#entries.every(isOverOrKept) || nowMs < this.#faultsToMs) return;
    this.#enter("quiet", out);
    this.#enterStage("load", nowMs);
  }

  #quieten(nowMs: number, out: ExecutorCommand[]): void {
    const isBack = this.#stage === "return" && this.#entries.every(isOver);
    const isLate = nowMs >= (this.#stageEndMs ?? Infinity);
    this.#isUnsettled ||= isLate && isWatched(this.#stage);
    if (isBack || isLate) this.#leaveStage(nowMs, out);
  }

  /** Null where something else ends it than time. */
  get #stageEndMs(): number | null {
    if (this.#stage === "reads" || this.#stage === "return") return null;
    const { quietMs } = this.#plan.phases;
    const { loadMs = quietLoadMs(quietMs), steadyMs = 0 } = this.#plan.ending ?? {};
    // The first deadline counts from the end of the faults, whatever the load took of it.
    const converge = quietMs - loadMs;
    const stages = { load: loadMs, converge, gather: quietMs, steady: steadyMs, rest: quietMs };
    const lastsMs = stages[this.#stage];
    return this.#stageSinceMs + Math.max(0, lastsMs);
  }

  #enterStage(stage: Stage, nowMs: number): void {
    this.#stage = stage;
    this.#stageSinceMs = nowMs;
  }

  #leaveStage(nowMs: number, out: ExecutorCommand[]): void {
    const next = this.#stageAfter();
    if (next === null) return this.#finish(out);
    this.#enterStage(next, nowMs);
    this.#load(next === "steady", out);
    // Without what outlasts the faults they come to rest as well, before they are read.
    const isLast = next === "rest" || (next === "converge" && !this.#entries.every(isOver));
    if (isWatched(next)) out.push({ kind: "watch", isLast });
    if (next === "reads") out.push({ kind: "verify" });
    if (next !== "return") return;
    for (const playing of this.#entries) if (playing.state === "active") this.#heal(playing, out);
  }

  /** Null = nothing more. */
  #stageAfter(): Stage | null {
    const { steadyMs = 0, restMs } = this.#plan.ending ?? {};
    // Who has not converged in time does not come to rest either.
    const goesOn = !this.#isUnsettled;
    const steady = goesOn && steadyMs > 0;
    switch (this.#stage) {
      case "load":
        return "converge";
      case "converge":
        return "reads";
      case "reads":
        if (!this.#entries.every(isOver)) return "return";
        if (steady) return "steady";
        return goesOn && restMs !== undefined ? "rest" : null;
      case "return":
        if (steady) return "gather";
        return goesOn ? "rest" : null;
      case "gather":
        return steady ? "steady" : null;
      case "steady":
        return "rest";
      case "rest":
        return null;
      default:
        return this.#stage satisfies never;
    }
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
    if (missable || this.#entries.every(isOverOrKept)) due.push(this.#faultsToMs);
    const nextMs = Math.min(...due);
    return Number.isFinite(nextMs) ? nextMs : null;
  }

  /** Whatever its own end, no fault outlives the faults phase. A late window keeps its length. */
  #healAtMs({ entry, after, begunMs }: Playing): number {
    if (entry.outlasts === true) return Infinity;
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

/** Nothing more happens to it before the quiet phase. */
function isOverOrKept(playing: Playing): boolean {
  return isOver(playing) || (playing.state === "active" && playing.entry.outlasts === true);
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
