/**
 * What goes wrong in a random schedule. Swarm testing: each seed may use a random subset of the
 * kinds only, because a run with everything in it hides what two kinds alone would show.
 */
import type { AuditEvent } from "../../../nodes/protocols/contract/audit.ts";
import type { Random } from "./random.ts";
import type { Chosen, Cut, Disturbance, Moment, ScheduledFault } from "./schedule.ts";

interface Arena {
  readonly replicas: number;
  readonly faultsMax: number;
  readonly chaosMs: number;
  /** `T`: what lasts longer makes a view change. */
  readonly requestMs: number;
}

type Draw = (random: Random, arena: Arena) => readonly ScheduledFault[];

/** Kinds of bad days; each draws one or several faults. */
const KINDS: readonly Draw[] = [
  (random, arena) => [at(random, arena, { kind: "crash", who: someone(random, arena) })],
  (random, arena) => [at(random, arena, { kind: "crash", who: "primary" })],
  crashLoop,
  everyoneDown,
  (random, arena) => [at(random, arena, { kind: "power-cut", who: someone(random, arena) })],
  longIsolation,
  (random, arena) => [at(random, arena, isolation(random, "primary"))],
  (random, arena) => [at(random, arena, isolation(random, someone(random, arena)))],
  (random, arena) => [at(random, arena, split(random, arena))],
  (random, arena) => [at(random, arena, oneWay(random, random.pick(["primary", [0], [1]])))],
  (random, arena) => [at(random, arena, slow(random, random.pick(["primary", "everyone"])))],
  (random, arena) => [at(random, arena, thin(random))],
  (random, arena) => [at(random, arena, { kind: "pause", who: random.pick(["primary", [1]]) })],
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

export function drawFaults(random: Random, arena: Arena): readonly ScheduledFault[] {
  const enabled = random.some(KINDS, random.integer(1, 6));
  const rounds = random.integer(1, 6);
  return Array.from({ length: rounds }, () => random.pick(enabled)(random, arena)).flat();
}

function at(random: Random, arena: Arena, what: Disturbance): ScheduledFault {
  const atMs = random.integer(20, Math.floor(arena.chaosMs * 0.9));
  const longest = random.pick([60, 300, 300, 1000]);
  return { when: { atMs }, durationMs: random.integer(5, longest), what };
}

/** Up to f replicas, sometimes one more: then nothing may complete, and nothing may be lost. */
function someone(random: Random, { replicas, faultsMax }: Arena): readonly number[] {
  const all = Array.from({ length: replicas }, (_, id) => id);
  return random.some(all, random.integer(1, faultsMax + (random.chance(0.25) ? 1 : 0)));
}

function drawCut(random: Random): Cut {
  return random.pick(["refuse", "drop", "hold"]);
}

function isolation(random: Random, who: Chosen): Disturbance {
  return { kind: "isolate", who, cut: drawCut(random), clients: random.chance(0.7) };
}

function oneWay(random: Random, who: Chosen): Disturbance {
  return { kind: "one-way", who, out: random.chance(0.5), cut: drawCut(random) };
}

function slow(random: Random, who: Chosen): Disturbance {
  const latencyMs = random.integer(20, 250);
  return { kind: "slow", who, latencyMs, jitterMs: random.integer(0, latencyMs) };
}

function thin(random: Random): Disturbance {
  return { kind: "thin", who: "primary", kilobytesPerSecond: random.integer(5, 60) };
}

function storm(random: Random): Disturbance {
  return {
    kind: "storm",
    loss: random.real(0.05, 0.6),
    duplication: random.real(0, 0.3),
    reordering: random.real(0, 1),
  };
}

function split(random: Random, { replicas }: Arena): Disturbance {
  const order = random.some(
    Array.from({ length: replicas }, (_, id) => id),
    replicas,
  );
  const size = random.integer(1, replicas - 1);
  return { kind: "split", groups: [order.slice(0, size), order.slice(size)], cut: drawCut(random) };
}

/** The same replica again and again, each time before it has caught up. */
function crashLoop(random: Random, arena: Arena): readonly ScheduledFault[] {
  const who = random.chance(0.3) ? "primary" : [random.integer(0, arena.replicas - 1)];
  const kind = random.chance(0.7) ? "crash" : "power-cut";
  const everyMs = random.integer(20, 150);
  const fromMs = random.integer(20, Math.floor(arena.chaosMs / 2));
  return Array.from({ length: random.integer(3, 8) }, (_, round) => ({
    when: { atMs: fromMs + round * everyMs },
    durationMs: random.integer(1, Math.floor(everyMs * 0.8)),
    what: { kind, who },
  }));
}

function everyoneDown(random: Random, arena: Arena): readonly ScheduledFault[] {
  const kind = random.chance(0.5) ? "crash" : "power-cut";
  return [at(random, arena, { kind, who: "everyone" })];
}

/** Long enough that the others garbage-collect what the isolated one would need. */
function longIsolation(random: Random, arena: Arena): readonly ScheduledFault[] {
  const { chaosMs, replicas } = arena;
  const durationMs = random.integer(Math.floor(chaosMs * 0.4), Math.floor(chaosMs * 0.9));
  const who = [random.integer(0, replicas - 1)];
  const down = random.chance(0.3);
  const what: Disturbance = down ? { kind: "crash", who } : isolation(random, who);
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
function ambush(random: Random, arena: Arena): readonly ScheduledFault[] {
  const rare = random.chance(0.75);
  const event: AuditEvent["e"] = random.pick(rare ? RARE_EVENTS : COMMON_EVENTS);
  const when: Moment = {
    event,
    fromMs: random.integer(0, Math.floor(arena.chaosMs * 0.7)),
    skip: random.integer(0, rare ? 3 : 20),
    delayMs: random.chance(0.5) ? 0 : random.real(0, 8),
  };
  const who = random.pick<Chosen>(["subject", "subject", "subject", "primary", "everyone"]);
  const what = random.pick<() => Disturbance>([
    () => ({ kind: "crash", who }),
    () => ({ kind: "power-cut", who }),
    () => isolation(random, who === "everyone" ? "subject" : who),
    () => ({ kind: "one-way", who: "subject", out: true, cut: "drop" }),
    () => ({ kind: "pause", who: "subject" }),
  ])();
  return [{ when, durationMs: random.integer(1, random.pick([30, 200, 600])), what }];
}

/** Whoever becomes primary falls next: view change upon view change. */
function primaryHunt(random: Random, arena: Arena): readonly ScheduledFault[] {
  const fromMs = random.integer(0, Math.floor(arena.chaosMs / 2));
  const cut = drawCut(random);
  return Array.from({ length: random.integer(2, 5) }, (_, round) => ({
    when: {
      event: "newview",
      fromMs,
      skip: round * random.integer(1, 4),
      delayMs: random.real(0, 20),
    },
    durationMs: random.integer(20, 700),
    what: random.chance(0.5)
      ? { kind: "crash", who: "primary" }
      : { kind: "isolate", who: "primary", cut, clients: true },
  }));
}

/** Time-outs long, so that views change meanwhile. */
function timeouts(random: Random, { requestMs }: Arena, most: number): number {
  return Math.floor(requestMs * random.real(1.2, most));
}

/** Nobody hears anybody; clients still reach all. */
function blackout(random: Random): Disturbance {
  return { kind: "isolate", who: "everyone", cut: drawCut(random), clients: false };
}

/**
 * All restart in the dark: whoever waits for a request changes the view with what the disk held.
 */
function darkRestart(random: Random, arena: Arena): readonly ScheduledFault[] {
  const kind = random.chance(0.5) ? "crash" : "power-cut";
  const when = { atMs: random.integer(100, Math.floor(arena.chaosMs * 0.7)) };
  const downMs = random.integer(5, 100);
  return [
    { when, durationMs: downMs, what: { kind, who: "everyone" } },
    { when, durationMs: downMs + timeouts(random, arena, 3), what: blackout(random) },
  ];
}

/** The view is entered, and nothing can be prepared in it: what older views proved must last. */
function blackoutAtNewView(random: Random, arena: Arena): readonly ScheduledFault[] {
  const fromMs = random.integer(0, Math.floor(arena.chaosMs * 0.6));
  const when: Moment = {
    event: "newview",
    fromMs,
    skip: random.integer(0, 3),
    delayMs: random.real(0, 15),
  };
  const first = at(random, arena, { kind: "crash", who: "primary" });
  return [
    { ...first, when: { atMs: fromMs }, durationMs: timeouts(random, arena, 2) },
    { when, durationMs: timeouts(random, arena, 3), what: blackout(random) },
  ];
}

/**
 * One replica alone prepares (what is under way to the others is lost), is cut off while they go on
 * without it, and comes back with its certificate when the view changes again.
 */
function staleCertificate(random: Random, arena: Arena): readonly ScheduledFault[] {
  const aloneMs = timeouts(random, arena, 3);
  const awayMs = timeouts(random, arena, 3);
  const when: Moment = {
    event: "prepared",
    fromMs: random.integer(50, Math.floor(arena.chaosMs * 0.4)),
    skip: random.integer(0, 12),
    delayMs: 0,
    first: true,
  };
  const dark: Disturbance = { kind: "isolate", who: "everyone", cut: "refuse", clients: false };
  const away: Disturbance = { kind: "isolate", who: "subject", cut: "drop", clients: true };
  const down: Disturbance = { kind: "crash", who: "primary" };
  return [
    {
      when,
      durationMs: aloneMs,
      what: dark,
      after: [
        { afterMs: aloneMs, durationMs: awayMs, what: away },
        { afterMs: aloneMs + awayMs, durationMs: timeouts(random, arena, 3), what: down },
      ],
    },
  ];
}

/** The next primary hears the clients only, until it must lead without knowing what happened. */
function laggingPrimary(random: Random, arena: Arena): readonly ScheduledFault[] {
  const durationMs = Math.floor(arena.chaosMs * random.real(0.3, 0.7));
  const what: Disturbance = { kind: "isolate", who: [1], cut: drawCut(random), clients: false };
  const down: Disturbance = { kind: "crash", who: "primary" };
  const afterMs = durationMs - random.integer(0, 10);
  return [
    {
      when: { atMs: random.integer(10, Math.floor(arena.chaosMs * 0.2)) },
      durationMs,
      what,
      after: [{ afterMs, durationMs: timeouts(random, arena, 4), what: down }],
    },
  ];
}

/**
 * Some take a checkpoint and nobody hears of it, so the next view rests on their claims; it orders
 * what waits, and is over before the others have the state. Where one who claims it is then down,
 * the view after it begins lower, with numbers that lie beyond its own window.
 */
export function unheardCheckpoint(random: Random, arena: Arena): readonly ScheduledFault[] {
  const { replicas, faultsMax, requestMs } = arena;
  // Of the first, second ... checkpoint the last of those whose claims are just enough.
  const claimed = faultsMax + replicas * random.integer(0, 2);
  const dark: Disturbance = { kind: "isolate", who: "everyone", cut: "refuse", clients: false };
  const darkMs = timeouts(random, arena, 1.8);
  // The first replica that enters the view is its primary.
  const entered = random.integer(1, 2 * faultsMax);
  const fromMs = 0;
  const downMs = Math.floor(requestMs * random.real(2, 8));
  const someone = [random.integer(0, replicas - 1)];
  return [
    {
      when: { event: "checkpoint", fromMs, skip: claimed, delayMs: 0 },
      durationMs: darkMs,
      what: dark,
      // Those who are left are just enough, and some of them claim it.
      after: [{ afterMs: darkMs - 1, durationMs: downMs, what: { kind: "crash", who: [0] } }],
    },
    {
      when: { event: "newview", fromMs, skip: entered, delayMs: random.real(0, 30) },
      durationMs: timeouts(random, arena, 3),
      what: dark,
      after: [{ afterMs: 0, durationMs: downMs, what: { kind: "crash", who: someone } }],
    },
  ];
}
