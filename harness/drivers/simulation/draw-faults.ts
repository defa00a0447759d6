/**
 * What goes wrong in a random plan, in the words of the scenario language. Swarm testing: each seed
 * may use a random subset of the kinds only, because a run with everything in it hides what two
 * kinds alone would show.
 */
import type { AuditEvent } from "../../../nodes/protocols/contract/audit.ts";
import {
  alone,
  links,
  type Moment,
  percent,
  type Semantics,
  type Strike,
  type Struck,
  shown,
  type What,
} from "./drawn-faults.ts";
import type { Random } from "./random.ts";

interface Arena {
  readonly replicas: number;
  readonly faultsMax: number;
  readonly chaosMs: number;
  /** `T`: what lasts longer makes a view change. */
  readonly requestMs: number;
}

type Draw = (random: Random, arena: Arena) => readonly Strike[];

/** Kinds of bad days; each draws one or several faults. */
const KINDS: readonly Draw[] = [
  (random, arena) => [at(random, arena, stop("crash", someone(random, arena)))],
  (random, arena) => [at(random, arena, stop("crash", "next-primary"))],
  crashLoop,
  everyoneDown,
  (random, arena) => [at(random, arena, stop("power-cut", someone(random, arena)))],
  longIsolation,
  (random, arena) => [at(random, arena, isolation(random, "next-primary", arena))],
  (random, arena) => [at(random, arena, isolation(random, someone(random, arena), arena))],
  (random, arena) => [at(random, arena, split(random, arena))],
  (random, arena) => [at(random, arena, oneWay(random, arena))],
  (random, arena) => [at(random, arena, slow(random, arena))],
  (random, arena) => [at(random, arena, thin(random, arena))],
  (random, arena) => [at(random, arena, stop("pause", soon(random, arena)))],
  (random, arena) => [at(random, arena, storm(random))],
  ambush,
  ambush,
  ambush,
  primaryHunt,
  darkRestart,
  blackoutAtNewView,
  blackoutAtNewView,
  staleCertificate,
  staleCertificate,
  laggingPrimary,
];

export function drawFaults(random: Random, arena: Arena): readonly Strike[] {
  const enabled = random.some(KINDS, random.integer(1, 6));
  const rounds = random.integer(1, 6);
  return Array.from({ length: rounds }, () => random.pick(enabled)(random, arena)).flat();
}

function at(random: Random, arena: Arena, what: readonly What[]): Strike {
  const atMs = random.integer(20, Math.floor(arena.chaosMs * 0.9));
  const longest = random.pick([60, 300, 300, 1000]);
  return { when: { atMs }, durationMs: random.integer(5, longest), what };
}

function nameOf(id: number): string {
  return `r${id}`;
}

function anyone(random: Random, { replicas }: Arena): readonly string[] {
  return [nameOf(random.integer(0, replicas - 1))];
}

/** Up to f replicas, sometimes one more: then nothing may complete, and nothing may be lost. */
function someone(random: Random, { replicas, faultsMax }: Arena): readonly string[] {
  const all = Array.from({ length: replicas }, (_, id) => nameOf(id));
  const most = faultsMax + (random.chance(0.25) ? 1 : 0);
  return random.some(all, random.integer(1, Math.max(1, most)));
}

/** Who leads, or may lead next. */
function soon(random: Random, { replicas }: Arena): Struck {
  return random.pick<Struck>(["next-primary", [nameOf(Math.min(1, replicas - 1))]]);
}

function stop(fault: "crash" | "power-cut" | "pause", target: Struck): readonly What[] {
  return [{ fault, target }];
}

function drawSemantics(random: Random): Semantics {
  return random.pick(["refuse", "drop", "hold"]);
}

function isolation(random: Random, who: Struck, { replicas }: Arena): readonly What[] {
  return alone(who, { semantics: drawSemantics(random), clients: random.chance(0.7) }, replicas);
}

function oneWay(random: Random, { replicas }: Arena): readonly What[] {
  const who = random.pick<Struck>(["next-primary", ["r0"], [nameOf(Math.min(1, replicas - 1))]]);
  const cut = { ...links(who, random.chance(0.5)), semantics: drawSemantics(random) };
  return replicas < 2 ? [] : [{ fault: "partition", topology: "one-way", ...cut }];
}

function slow(random: Random, { replicas }: Arena): readonly What[] {
  const who = random.pick<Struck>(["next-primary", "everyone"]);
  const latencyMs = random.integer(20, 250);
  const jitter = shown(random.integer(0, latencyMs));
  const delay = { fault: "delay", ...links(who, true), latency: shown(latencyMs), jitter };
  return replicas < 2 ? [] : [delay];
}

