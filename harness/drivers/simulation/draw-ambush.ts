/** What strikes right where it hurts: at a step of the protocol. */
import type { AuditEvent } from "../../../nodes/protocols/contract/audit.ts";
import { fallenBehind, viewChangeAt } from "./draw-situations.ts";
import { links, type Moment, type Strike, type Struck, type What } from "./drawn-faults.ts";
import { type Arena, anyone, drawSemantics, dumb, isolation, stop } from "./drawn-strikes.ts";
import { drawFrom, drawSkip, happensIn } from "./event-counts.ts";
import type { Random } from "./random.ts";

const COMMON_EVENTS: readonly AuditEvent["e"][] = [
  "preprepared",
  "prepared",
  "committed",
  "executed",
];
const RARE_EVENTS: readonly AuditEvent["e"][] = [
  "checkpoint",
  "stable",
  "viewchange",
  "viewchange",
  "newview",
  "newview",
  "newview",
  "statetransfer",
  "installed",
  "boot",
  "decided",
  "vouched",
  "vouched",
  "stated",
  "keys",
];

/** What has to happen before, or the step is hardly ever taken. */
const NEEDS: Readonly<Partial<Record<AuditEvent["e"], "view" | "state" | "boot">>> = {
  viewchange: "view",
  newview: "view",
  vouched: "view",
  statetransfer: "state",
  installed: "state",
  boot: "boot",
  keys: "boot",
};

/** In so many it is made to happen; else only if other faults do. */
const CAUSED_SHARE = 0.75;

function causeOf({ event }: EventMoment, random: Random, arena: Arena): readonly Strike[] {
  const needed = NEEDS[event];
  if (needed === undefined || !random.chance(CAUSED_SHARE)) return [];
  if (needed === "view") return viewChangeAt(random, arena, 0.5);
  const who = anyone(random, arena);
  if (needed === "state") return who.map((one) => fallenBehind(random, one, arena));
  const when = { atMs: random.integer(20, Math.floor(arena.chaosMs / 2)) };
  return [{ when, durationMs: random.integer(5, 300), what: stop("crash", who) }];
}

type EventMoment = Extract<Moment, { readonly event: string }>;

function drawMoment(random: Random, arena: Arena): EventMoment {
  const { chaosMs, protocol } = arena;
  const among = random.chance(0.75) ? RARE_EVENTS : COMMON_EVENTS;
  const event = random.pick(among.filter((each) => happensIn(each, protocol)));
  const fromMs = drawFrom(random, event, chaosMs);
  const skip = drawSkip(random, event, 1 - fromMs / chaosMs);
  return { event, fromMs, skip, delayMs: random.chance(0.5) ? 0 : random.real(0, 8) };
}

/** While the messages of that step are still held back, or just after. */
export function ambush(random: Random, arena: Arena): readonly Strike[] {
  const when = drawMoment(random, arena);
  const who = random.pick<Struck>(["subject", "subject", "subject", "next-primary", "everyone"]);
  const what = random.pick<() => readonly What[]>([
    () => stop("crash", who),
    () => stop("power-cut", who),
    () => isolation(random, who === "everyone" ? "subject" : who, arena),
    () => dumb("subject", arena),
    () => stop("pause", "subject"),
  ])();
  const durationMs = random.integer(1, random.pick([30, 200, 600]));
  return [...causeOf(when, random, arena), { when, durationMs, what }];
}

/**
 * What is said at a step is lost, to or from somebody, for less than a time-out: the next view must
 * not be what mends it, but that it is said again.
 */
export function lostForAMoment(random: Random, arena: Arena): readonly Strike[] {
  const when = { ...drawMoment(random, arena), delayMs: 0 };
  const who = random.pick<Struck>(["subject", "next-primary", anyone(random, arena)]);
  const cut = { topology: "one-way", ...links(who, random.chance(0.5)) };
  const semantics = random.chance(0.6) ? "drop" : drawSemantics(random);
  const durationMs = Math.max(1, Math.floor(arena.requestMs * random.real(0.05, 0.8)));
  const what = arena.replicas < 2 ? [] : [{ fault: "partition", ...cut, semantics }];
  return [...causeOf(when, random, arena), { when, durationMs, what }];
}
