/**
 * The messages of `pbft-sig` in the hands of a liar, and of whoever else has a change of views rest
 * on certificates.
 */
import { replySchemeOf } from "../../../nodes/protocols/authentication/reply-schemes.ts";
import { Signatures } from "../../../nodes/protocols/authentication/signatures.ts";
import { NULL_DIGEST } from "../../../nodes/protocols/contract/audit.ts";
import type { NodeId } from "../../../nodes/protocols/contract/core.ts";
import { select } from "../../../nodes/protocols/pbft/certificates/selection.ts";
import {
  readViewChange,
  type ViewChangeClaims,
} from "../../../nodes/protocols/pbft/certificates/view-change.ts";
import {
  type CertificateSizes,
  SIGNED,
  sizesOf,
} from "../../../nodes/protocols/pbft/message-sizes.ts";
import {
  decodeNewView,
  decodeViewChange,
  decodeVote,
  encodeNewView,
  encodeViewChange,
  encodeVote,
  NEW_VIEW,
  type NewView,
  PRE_PREPARE,
  readViews,
  VIEW_CHANGE,
  type ViewChange,
  type Vote,
} from "../../../nodes/protocols/pbft/messages.ts";
import { quorumSize } from "../../../nodes/protocols/quorum.ts";
import type { Reader } from "../../../nodes/protocols/wire/codec.ts";
import type { BehaviourContext } from "../behaviour.ts";
import { certifiedLayouts } from "./grammar/layouts.ts";
import { inNamesOf } from "./own-messages.ts";
import { passedOff } from "./passed-off.ts";
import { PbftMessages } from "./pbft.ts";

export interface FramedClaims extends ViewChangeClaims {
  readonly frame: Uint8Array;
}

export abstract class CertifyingPbft extends PbftMessages {
  override readonly layouts = certifiedLayouts;
  /** How long what stands in a certificate is. */
  protected abstract readonly sizes: CertificateSizes;

  abstract override as(name: number): CertifyingPbft;

  /** A frame as it stands in a certificate, as far as this replica can show it to anybody. */
  abstract shown(frame: Uint8Array): Uint8Array;

  override understatement(view: number): Uint8Array {
    return this.viewChange({ view, stable: 0, checkpoints: [], prepared: [] });
  }

  override understated(frame: Uint8Array): Uint8Array | null {
    const message = this.viewChangeIn(frame);
    return message && this.viewChange({ ...message, prepared: [] });
  }

  override overstated(frame: Uint8Array): Uint8Array | null {
    const message = this.viewChangeIn(frame);
    if (message === null) return null;
    const vote = { view: message.view - 1, sequence: Number.MAX_SAFE_INTEGER, digest: NULL_DIGEST };
    const prepares = this.others
      .slice(1)
      .map((name) => this.shown(this.as(name).vote("prepare", vote)));
    const highest = { prePrepare: this.shown(this.bareProposal(vote)), prepares };
    return this.viewChange({ ...message, prepared: [...message.prepared.slice(1), highest] });
  }

  override supportFor(author: NodeId, view: number): Uint8Array {
    return this.as(author).understatement(view);
  }

  override decision(vote: Vote): readonly Uint8Array[] {
    return [
      this.vote("commit", vote),
      ...this.others.map((name) => this.as(name).vote("commit", vote)),
    ];
  }

  override groundless(frame: Uint8Array): Uint8Array | null {
    const message = this.newViewIn(frame);
    if (message === null) return null;
    const [, ...others] = message.viewChanges;
    return this.newView({ ...message, viewChanges: [...others, this.spoiled(frame)] });
  }

  /**
   * The NEW-VIEW in `frame` as it were if the own VIEW-CHANGE claimed nothing.
   * @param shown that VIEW-CHANGE as it stands in a NEW-VIEW
   */
  otherwise(frame: Uint8Array, shown: (viewChange: Uint8Array) => Uint8Array): Uint8Array | null {
    const message = this.newViewIn(frame);
    if (message === null) return null;
    const viewChanges = message.viewChanges.map((each) => {
      const lie = this.understated(each);
      return lie === null ? each : shown(lie);
    });
    return this.newViewFrom(message.view, this.claimsOf(viewChanges));
  }

  override goingOn(frame: Uint8Array): Uint8Array | null {
    const message = this.newViewIn(frame);
    if (message === null) return null;
    const { view, viewChanges, prePrepares } = message;
    const { base, chosen } = select(this.claimsOf(viewChanges));
    const sequence = (chosen.at(-1)?.sequence ?? base.sequence) + 1;
    const digest = this.digestOfNothing({ sequence, digest: NULL_DIGEST });
    const more = this.bareProposal({ view, sequence, digest });
    return this.newView({ ...message, prePrepares: [...prePrepares, more] });
  }

