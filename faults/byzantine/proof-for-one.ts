/**
 * A replica that makes proofs which convince one reader alone (protocols §22.1): of its own entries
 * and of what it got others to vouch for, with whatever is for anybody else spoiled. What it
 * vouches for itself convinces who gets it, and nobody whom it is shown to.
 */
import { z } from "zod";
import { type Input, isReplica, type NodeId } from "../../nodes/protocols/contract/core.ts";
import type { Saying } from "../../nodes/protocols/pbft/proofs/messages.ts";
import { primaryOf } from "../../nodes/protocols/quorum.ts";
import { type Acts, type Behaviour, defineBehaviour } from "./behaviour.ts";
import { GivenVouches } from "./forgeries/given-vouches.ts";
import {
  isOfCheckpoint,
  isOfViewChange,
  isOfVote,
  ProvingPbft,
} from "./forgeries/pbft-mac-proof.ts";

const schema = z.strictObject({
  /**
   * `view-change`: its VIEW-CHANGE, to the next primary as such a proof, to f others for their
   * word. `certificates`: those in its VIEW-CHANGE, and what proves its stable mark, convince the
   * next primary alone. `votes`: the votes of others as such proofs, and none of its own.
   * `checkpoints`: everybody's CHECKPOINTs as such proofs, its own, too, and no VIEW-CHANGE of its
   * own. `second-hand`: what others seal, passed on with their vectors spoiled, and none either.
   * `invented`: CHECKPOINTs of a state that nobody has, with proofs that convince nobody.
   */
  lie: z
    .enum(["view-change", "certificates", "votes", "checkpoints", "second-hand", "invented"])
    .default("votes"),
});

type Lie = z.output<typeof schema>["lie"];

/** Messages that it remembers; as many as others may be working on. */
const KEPT_MAX = 256;

export const proofForOne = defineBehaviour({
  name: "proof-for-one",
  summary: "makes proofs, and passes on vectors, that convince one reader and nobody else",
  schema,
  fits: {
    "pbft-mac-proof"({ lie }, context) {
      const messages = new ProvingPbft(context);
      const told = LIES[lie](messages);
      return {
        observe: (input, acts) => told.observe?.(input, acts),
        rewrite(to, frame) {
          if (!isReplica(to)) return [frame];
          if (messages.isVouch(frame)) return [messages.forOneReader(frame, to) ?? frame];
          return told.rewrite?.(to, frame) ?? [frame];
        },
      };
    },
  },
  unfit: {
    "pbft-sig": "a signature convinces all or nobody",
    "pbft-mac": "nobody shows a vector to others as proof",
    "pbft-relay": "its messages have no vectors",
  },
});

const LIES: Readonly<Record<Lie, (messages: ProvingPbft) => Behaviour>> = {
  "view-change": (messages) => new ShownViewChanges(messages),
  certificates: (messages) => ({
    rewrite(_to, frame) {
      const message = messages.viewChangeIn(frame);
      if (message === null) return [frame];
      const primary = primaryOf(message.view, messages.cluster);
      const narrowed = (proof: Uint8Array) => messages.narrowed(proof, primary);
      const prepared = message.prepared.map(({ prePrepare, prepares }) => ({
        prePrepare: narrowed(prePrepare),
        prepares: prepares.map(narrowed),
      }));
      const checkpoints = message.checkpoints.map(narrowed);
      return [messages.viewChange({ ...message, checkpoints, prepared })];
    },
  }),
  votes: (messages) => new ShownVotes(messages),
  checkpoints: (messages) => new ShownCheckpoints(messages),
  "second-hand": (messages) => ({
    observe(input, acts) {
      const heard = messages.provableHeard(input);
      if (heard === null) return;
      const { frame, saying } = heard;
      for (const reader of messages.others) {
        const passedOn = reader === saying.author ? null : messages.passedOn(frame, reader);
        if (passedOn) acts.send(reader, passedOn);
      }
    },
    // All good ones are needed, then.
    rewrite: (_to, frame) => (messages.viewAskedIn(frame) === null ? [frame] : []),
  }),
  invented: (messages) => ({
    rewrite(to, frame) {
      const vote = messages.checkpointIn(frame);
      if (vote === null) return [frame];
      const sequence = vote.sequence + messages.cluster.checkpointInterval;
      const digest = messages.digestOfNothing({ ...vote, sequence });
      const names = [messages.id, ...messages.others].filter((name) => name !== to);
      const made = names.map((name) => messages.as(name).checkpoint({ sequence, digest }));
      return [frame, ...made.map((each) => messages.shown(each))];
    },
  }),
};

