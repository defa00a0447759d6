/** Situations that take several faults, one after the other or one upon the other. */
import { alone, links, type Moment, type Strike, shown } from "./drawn-faults.ts";
import {
  type Arena,
  anyone,
  at,
  dark,
  drawSemantics,
  isolation,
  stop,
  timeouts,
} from "./drawn-strikes.ts";
import { drawSkip } from "./event-counts.ts";
import type { Random } from "./random.ts";

/** The same replica again and again, each time before it has caught up. */
export function crashLoop(random: Random, arena: Arena): readonly Strike[] {
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

export function everyoneDown(random: Random, arena: Arena): readonly Strike[] {
  const kind = random.chance(0.5) ? "crash" : "power-cut";
  return [at(random, arena, stop(kind, "everyone"))];
}

/**
 * Long enough that the others garbage-collect what the isolated one would need; where it is slow to
 * come back, they are further by the time that it has fetched it.
 */
export function longIsolation(random: Random, arena: Arena): readonly Strike[] {
  const { chaosMs } = arena;
  const durationMs = random.integer(Math.floor(chaosMs * 0.4), Math.floor(chaosMs * 0.9));
  const who = anyone(random, arena);
  const down = random.chance(0.3);
  const what = down ? stop("crash", who) : isolation(random, who, arena);
  const when = { atMs: random.integer(10, chaosMs - durationMs) };
  if (arena.replicas < 2 || !random.chance(0.4)) return [{ when, durationMs, what }];
  const latency = shown(random.integer(10, 120));
  const late = { fault: "delay", ...links(who, random.chance(0.3)), latency };
  const slowly = {
    afterMs: Math.floor(durationMs * 0.7) - 1,
    durationMs: Math.floor(chaosMs * 0.4),
    what: [late],
  };
  return [{ when, durationMs: Math.floor(durationMs * 0.7), what, after: [slowly] }];
}

/** Who leads is down for longer than the others wait. */
export function viewChangeAt(random: Random, arena: Arena, latest = 0.4): readonly Strike[] {
  const when = { atMs: random.integer(20, Math.floor(arena.chaosMs * latest)) };
  const what = stop("crash", "next-primary");
  return [{ when, durationMs: timeouts(random, arena, 2), what }];
}

/** Long enough away that it has to fetch the state. */
export function fallenBehind(random: Random, who: string, arena: Arena): Strike {
  const { chaosMs } = arena;
  const atMs = random.integer(20, Math.floor(chaosMs * 0.3));
  const durationMs = Math.floor(chaosMs * random.real(0.2, 0.5));
  return { when: { atMs }, durationMs, what: isolation(random, [who], arena) };
}

/** Whoever becomes primary falls next, the first one at once: view change upon view change. */
export function primaryHunt(random: Random, arena: Arena): readonly Strike[] {
  const fromMs = random.integer(0, Math.floor(arena.chaosMs * 0.3));
  const semantics = drawSemantics(random);
  const downMs = timeouts(random, arena, 2);
  // A view has so many lines, of the primary first; not all of them are there to write one.
  const apart = random.integer(1, arena.replicas - 1);
  const first = { when: { atMs: fromMs }, durationMs: downMs, what: stop("crash", "next-primary") };
  const hunt = Array.from({ length: random.integer(1, 3) }, (_, round) => ({
    when: {
      event: "newview" as const,
      fromMs,
      skip: round * apart,
      delayMs: random.real(0, 20),
    },
    durationMs: random.integer(20, 700),
    what: random.chance(0.5)
      ? stop("crash", "next-primary")
      : alone("next-primary", { semantics, clients: true }, arena.replicas),
  }));
  return [first, ...hunt];
}

/**
 * All restart in the dark: whoever waits for a request changes the view with what the disk held.
 */
export function darkRestart(random: Random, arena: Arena): readonly Strike[] {
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
export function blackoutAtNewView(random: Random, arena: Arena): readonly Strike[] {
  const fromMs = random.integer(0, Math.floor(arena.chaosMs * 0.4));
  const left = 1 - fromMs / arena.chaosMs;
  const when: Moment = {
    event: "newview",
    fromMs,
    skip: drawSkip(random, "newview", left),
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
export function staleCertificate(random: Random, arena: Arena): readonly Strike[] {
  const aloneMs = timeouts(random, arena, 3);
  const awayMs = timeouts(random, arena, 3);
  const when: Moment = {
    event: "prepared",
    fromMs: random.integer(50, Math.floor(arena.chaosMs * 0.3)),
    skip: random.integer(0, 6),
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
export function laggingPrimary(random: Random, arena: Arena): readonly Strike[] {
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
