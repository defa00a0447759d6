/** What strikes are made of: whom, how long, and what at once, in the words of the language. */
import {
  alone,
  links,
  type Semantics,
  type Strike,
  type Struck,
  type What,
} from "./drawn-faults.ts";
import type { Random } from "./random.ts";

export interface Arena {
  readonly protocol: string;
  readonly replicas: number;
  readonly faultsMax: number;
  readonly chaosMs: number;
  /** `T`: what lasts longer makes a view change. */
  readonly requestMs: number;
}

export type Draw = (random: Random, arena: Arena) => readonly Strike[];

export function at(random: Random, arena: Arena, what: readonly What[]): Strike {
  const atMs = random.integer(20, Math.floor(arena.chaosMs * 0.9));
  const longest = random.pick([60, 300, 300, 1000]);
  return { when: { atMs }, durationMs: random.integer(5, longest), what };
}

export function nameOf(id: number): string {
  return `r${id}`;
}

export function anyone(random: Random, { replicas }: Arena): readonly string[] {
  return [nameOf(random.integer(0, replicas - 1))];
}

/** Up to f replicas, sometimes one more: then nothing may complete, and nothing may be lost. */
export function someone(random: Random, { replicas, faultsMax }: Arena): readonly string[] {
  const all = Array.from({ length: replicas }, (_, id) => nameOf(id));
  const most = faultsMax + (random.chance(0.25) ? 1 : 0);
  return random.some(all, random.integer(1, Math.max(1, most)));
}

export function stop(fault: "crash" | "power-cut" | "pause", target: Struck): readonly What[] {
  return [{ fault, target }];
}

export function drawSemantics(random: Random): Semantics {
  return random.pick(["refuse", "drop", "hold"]);
}

export function isolation(random: Random, who: Struck, { replicas }: Arena): readonly What[] {
  return alone(who, { semantics: drawSemantics(random), clients: random.chance(0.7) }, replicas);
}

/** Whatever it says is lost, and it hears the others. */
export function dumb(who: Struck, { replicas }: Arena): readonly What[] {
  const cut = { topology: "one-way", ...links(who, true), semantics: "drop" };
  return replicas < 2 ? [] : [{ fault: "partition", ...cut }];
}

/** Time-outs long, so that views change meanwhile. */
export function timeouts(random: Random, { requestMs }: Arena, most: number): number {
  return Math.floor(requestMs * random.real(1.2, most));
}

/** Nobody hears anybody; clients still reach all. */
export function dark(semantics: Semantics, { replicas }: Arena): readonly What[] {
  return alone("everyone", { semantics, clients: false }, replicas);
}