function thin(random: Random, { replicas }: Arena): readonly What[] {
  const rate = `${random.integer(5, 60)}KB/s`;
  return replicas < 2 ? [] : [{ fault: "bandwidth", ...links("next-primary", true), rate }];
}

function storm(random: Random): readonly What[] {
  const shares = {
    loss: random.real(0.05, 0.6),
    duplication: random.real(0, 0.3),
    reordering: random.real(0, 1),
  };
  return Object.entries(shares)
    .map(([fault, share]) => ({ fault, share: percent(share) }))
    .filter(({ share }) => share !== percent(0));
}

function split(random: Random, { replicas }: Arena): readonly What[] {
  const all = Array.from({ length: replicas }, (_, id) => nameOf(id));
  const order = random.some(all, replicas);
  const size = random.integer(1, Math.max(1, replicas - 1));
  const groups = [order.slice(0, size), order.slice(size)];
  const semantics = drawSemantics(random);
  return replicas < 2 ? [] : [{ fault: "partition", groups, semantics }];
}

/** The same replica again and again, each time before it has caught up. */
function crashLoop(random: Random, arena: Arena): readonly Strike[] {
  const who = random.chance(0.3) ? "next-primary" : anyone(random, arena);
  const kind = random.chance(0.7) ? "crash" : "power-cut";
  const everyMs = random.integer(20, 150);
  const fromMs = random.integer(20, Math.floor(arena.chaosMs / 2));
  return Array.from({ length: random.integer(3, 8) }, (_, round) => ({
    when: { atMs: fromMs + round * everyMs },
    durationMs: random.integer(1, Math.floor(everyMs * 0.8)),
    what: stop(kind, who),
  }));
}

function everyoneDown(random: Random, arena: Arena): readonly Strike[] {
  const kind = random.chance(0.5) ? "crash" : "power-cut";
  return [at(random, arena, stop(kind, "everyone"))];
}

/** Long enough that the others garbage-collect what the isolated one would need. */
function longIsolation(random: Random, arena: Arena): readonly Strike[] {
  const { chaosMs } = arena;
  const durationMs = random.integer(Math.floor(chaosMs * 0.4), Math.floor(chaosMs * 0.9));
  const who = anyone(random, arena);
  const down = random.chance(0.3);
  const what = down ? stop("crash", who) : isolation(random, who, arena);
  return [{ when: { atMs: random.integer(10, chaosMs - durationMs) }, durationMs, what }];
}

const COMMON_EVENTS = ["preprepared", "prepared", "committed", "executed"] as const;
const RARE_EVENTS = [
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
] as const;

/**
 * Strikes right where it hurts: at a step of the protocol, while its messages are still held back.
 */
function ambush(random: Random, arena: Arena): readonly Strike[] {
  const rare = random.chance(0.75);
  const event: AuditEvent["e"] = random.pick(rare ? RARE_EVENTS : COMMON_EVENTS);
  const when: Moment = {
    event,
    fromMs: random.integer(0, Math.floor(arena.chaosMs * 0.7)),
    skip: random.integer(0, rare ? 3 : 20),
    delayMs: random.chance(0.5) ? 0 : random.real(0, 8),
  };
  const who = random.pick<Struck>(["subject", "subject", "subject", "next-primary", "everyone"]);
  const what = random.pick<() => readonly What[]>([
    () => stop("crash", who),
    () => stop("power-cut", who),
    () => isolation(random, who === "everyone" ? "subject" : who, arena),
    () => dumb("subject", arena),
    () => stop("pause", "subject"),
  ])();
  return [{ when, durationMs: random.integer(1, random.pick([30, 200, 600])), what }];
}

/** Whatever it says is lost, and it hears the others. */
function dumb(who: Struck, { replicas }: Arena): readonly What[] {
  const cut = { topology: "one-way", ...links(who, true), semantics: "drop" };
  return replicas < 2 ? [] : [{ fault: "partition", ...cut }];
}

/** Whoever becomes primary falls next: view change upon view change. */
function primaryHunt(random: Random, arena: Arena): readonly Strike[] {
  const fromMs = random.integer(0, Math.floor(arena.chaosMs / 2));
  const semantics = drawSemantics(random);
  return Array.from({ length: random.integer(2, 5) }, (_, round) => ({
    when: {
      event: "newview",
      fromMs,
      skip: round * random.integer(1, 4),
      delayMs: random.real(0, 20),
    },
    durationMs: random.integer(20, 700),
    what: random.chance(0.5)
      ? stop("crash", "next-primary")
      : alone("next-primary", { semantics, clients: true }, arena.replicas),
  }));
}

/** Time-outs long, so that views change meanwhile. */
function timeouts(random: Random, { requestMs }: Arena, most: number): number {
  return Math.floor(requestMs * random.real(1.2, most));
}

