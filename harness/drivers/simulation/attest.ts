/**
 * Was a fault really there, and is it really gone? From what the kernel counted at the two ends of
 * each link and from the state of each process, never from what was asked for.
 */
import type { ShapingSign } from "../../../faults/link-condition.ts";
import {
  type LinkState,
  latencyOf,
  linkName,
  type ProcessState,
} from "../../../faults/link-state.ts";
import {
  type Attestation,
  cutSeen,
  hidden,
  linkKept,
  type Part,
  passesAgain,
  proven,
  tooShortMs,
  unseen,
} from "../attestation.ts";
import { Obstacles } from "../obstacles.ts";
import { isPointless, linkCover, processCover, type Share, shapingSigns } from "../own-effect.ts";
import type { Beats } from "./beats.ts";
import type { Kernel } from "./kernel.ts";
import type { LinkCounters } from "./link.ts";

export interface Ground {
  readonly kernel: Kernel;
  readonly beats: Beats;
  readonly periodMs: number;
  stateOf(endpoint: string): "running" | "paused" | "down";
  /** What all active faults together ask for now. */
  readonly linkState: (from: string, to: string) => LinkState;
  /** The same without one of them: what is no different from this, that one has not done. */
  readonly linkStateWithout: (entry: string, from: string, to: string) => LinkState;
  readonly processStateWithout: (entry: string, replica: string) => ProcessState;
  /** What those ask for that began before it: one of two that are alike is not pointless. */
  readonly linkStateBefore: (entry: string, from: string, to: string) => LinkState;
  readonly processStateBefore: (entry: string, replica: string) => ProcessState;
}

/** What was counted on a link at some moment. */
export interface LinkMark {
  readonly from: string;
  readonly to: string;
  readonly atMs: number;
  readonly beatsSent: number;
  readonly beatsHeard: number;
  readonly counters: Readonly<LinkCounters>;
  readonly state: LinkState;
}

export function markLink({ kernel, beats, linkState }: Ground, from: string, to: string): LinkMark {
  return {
    from,
    to,
    atMs: kernel.now,
    beatsSent: beats.sent(from, to),
    beatsHeard: beats.heard(from, to).count,
    counters: { ...kernel.link(from, to).counters },
    state: linkState(from, to),
  };
}

/** One link of one fault: remembers its proof, and looks anew when something else has the say. */
export class LinkWatch {
  readonly #entry: string;
  readonly #ground: Ground;
  #mark: LinkMark;
  /** What was asked for at the last look; null = not looked yet. */
  #share: string | null = null;
  readonly #obstacles = new Obstacles();
  #hidden: Attestation | null = null;
  #proof: Attestation | null = null;

  constructor(entry: string, mark: LinkMark, ground: Ground) {
    this.#entry = entry;
    this.#mark = mark;
    this.#ground = ground;
  }

  /** Null while it cannot be told yet. */
  look(): Attestation | null {
    this.#proof ??= this.#lookAgain();
    return this.#proof;
  }

  /** What to say of a fault that ended before anything could be told. */
  doubt(): Part {
    const seen = this.look();
    if (seen !== null) return seen;
    const { from, to } = this.#mark;
    const open = this.#hidden ?? unattested(this.#mark, this.#ground);
    return this.#obstacles.part(linkName(from, to), open, this.#ground.periodMs);
  }