  /** O names no state: it begins behind the number of one, and then leaves out its first one. */
  override otherBase(frame: Uint8Array): Uint8Array | null {
    const message = this.newViewIn(frame);
    if (message === null) return null;
    return this.newView({ ...message, prePrepares: message.prePrepares.slice(1) });
  }

  /** Resting on whoever proves least, who stands for f others in V as well. */
  namingTwice(frame: Uint8Array): Uint8Array | null {
    const message = this.newViewIn(frame);
    if (message === null) return null;
    const [poorest, ...others] = this.claimsOf(message.viewChanges).toSorted(
      (a, b) => a.prepared.size - b.prepared.size,
    );
    if (poorest === undefined) return null;
    const { faultsMax } = this.cluster;
    const twice = Array.from({ length: faultsMax + 1 }, () => poorest);
    const kept = others.slice(0, quorumSize(this.cluster) - 1 - faultsMax);
    return this.newViewFrom(message.view, [...twice, ...kept]);
  }

  claimsOf(viewChanges: readonly Uint8Array[]): readonly FramedClaims[] {
    return viewChanges.flatMap((each) => this.claimsIn(each) ?? []);
  }

  /** With these VIEW-CHANGEs, and the set O that they lead to. */
  newViewFrom(view: number, claims: readonly FramedClaims[]): Uint8Array {
    const viewChanges = claims.map(({ frame }) => frame);
    return this.newView({ view, viewChanges, prePrepares: this.proposalsFrom(view, claims) });
  }

  protected override readPart(reader: Reader): readonly number[] | null {
    return readViews(reader, this.cluster);
  }

  /** As in certificates and in the set O: without bodies. */
  bareProposal(vote: Vote): Uint8Array {
    return this.scheme.seal({ type: PRE_PREPARE, payload: encodeVote(vote) }, "all");
  }

  /** Whoever sent it: what a frame out of another message votes for. */
  votedIn(frame: Uint8Array): Vote | null {
    const envelope = this.scheme.open(frame);
    return envelope && decodeVote(envelope.payload);
  }

  viewChangeIn(frame: Uint8Array): ViewChange<Uint8Array> | null {
    const envelope = this.ownOf(VIEW_CHANGE, frame);
    return envelope && decodeViewChange(envelope.payload, this.cluster);
  }

  viewChange(message: ViewChange<Uint8Array>): Uint8Array {
    const payload = encodeViewChange(passedOff(message));
    return this.scheme.seal({ type: VIEW_CHANGE, payload }, "all");
  }

  /** The same from a higher checkpoint on: what lies below one has no place beside it. */
  above(message: ViewChange<Uint8Array>, stable: number): ViewChange<Uint8Array> {
    const prepared = message.prepared.filter(
      ({ prePrepare }) => (this.votedIn(prePrepare)?.sequence ?? 0) > stable,
    );
    return { ...message, stable, prepared };
  }

  newViewIn(frame: Uint8Array): NewView<Uint8Array> | null {
    const envelope = this.ownOf(NEW_VIEW, frame);
    return envelope && decodeNewView(envelope.payload, this.cluster);
  }

  newView(message: NewView<Uint8Array>): Uint8Array {
    const payload = encodeNewView(passedOff(message));
    return this.scheme.seal({ type: NEW_VIEW, payload }, "all");
  }

  /** Of a VIEW-CHANGE frame, whoever sent it; null if it is malformed. */
  claimsIn(bytes: Uint8Array): FramedClaims | null {
    const envelope = this.scheme.open(bytes);
    if (envelope?.type !== VIEW_CHANGE) return null;
    const frame = envelope.frame.slice();
    const found = readViewChange(this.#reading, frame);
    return typeof found === "string" ? null : { ...found, frame };
  }

  /** The set O that these claims lead to. */
  proposalsFrom(view: number, claims: readonly ViewChangeClaims[]): readonly Uint8Array[] {
    return select(claims).chosen.map((choice) => this.bareProposal({ view, ...choice }));
  }

  get #reading() {
    return { scheme: this.scheme, cluster: this.cluster, sizes: this.sizes };
  }
}

export class SignedPbft extends CertifyingPbft {
  protected readonly sizes = sizesOf(this.cluster, SIGNED);
  readonly #named: (name: number) => SignedPbft;

  constructor(context: BehaviourContext) {
    const signatures = new Signatures(context.cluster, context.authenticator);
    super(context, signatures, replySchemeOf(context));
    this.#named = inNamesOf(context, (pretended) => new SignedPbft(pretended));
  }

  override as(name: number): SignedPbft {
    return this.#named(name);
  }

  override shown(frame: Uint8Array): Uint8Array {
    return frame;
  }
}