/** Nobody hears anybody; clients still reach all. */
function dark(semantics: Semantics, { replicas }: Arena): readonly What[] {
  return alone("everyone", { semantics, clients: false }, replicas);
}

/**
 * All restart in the dark: whoever waits for a request changes the view with what the disk held.
 */
function darkRestart(random: Random, arena: Arena): readonly Strike[] {
  const kind = random.chance(0.5) ? "crash" : "power-cut";
  const when = { atMs: random.integer(100, Math.floor(arena.chaosMs * 0.7)) };
  const downMs = random.integer(5, 100);
  const darkMs = downMs + timeouts(random, arena, 3);
  return [
    { when, durationMs: downMs, what: stop(kind, "everyone") },
    { when, durationMs: darkMs, what: dark(drawSemantics(random), arena) },
  ];
}

/** The view is entered, and nothing can be prepared in it: what older views proved must last. */
function blackoutAtNewView(random: Random, arena: Arena): readonly Strike[] {
  const fromMs = random.integer(0, Math.floor(arena.chaosMs * 0.6));
  const when: Moment = {
    event: "newview",
    fromMs,
    skip: random.integer(0, 3),
    delayMs: random.real(0, 15),
  };
  const first = at(random, arena, stop("crash", "next-primary"));
  const firstMs = timeouts(random, arena, 2);
  const darkMs = timeouts(random, arena, 3);
  return [
    { ...first, when: { atMs: fromMs }, durationMs: firstMs },
    { when, durationMs: darkMs, what: dark(drawSemantics(random), arena) },
  ];
}

/**
 * One replica alone prepares (what is under way to the others is lost), is cut off while they go on
 * without it, and comes back with its certificate when the view changes again.
 */
function staleCertificate(random: Random, arena: Arena): readonly Strike[] {
  const aloneMs = timeouts(random, arena, 3);
  const awayMs = timeouts(random, arena, 3);
  const when: Moment = {
    event: "prepared",
    fromMs: random.integer(50, Math.floor(arena.chaosMs * 0.4)),
    skip: random.integer(0, 12),
    delayMs: 0,
    first: true,
  };
  const away = alone("subject", { semantics: "drop", clients: true }, arena.replicas);
  const downMs = timeouts(random, arena, 3);
  return [
    {
      when,
      durationMs: aloneMs,
      what: dark("refuse", arena),
      after: [
        { afterMs: aloneMs, durationMs: awayMs, what: away },
        { afterMs: aloneMs + awayMs, durationMs: downMs, what: stop("crash", "next-primary") },
      ],
    },
  ];
}

/** The next primary hears the clients only, until it must lead without knowing what happened. */
function laggingPrimary(random: Random, arena: Arena): readonly Strike[] {
  const durationMs = Math.floor(arena.chaosMs * random.real(0.3, 0.7));
  const semantics = drawSemantics(random);
  const what = alone(["r1"], { semantics, clients: false }, arena.replicas);
  const afterMs = durationMs - random.integer(0, 10);
  const atMs = random.integer(10, Math.floor(arena.chaosMs * 0.2));
  const downMs = timeouts(random, arena, 4);
  const after = [{ afterMs, durationMs: downMs, what: stop("crash", "next-primary") }];
  return [{ when: { atMs }, durationMs, what, after }];
}

/**
 * Some take a checkpoint and nobody hears of it, so the next view rests on their claims; it orders
 * what waits, and is over before the others have the state. Where one who claims it is then down,
 * the view after it begins lower, with numbers that lie beyond its own window.
 */
export function unheardCheckpoint(random: Random, arena: Arena): readonly Strike[] {
  const { replicas, faultsMax, requestMs } = arena;
  // Of the first, second ... checkpoint the last of those whose claims are just enough.
  const claimed = faultsMax + replicas * random.integer(0, 2);
  const darkMs = timeouts(random, arena, 1.8);
  // The first replica that enters the view is its primary.
  const entered = random.integer(1, 2 * faultsMax);
  const fromMs = 0;
  const downMs = Math.floor(requestMs * random.real(2, 8));
  const down = stop("crash", anyone(random, arena));
  const later = { event: "newview", fromMs, skip: entered, delayMs: random.real(0, 30) } as const;
  return [
    {
      when: { event: "checkpoint", fromMs, skip: claimed, delayMs: 0 },
      durationMs: darkMs,
      what: dark("refuse", arena),
      // Those who are left are just enough, and some of them claim it.
      after: [{ afterMs: darkMs - 1, durationMs: downMs, what: stop("crash", ["r0"]) }],
    },
    {
      when: later,
      durationMs: timeouts(random, arena, 3),
      what: dark("refuse", arena),
      after: [{ afterMs: 0, durationMs: downMs, what: down }],
    },
  ];
}
