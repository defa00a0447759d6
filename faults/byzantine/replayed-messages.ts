/**
 * A replica that says again what others said, of every age and to everybody: votes of views that
 * are over, checkpoints below the stable one, requests that were executed long ago. All of it is
 * authentic; who takes it for news counts a vote twice, goes back to an old view, or executes a
 * request again. It knows nothing of what it repeats, so any protocol will do.
 */
import { z } from "zod";
import type { Input, NodeId } from "../../nodes/protocols/contract/core.ts";
import { type Acts, type Behaviour, defineBehaviour, victimsOf } from "./behaviour.ts";

const schema = z.strictObject({
  everyMs: z.int().min(1).default(20),
  /** Messages each time, to every other replica. */
  messages: z.int().min(1).max(64).default(4),
});

type Parameters = z.output<typeof schema>;

export const replayedMessages = defineBehaviour({
  name: "replayed-messages",
  summary: "sends messages of every age that it was sent once more to all replicas, unasked",
  eager: true,
  schema,
  fits: (parameters, context) =>
    new Replay(parameters, victimsOf(context, context.cluster.replicas - 1)),
});

const KEPT_MAX = 256;
/** Whole states would fill its memory and say nothing new. */
const FRAME_BYTES_KEPT_MAX = 65_536;

class Replay implements Behaviour {
  readonly #parameters: Parameters;
  readonly #peers: ReadonlySet<NodeId>;
  #kept: readonly Uint8Array[] = [];
  /** One of so many is kept. */
  #share = 1;
  #seen = 0;
  #next = 0;

  constructor(parameters: Parameters, peers: ReadonlySet<NodeId>) {
    this.#parameters = parameters;
    this.#peers = peers;
  }

  begin(acts: Acts): void {
    acts.wakeAfter(this.#parameters.everyMs);
  }

  observe(input: Input): void {
    if (input.kind !== "frame" || input.bytes.length > FRAME_BYTES_KEPT_MAX) return;
    this.#seen += 1;
    if (this.#seen % this.#share !== 0) return;
    this.#kept = [...this.#kept, input.bytes.slice()];
    if (this.#kept.length < KEPT_MAX) return;
    // Full: it forgets every other one and keeps half as many from now on, so that what it has is
    // spread over its whole life.
    this.#kept = this.#kept.filter((_, place) => place % 2 === 0);
    this.#share *= 2;
  }

  wake(acts: Acts): void {
    for (let count = 0; count < this.#parameters.messages; count += 1) {
      const frame = this.#kept[this.#next % Math.max(1, this.#kept.length)];
      this.#next += 1;
      if (frame === undefined) break;
      for (const peer of this.#peers) acts.send(peer, frame);
    }
    acts.wakeAfter(this.#parameters.everyMs);
  }
}
