/**
 * A replica that waits for nobody: every few milliseconds it makes up messages and sends them to
 * all, in its own name and, under keys that are not theirs, in the names of all others. Whoever
 * charges what an unverified frame costs to the author that it names (protocols §12.2) has no ear
 * left for him; and nothing that it sends is as short as an honest message has to be.
 */
import { z } from "zod";
import type { Input, NodeId } from "../../nodes/protocols/contract/core.ts";
import { type Acts, type Behaviour, defineBehaviour } from "./behaviour.ts";
import { everyPbft } from "./forgeries/every-pbft.ts";
import { CHANGING_VIEWS, composed } from "./forgeries/grammar/composing.ts";
import { type Draws, drawsOf } from "./forgeries/grammar/draws.ts";
import { putTogether } from "./forgeries/grammar/layout.ts";
import { Memory } from "./forgeries/grammar/memory.ts";
import type { PbftMessages } from "./forgeries/pbft.ts";
import { seedParameter } from "./parameters.ts";

const schema = z.strictObject({
  /** Of what it makes up; one seed, one storm. */
  seed: seedParameter,
  everyMs: z.int().min(5).max(40).default(20),
  /** Of one type each time, under every name. */
  messages: z.int().min(1).max(8).default(4),
  /** In a list of a long one, at most. */
  items: z.int().min(0).max(2_000).default(200),
});

type Parameters = z.output<typeof schema>;

export const garbageStorm = defineBehaviour({
  name: "garbage-storm",
  summary: "every few ms makes up messages of any length, in its own name and those of all others",
  schema,
  fits: everyPbft((parameters: Parameters, messages) => new Storm(parameters, messages)),
});

/** Above the highest view that it knows of. */
const VIEWS_AHEAD_MAX = 3;
const LONG_SHARE = 0.1;
const SHORT_ITEMS_MAX = 2;

class Storm implements Behaviour {
  readonly #parameters: Parameters;
  readonly #messages: PbftMessages;
  readonly #draws: Draws;
  readonly #memory: Memory;
  /** By name, whose keys none of them has but its own. */
  readonly #names: ReadonlyMap<NodeId, PbftMessages>;
  #highest = 0;

  constructor(parameters: Parameters, messages: PbftMessages) {
    const { id, others } = messages;
    this.#parameters = parameters;
    this.#messages = messages;
    this.#draws = drawsOf(parameters.seed * 64 + id);
    this.#memory = new Memory(this.#draws);
    this.#names = new Map([...others, id].map((name) => [name, messages.as(name)]));
  }

  begin(acts: Acts): void {
    acts.wakeAfter(this.#parameters.everyMs);
  }

  observe(input: Input): void {
    if (input.kind !== "frame") return;
    this.#learn(this.#messages.statusHeard(input)?.view);
    this.#remember(input.bytes);
  }

  rewrite(_to: NodeId, frame: Uint8Array): readonly Uint8Array[] {
    this.#learn(this.#messages.statusIn(frame)?.view);
    return [frame];
  }

  wake(acts: Acts): void {
    const { everyMs, messages: count } = this.#parameters;
    const type = this.#type();
    for (let left = count; left > 0; left -= 1) this.#tell(acts, type);
    acts.wakeAfter(everyMs);
  }

  #tell(acts: Acts, type: number): void {
    const payload = this.#payload(type);
    for (const [name, messages] of this.#names) {
      const said = messages.say({ type, payload }, "all");
      for (const to of this.#messages.others) if (to !== name) acts.send(to, said);
    }
  }

  /** Mostly what would change the view: of that the least is granted. */
  #type(): number {
    const all = [...this.#messages.layouts.keys()];
    return this.#draws.pick([...CHANGING_VIEWS, this.#draws.pick(all)]);
  }

  #payload(type: number): Uint8Array {
    const [draws, memory] = [this.#draws, this.#memory];
    const view = this.#highest + draws.integer(1, VIEWS_AHEAD_MAX);
    // What is short is looked at further, and costs its author less.
    const items = draws.chance(LONG_SHARE) ? this.#parameters.items : SHORT_ITEMS_MAX;
    const layout = this.#messages.layouts.get(type) ?? [];
    return putTogether(composed(layout, { draws, memory, view, items }));
  }

  #learn(view = 0): void {
    this.#highest = Math.max(this.#highest, view);
  }

  #remember(frame: Uint8Array): void {
    const envelope = this.#messages.open(frame);
    if (envelope !== null) this.#memory.hear(frame, envelope, this.#messages.layouts);
  }
}