  #lookAgain(): Attestation | null {
    const { from, to } = this.#mark;
    const all = this.#ground.linkState(from, to);
    const others = this.#ground.linkStateWithout(this.#entry, from, to);
    const blind = [from, to].find((end) => this.#ground.stateOf(end) !== "running");
    const share = JSON.stringify([all, others, blind]);
    const isNew = this.#share !== null && this.#share !== share;
    this.#share = share;
    // What was counted under another state is not this one's.
    if (isNew) this.#mark = markLink(this.#ground, from, to);
    const cover = linkCover({ all, others });
    const why = blind === undefined ? cover : `${blind} is ${this.#ground.stateOf(blind)}`;
    const earlier = this.#ground.linkStateBefore(this.#entry, from, to);
    const isPointless = blind !== undefined || linkCover({ all, others: earlier }) !== null;
    const clearMs = this.#ground.kernel.now - this.#mark.atMs;
    this.#obstacles.look({ obstacle: why, isPointless, clearMs });
    this.#hidden = why === null ? null : hiddenBy(this.#mark, why, { all, blind });
    if (this.#hidden !== null) return null;
    return all.kind === "open"
      ? shaped(this.#mark, { all, others }, this.#ground)
      : cut(this.#mark, all.kind, this.#ground);
  }
}

function hiddenBy(
  mark: LinkMark,
  why: string,
  { all, blind }: { readonly all: LinkState; readonly blind: string | undefined },
): Attestation {
  return blind === undefined ? hidden(mark, why) : unseen(mark, why, `set to ${all.kind}`);
}

function cut(mark: LinkMark, kind: LinkState["kind"], ground: Ground): Attestation | null {
  const { from, to } = mark;
  const { lastArrivalMs } = ground.kernel.link(from, to).counters;
  const sinceMs = Math.max(mark.atMs, lastArrivalMs);
  const stillMs = Math.round(ground.kernel.now - sinceMs);
  const beatsSent = Math.min(
    ground.beats.sent(from, to) - mark.beatsSent,
    Math.floor(stillMs / ground.periodMs),
  );
  return cutSeen(mark, { kind, stillMs, beatsSent }, ground.periodMs);
}

interface Counted extends Share {
  readonly name: string;
  readonly before: Readonly<LinkCounters>;
  readonly now: Readonly<LinkCounters>;
}

/** What the kernel counted that can come of nothing else. */
const SEEN: { readonly [Sign in ShapingSign]: (counted: Counted) => Attestation | null } = {
  lateness: slowed,
  throughput: slowed,
  closing: closed,
};

function shaped(
  { from, to, counters: before }: LinkMark,
  share: Share,
  { kernel }: Ground,
): Attestation | null {
  const { counters: now } = kernel.link(from, to);
  const counted = { ...share, name: linkName(from, to), before, now };
  for (const sign of shapingSigns(share)) {
    const seen = SEEN[sign](counted);
    if (seen !== null) return seen;
  }
  return null;
}

function slowed({ name, before, now, all, others }: Counted): Attestation | null {
  const frames = now.slowed - before.slowed;
  if (frames === 0) return null;
  const meanMs = (now.slowedMs - before.slowedMs) / frames;
  // No slower than the others make it: then it is not this one that is seen.
  if (meanMs <= (latencyOf(all) + latencyOf(others)) / 2) return null;
  return proven(`${name}: ${frames} frames took ${meanMs.toFixed(1)} ms longer on average`);
}

function closed({ name, before, now, all }: Counted): Attestation | null {
  const connections = now.cutOff - before.cutOff;
  if (connections === 0) return null;
  const bytes = all.kind === "open" ? all.cutoff?.bytes : 0;
  return proven(`${name}: ${connections} connections closed after ${bytes} bytes`);
}

/** What to say of a fault that ended before anything could be told. */
export function unattested({ from, to, atMs, counters }: LinkMark, ground: Ground): Attestation {
  const now = ground.kernel.link(from, to).counters;
  const lastedMs = Math.round(ground.kernel.now - atMs);
  const frames = `${now.sent - counters.sent} frames sent, ${now.received - counters.received} received`;
  const short = lastedMs < tooShortMs(ground.periodMs) || now.sent === counters.sent;
  return {
    outcome: short ? "indeterminate" : "ineffective",
    evidence: [`${linkName(from, to)}: in ${lastedMs} ms ${frames}`],
  };
}

/** One process of one fault: the same for what is done to it. */
export class ProcessWatch {
  readonly #entry: string;
  readonly #replica: string;
  readonly #wanted: ProcessState;
  readonly #ground: Ground;
  readonly #obstacles = new Obstacles();
  #cover: string | null = null;
  #proof: Attestation | null = null;

  constructor(
    entry: string,
    { replica, wanted }: { readonly replica: string; readonly wanted: ProcessState },
    ground: Ground,
  ) {
    this.#entry = entry;
    this.#replica = replica;
    this.#wanted = wanted;
    this.#ground = ground;
  }

  /** Null while another fault hides it. */
  look(): Attestation | null {
    if (this.#proof !== null) return this.#proof;
    const others = this.#ground.processStateWithout(this.#entry, this.#replica);
    this.#cover = processCover(this.#wanted, others);
    const earlier = this.#ground.processStateBefore(this.#entry, this.#replica);
    const pointless = isPointless(this.#wanted, earlier);
    this.#obstacles.look({ obstacle: this.#cover, isPointless: pointless, clearMs: 0 });
    if (this.#cover !== null) return null;
    const state = this.#ground.stateOf(this.#replica);
    const wanted = this.#wanted === "power-cut" ? "down" : this.#wanted;
    const what = `${this.#replica}: the process is ${state}`;
    this.#proof = state === wanted ? proven(what) : { outcome: "ineffective", evidence: [what] };
    return this.#proof;
  }

  doubt(): Part {
    const proof = this.look();
    if (proof !== null) return proof;
    const evidence = [`${this.#replica}: ${this.#cover}`];
    const open: Attestation = { outcome: "indeterminate", evidence };
    return this.#obstacles.part(this.#replica, open, this.#ground.periodMs);
  }
}

/** @param before marked at the injection; @param healed marked at the heal */
export function attestHealedLink(
  { before, healed }: { readonly before: LinkMark; readonly healed: LinkMark },
  ground: Ground,
): Attestation | null {
  const { from, to } = healed;
  const kept = linkKept(healed, ground.linkState(from, to), "");
  if (kept) return kept;
  for (const end of [from, to]) {
    const process = ground.stateOf(end);
    if (process !== "running") return unseen(healed, `${end} is ${process}`, "set to open");
  }
  const heard = ground.beats.heard(from, to);
  if (heard.lastNumber <= healed.beatsSent) return null;
  const lost = heard.lastNumber - before.beatsSent - (heard.count - before.beatsHeard);
  const afterMs = ground.kernel.now - healed.atMs;
  const { oneWayMs } = heard;
  return proven(passesAgain(healed, { afterMs, oneWayMs, lost: Math.max(0, lost) }));
}
