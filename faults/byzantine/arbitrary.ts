/**
 * A replica that does anything: the arbitrary fault of the literature, drawn from a grammar instead
 * of written by hand. It changes any field of what it says, under its own keys or with what stood
 * behind something else, in its own name or another's; it says it to some and not to others, in the
 * place of the truth or beside it, late, often, or not at all; and it speaks unasked, from what it
 * has heard. Some of its lies are habits: told again for every message of a kind, to the same
 * victims, so that their picture of the world hangs together. The other behaviours are points of
 * this space that somebody found worth a name.
 */
import { z } from "zod";
import type { Input, NodeId } from "../../nodes/protocols/contract/core.ts";
import type { Envelope } from "../../nodes/protocols/wire/envelope.ts";
import { type Acts, type Behaviour, defineBehaviour } from "./behaviour.ts";
import { everyPbft } from "./forgeries/every-pbft.ts";
import { type Draws, drawsOf } from "./forgeries/grammar/draws.ts";
import { Lies } from "./forgeries/grammar/lies.ts";
import { Memory } from "./forgeries/grammar/memory.ts";
import type { PbftMessages } from "./forgeries/pbft.ts";
import { seedParameter } from "./parameters.ts";

const schema = z.strictObject({
  /** Of everything that it decides; one seed, one liar. */
  seed: seedParameter,
  /** Of its messages, how many in a hundred it does not send as they are. */
  percent: z.int().min(0).max(100).default(20),
  /** It speaks unasked so often, on average. */
  everyMs: z.int().min(5).default(60),
});

type Parameters = z.output<typeof schema>;

export const arbitrary = defineBehaviour({
  name: "arbitrary",
  summary:
    "changes, withholds, delays, repeats and invents messages of any kind, as its seed has it",
  eager: true,
  schema,
  fits: everyPbft((parameters: Parameters, messages) => new Arbitrary(parameters, messages)),
});

/** What one broadcast is told as, the same for all who are told otherwise. */
interface Told {
  readonly of: Uint8Array;
  readonly victims: ReadonlySet<NodeId>;
  readonly frames: readonly Uint8Array[];
}

/** What is held back to be said later. */
interface Late {
  readonly to: NodeId;
  readonly frame: Uint8Array;
}

const LATE_MAX = 64;
const REPEATS_MAX = 8;
/** In so many of its speeches it says the same so often. */
const FLOOD_SHARE = 0.05;
const FLOOD = 64;

class Arbitrary implements Behaviour {
  readonly #parameters: Parameters;
  readonly #messages: PbftMessages;
  readonly #draws: Draws;
  readonly #memory: Memory;
  readonly #lies: Lies;
  /** Who believes its stories. */
  readonly #victims: ReadonlySet<NodeId>;
  readonly #late: Late[] = [];
  #told: Told | null = null;

  constructor(parameters: Parameters, messages: PbftMessages) {
    const { id, others } = messages;
    this.#parameters = parameters;
    this.#messages = messages;
    this.#draws = drawsOf(parameters.seed * 64 + id);
    this.#memory = new Memory(this.#draws);
    // Those who collude have one seed, and so the same habits.
    const habits = parameters.seed + 1;
    this.#lies = new Lies({ messages, memory: this.#memory, draws: this.#draws, habits });
    this.#victims = new Set(drawsOf(habits).some(others));
  }

  begin(acts: Acts): void {
    acts.wakeAfter(this.#parameters.everyMs);
  }

  observe(input: Input): void {
    if (input.kind === "frame") this.#remember(input.bytes);
  }

  wake(acts: Acts): void {
    for (const { to, frame } of this.#late.splice(0)) acts.send(to, frame);
    this.#speak(acts);
    acts.wakeAfter(this.#draws.integer(1, 2 * this.#parameters.everyMs));
  }

  rewrite(to: NodeId, frame: Uint8Array): readonly Uint8Array[] {
    if (this.#told?.of !== frame) this.#told = this.#decide(to, frame);
    const { victims, frames } = this.#told;
    return victims.has(to) ? frames : [frame];
  }

  #decide(to: NodeId, frame: Uint8Array): Told {
    const envelope = this.#remember(frame);
    const habit = envelope && this.#lies.habitual(envelope, to);
    if (habit) return { of: frame, victims: this.#victims, frames: habit };
    const isTrue = !this.#draws.chance(this.#parameters.percent / 100);
    const others = this.#messages.others;
    // An answer to a client is told to nobody else.
    const victims = others.includes(to) ? this.#draws.some(others) : [to];
    const frames = isTrue || envelope === null ? [frame] : this.#instead(envelope, to, frame);
    return { of: frame, victims: new Set(victims), frames };
  }

  /** What somebody hears in the place of the truth. */
  #instead(envelope: Envelope, to: NodeId, frame: Uint8Array): readonly Uint8Array[] {
    const draws = this.#draws;
    const lie = () => this.#lies.about(envelope, to);
    return draws.pick<() => readonly Uint8Array[]>([
      () => [lie()],
      () => [lie()],
      () => [lie(), frame],
      () => [frame, lie()],
      () => Array.from({ length: draws.integer(2, REPEATS_MAX) }, () => frame),
      () => [this.#memory.frame(draws) ?? frame],
      () => this.#later(to, frame),
      () => [],
    ])();
  }

  #later(to: NodeId, frame: Uint8Array): readonly Uint8Array[] {
    if (this.#late.length >= LATE_MAX) return [frame];
    this.#late.push({ to, frame: frame.slice() });
    return [];
  }

  /** Of its own accord: something heard or said before, as it was or changed, to some. */
  #speak(acts: Acts): void {
    const draws = this.#draws;
    const frame = this.#memory.frame(draws);
    const envelope = frame && this.#messages.open(frame);
    if (frame === null || envelope === null) return;
    for (const to of draws.some(this.#messages.others)) {
      const said = draws.chance(0.3) ? frame : this.#lies.about(envelope, to);
      const times = draws.chance(FLOOD_SHARE) ? FLOOD : 1;
      for (let count = 0; count < times; count += 1) acts.send(to, said);
    }
  }

  #remember(frame: Uint8Array): Envelope | null {
    const envelope = this.#messages.open(frame);
    if (envelope !== null) this.#memory.hear(frame, envelope, this.#messages.layouts);
    return envelope;
  }
}
