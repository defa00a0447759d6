/**
 * A replica that keeps a checkpoint from being stable, and proves to some that it is (protocols
 * §22.3). It tells its CHECKPOINT to f of those who have one as well, and to each by what convinces
 * that one alone; their word for it is what it makes proofs of, for whom it likes. Then it is gone:
 * what was believed on such proofs has to be shown by who believed it.
 */
import { z } from "zod";
import type { Input, NodeId } from "../../nodes/protocols/contract/core.ts";
import type { Saying } from "../../nodes/protocols/pbft/proofs/messages.ts";
import { primaryOf, quorumSize, weakQuorumSize } from "../../nodes/protocols/quorum.ts";
import { type Acts, type Behaviour, defineBehaviour } from "./behaviour.ts";
import { CheckpointFrames } from "./forgeries/checkpoint-frames.ts";
import { GivenVouches } from "./forgeries/given-vouches.ts";
import { isOfCheckpoint, isOfViewChange, ProvingPbft } from "./forgeries/pbft-mac-proof.ts";

const schema = z.strictObject({
  /** Whom its proofs convince: who has not executed as much, or everybody who has. */
  readers: z.enum(["lagging", "executed"]).default("lagging"),
  /**
   * It sends them the CHECKPOINTs, or claims the mark in its VIEW-CHANGE and, as the primary of
   * that view, makes a NEW-VIEW of it.
   */
  shows: z.enum(["checkpoints", "view-change"]).default("checkpoints"),
  /** Its NEW-VIEW is told to those alone who have executed as much. */
  narrow: z.boolean().default(false),
  /** After that it says nothing any more. */
  silent: z.boolean().default(true),
});

type Parameters = z.output<typeof schema>;

export const oneSidedCheckpoints = defineBehaviour({
  name: "one-sided-checkpoints",
  summary:
    "withholds its CHECKPOINTs, and shows by proofs that convince some alone that they are stable",
  schema,
  fits: {
    "pbft-mac-proof": (parameters, context) => new OneSided(new ProvingPbft(context), parameters),
  },
  unfit: {
    "pbft-sig": "a signature convinces all or nobody",
    "pbft-mac": "nobody shows a vector to others as proof",
    "pbft-relay": "its messages have no vectors",
  },
});

/** What it claimed in its VIEW-CHANGE. */
interface Asked {
  readonly view: number;
  readonly sequence: number;
  readonly own: Uint8Array;
  /** In a NEW-VIEW. */
  readonly isTold: boolean;
}

interface Mark {
  readonly sequence: number;
  readonly readers: readonly NodeId[];
  readonly proofs: readonly Uint8Array[];
}

class OneSided implements Behaviour {
  readonly #messages: ProvingPbft;
  readonly #parameters: Parameters;
  readonly #given: GivenVouches;
  readonly #checkpoints: CheckpointFrames;
  /** Up to where each of the others has executed, as far as it has said so. */
  readonly #executed = new Map<NodeId, number>();
  readonly #shown = new Set<NodeId>();
  /** The last of each of the others. */
  readonly #viewChanges = new Map<NodeId, { readonly view: number; readonly frame: Uint8Array }>();
  #asked: Asked | null = null;
  #isGone = false;

  constructor(messages: ProvingPbft, parameters: Parameters) {
    this.#messages = messages;
    this.#parameters = parameters;
    const isWanted = (saying: Saying) => isOfCheckpoint(saying) || isOfViewChange(saying);
    this.#given = new GivenVouches(messages, isWanted);
    this.#checkpoints = new CheckpointFrames(messages);
  }

