/** A replica that relays what was never said, and not the same to everybody (protocols §19.3). */
import { z } from "zod";
import { clientId, type NodeId } from "../../nodes/protocols/contract/core.ts";
import type { Statement } from "../../nodes/protocols/pbft/relays/sayings.ts";
import { type Behaviour, type BehaviourContext, defineBehaviour, victimsOf } from "./behaviour.ts";
import { RelayMessages } from "./forgeries/relays.ts";

export const falseRelay = defineBehaviour({
  name: "false-relay",
  summary: "relays other digests to some peers, and with every STATUS what nobody ever said",
  eager: true,
  schema: z.strictObject({}),
  unfit: { "pbft-sig": "a signature convinces whoever reads it, and nobody relays" },
  fits: {
    "pbft-mac": (_parameters, context) => new Relayer(RelayMessages.ofMacs(context), context),
    "pbft-mac-proof": (_parameters, context) =>
      new Relayer(RelayMessages.ofProofs(context), context),
    "pbft-relay": (_parameters, context) => new Relayer(RelayMessages.ofChannels(context), context),
  },
});

const NEVER_SAID = "5a".repeat(32);
const ALICE = clientId({ host: 0, index: 1 });

class Relayer implements Behaviour {
  readonly #messages: RelayMessages;
  readonly #context: BehaviourContext;
  readonly #victims: ReadonlySet<NodeId>;

  constructor(messages: RelayMessages, context: BehaviourContext) {
    this.#messages = messages;
    this.#context = context;
    this.#victims = victimsOf(context);
  }

  rewrite(to: NodeId, frame: Uint8Array): readonly Uint8Array[] {
    const relayed = this.#messages.relaysIn(frame);
    if (relayed !== null && this.#victims.has(to)) {
      return [this.#messages.relaySet(relayed.map((each) => ({ ...each, digest: NEVER_SAID })))];
    }
    const view = this.#messages.viewOfStatus(frame);
    return view === null ? [frame] : [frame, this.#messages.relaySet(this.#inventions(view))];
  }

  /** Of everybody, the receiver and this replica itself included. */
  #inventions(view: number): readonly Statement[] {
    const { replicas } = this.#context.cluster;
    const views = Array.from({ length: replicas }, (_, author) => ({
      author,
      slot: view + 1,
      digest: NEVER_SAID,
    }));
    return [...views, { author: ALICE, slot: 2 ** 53 - 1, digest: NEVER_SAID }];
  }
}