/** Shows each of some messages to each reader, once, as soon as it can. */
abstract class Shown implements Behaviour {
  protected readonly messages: ProvingPbft;
  readonly #given: GivenVouches;
  /** By name; and to whom they were shown. */
  readonly #kept = new Map<string, { readonly frame: Uint8Array; readonly to: Set<NodeId> }>();

  constructor(messages: ProvingPbft) {
    this.messages = messages;
    this.#given = new GivenVouches(messages);
  }

  /** To whom it shows that; nobody = it is no such message. */
  protected abstract readersOf(saying: Saying): readonly NodeId[];

  abstract rewrite(to: NodeId, frame: Uint8Array): readonly Uint8Array[];

  observe(input: Input, acts: Acts): void {
    const vouchedFor = this.#given.hear(input);
    if (vouchedFor) return this.#show(vouchedFor, acts);
    const heard = this.messages.provableHeard(input);
    if (heard === null) return;
    this.keep(heard.frame);
    this.#show(heard.saying, acts);
  }

  protected keep(frame: Uint8Array): void {
    const saying = this.messages.sayingIn(frame);
    if (saying === null || this.#kept.has(saying.name)) return;
    this.#kept.set(saying.name, { frame, to: new Set() });
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > KEPT_MAX && oldest !== undefined) this.#kept.delete(oldest);
  }

  /** Null if it cannot be shown to that one yet. */
  protected shownTo(reader: NodeId, frame: Uint8Array): Uint8Array | null {
    const saying = this.messages.sayingIn(frame);
    return saying && this.messages.shownTo([reader], frame, this.#given.for(saying));
  }

  #show(saying: Saying, acts: Acts): void {
    const kept = this.#kept.get(saying.name);
    if (kept === undefined) return;
    for (const reader of this.readersOf(saying).filter((each) => !kept.to.has(each))) {
      const proof = this.shownTo(reader, kept.frame);
      if (proof === null) continue;
      kept.to.add(reader);
      acts.send(reader, proof);
    }
  }
}

class ShownViewChanges extends Shown {
  protected override readersOf(saying: Saying): readonly NodeId[] {
    const { id, cluster } = this.messages;
    const primary = primaryOf(saying.view, cluster);
    return isOfViewChange(saying) && saying.author === id && primary !== id ? [primary] : [];
  }

  override rewrite(to: NodeId, frame: Uint8Array): readonly Uint8Array[] {
    const { messages } = this;
    const view = messages.viewAskedIn(frame);
    if (view === null) return [frame];
    this.keep(frame);
    const primary = primaryOf(view, messages.cluster);
    if (to === primary) return [this.shownTo(to, frame) ?? []].flat();
    const asked = messages.others.filter((each) => each !== primary);
    const isAsked = asked.slice(0, messages.cluster.faultsMax).includes(to);
    return isAsked ? [frame, messages.question(frame, to)] : [];
  }
}

class ShownVotes extends Shown {
  protected override readersOf(saying: Saying): readonly NodeId[] {
    if (!isOfVote(saying)) return [];
    return this.messages.others.filter((each) => each !== saying.author);
  }

  /** Each of those of others is needed, then. */
  override rewrite(_to: NodeId, frame: Uint8Array): readonly Uint8Array[] {
    return this.messages.voteIn("prepare", frame) === null ? [frame] : [];
  }
}

class ShownCheckpoints extends Shown {
  protected override readersOf(saying: Saying): readonly NodeId[] {
    if (!isOfCheckpoint(saying)) return [];
    return this.messages.others.filter((each) => each !== saying.author);
  }

  /**
   * Told to as many as have to vouch for it; and what convinces everybody is told to nobody.
   * Without its VIEW-CHANGE those of all good ones are needed.
   */
  override rewrite(to: NodeId, frame: Uint8Array): readonly Uint8Array[] {
    const { messages } = this;
    if (messages.isShownCheckpoint(frame) || messages.viewAskedIn(frame) !== null) return [];
    if (messages.checkpointIn(frame) === null) return [frame];
    this.keep(frame);
    return messages.others.slice(0, messages.cluster.faultsMax).includes(to) ? [frame] : [];
  }
}