  observe(input: Input, acts: Acts): void {
    if (input.kind !== "frame" || this.#isGone) return;
    this.#given.hear(input);
    const heard = this.#messages.provableHeard(input);
    if (heard && isOfCheckpoint(heard.saying)) {
      const { author, sequence } = heard.saying;
      this.#checkpoints.keep(heard);
      this.#executed.set(author, Math.max(this.#executed.get(author) ?? 0, sequence));
      this.#confide(sequence, acts);
    } else if (heard && isOfViewChange(heard.saying)) {
      const { saying, frame } = heard;
      this.#viewChanges.set(saying.author, { view: saying.view, frame });
    }
    const status = this.#messages.statusHeard(input);
    if (status) {
      this.#executed.set(input.from, status.lastExec);
      if (this.#parameters.shows === "checkpoints") this.#show(input.from, status, acts);
    }
    this.#lead(acts);
  }

  rewrite(to: NodeId, frame: Uint8Array): readonly Uint8Array[] {
    const messages = this.#messages;
    if (this.#isGone || messages.isShownCheckpoint(frame) || messages.isQuestion(frame)) return [];
    const vote = messages.checkpointIn(frame);
    if (vote === null) return [this.#claimed(frame) ?? frame];
    const saying = messages.sayingIn(frame);
    if (saying) this.#checkpoints.keep({ saying, frame });
    const isConfidant = this.#checkpoints.confidants(vote.sequence).includes(to);
    return isConfidant ? [messages.forOneReader(frame, to) ?? []].flat() : [];
  }

  /** Whoever has the checkpoint, too, vouches for it to all others. */
  #confide(sequence: number, acts: Acts): void {
    const own = this.#checkpoints.own(sequence);
    for (const to of own ? this.#checkpoints.confidants(sequence) : []) {
      const told = own && this.#messages.forOneReader(own, to);
      if (told) acts.send(to, told);
    }
  }

  #show(to: NodeId, { stable }: { readonly stable: number }, acts: Acts): void {
    const mark = this.#mark();
    if (mark === null || mark.sequence <= stable || !mark.readers.includes(to)) return;
    for (const proof of mark.proofs) acts.send(to, proof);
    this.#shown.add(to);
    if (mark.readers.every((reader) => this.#shown.has(reader))) this.#leave();
  }

  /** The own VIEW-CHANGE with the mark in it, if there is one: the same one to everybody. */
  #claimed(frame: Uint8Array): Uint8Array | null {
    const messages = this.#messages;
    const message = this.#parameters.shows === "view-change" ? messages.viewChangeIn(frame) : null;
    if (message === null) return null;
    const { view, stable } = message;
    if (this.#asked?.view === view) return this.#asked.own;
    const mark = this.#mark();
    if (mark === null || mark.sequence <= stable) return null;
    const { sequence, proofs } = mark;
    const own = messages.viewChange({ ...messages.above(message, sequence), checkpoints: proofs });
    this.#asked = { view, sequence, own, isTold: false };
    return own;
  }

  /** A NEW-VIEW on what it claimed, once somebody who is good vouches for that. */
  #lead(acts: Acts): void {
    const asked = this.#asked;
    const messages = this.#messages;
    const { cluster, id } = messages;
    if (asked === null || asked.isTold || primaryOf(asked.view, cluster) !== id) return;
    const saying = messages.sayingIn(asked.own);
    const words = saying ? this.#given.for(saying).size : 0;
    const others = [...this.#viewChanges.values()].filter(({ view }) => view === asked.view);
    const isEnough = others.length >= quorumSize(cluster) - 1;
    if (!isEnough || words + 1 < weakQuorumSize(cluster)) return;
    const used = [asked.own, ...others.slice(0, quorumSize(cluster) - 1).map(({ frame }) => frame)];
    const shown = used.map((frame) => this.#given.shown(frame));
    const newView = messages.newViewFrom(asked.view, messages.claimsOf(shown));
    for (const to of this.#parameters.narrow ? this.#executedAt(asked.sequence) : messages.others) {
      acts.send(to, newView);
    }
    this.#asked = { ...asked, isTold: true };
    this.#leave();
  }

  #leave(): void {
    this.#isGone = this.#parameters.silent;
  }

  /** The highest checkpoint that it can show, and to whom it would. */
  #mark(): Mark | null {
    const { cluster } = this.#messages;
    for (const [sequence, heard] of this.#checkpoints.descending()) {
      const executed = this.#executedAt(sequence);
      const lagging = this.#messages.others.filter((each) => !executed.includes(each));
      const readers = this.#parameters.readers === "lagging" ? lagging : executed;
      const proofs = heard.flatMap(
        ({ saying, frame }) =>
          this.#messages.shownTo(readers, frame, this.#given.for(saying)) ?? [],
      );
      if (readers.length === 0 || proofs.length < quorumSize(cluster)) continue;
      return { sequence, readers, proofs: proofs.slice(0, quorumSize(cluster)) };
    }
    return null;
  }

  #executedAt(sequence: number): readonly NodeId[] {
    return this.#messages.others.filter((each) => (this.#executed.get(each) ?? 0) >= sequence);
  }
}
