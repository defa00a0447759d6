/**
 * The messages of `pbft-mac` in the hands of a liar, where a change of views rests on claims and on
 * who vouches for them (protocols §20).
 */
import type { AuthenticationScheme } from "../../../nodes/protocols/authentication/scheme.ts";
import { NULL_DIGEST } from "../../../nodes/protocols/contract/audit.ts";
import type { NodeId } from "../../../nodes/protocols/contract/core.ts";
import {
  claimsMax,
  DECIDED,
  decodeNewView,
  decodeViewChange,
  encodeAck,
  encodeNewView,
  encodeViewChange,
  type NewView,
  nameOf,
  type Reference,
  VIEW_CHANGE_ACK,
  type ViewChange,
} from "../../../nodes/protocols/pbft/claims/messages.ts";
import { select } from "../../../nodes/protocols/pbft/claims/selection.ts";
import { readPart } from "../../../nodes/protocols/pbft/claims/status-part.ts";
import {
  encodeCheckpoint,
  NEW_VIEW,
  VIEW_CHANGE,
  type Vote,
} from "../../../nodes/protocols/pbft/messages.ts";
import { quorumSize, weakQuorumSize } from "../../../nodes/protocols/quorum.ts";
import type { Reader } from "../../../nodes/protocols/wire/codec.ts";
import type { BehaviourContext } from "../behaviour.ts";
import { claimedLayouts } from "./grammar/layouts.ts";
import { inNamesOf, macVectors } from "./own-messages.ts";
import { PbftMessages } from "./pbft.ts";

export class ClaimingPbft extends PbftMessages {
  override readonly layouts = claimedLayouts;
  readonly #named: (name: number) => ClaimingPbft;

  constructor(context: BehaviourContext, scheme: AuthenticationScheme = macVectors(context)) {
    super(context, scheme);
    this.#named = inNamesOf(context, (pretended) => new ClaimingPbft(pretended));
  }

  override as(name: number): ClaimingPbft {
    return this.#named(name);
  }

  override understatement(view: number): Uint8Array {
    return this.viewChange(nothingClaimed(view));
  }

  override understated(frame: Uint8Array): Uint8Array | null {
    const message = this.viewChangeIn(frame);
    if (message === null) return null;
    return this.viewChange({ ...message, prepared: new Map(), prePrepared: new Map() });
  }

  override overstated(frame: Uint8Array): Uint8Array | null {
    const message = this.viewChangeIn(frame);
    if (message === null) return null;
    const view = message.view - 1;
    const [sequence, digest] = [Number.MAX_SAFE_INTEGER, NULL_DIGEST];
    const checkpoints = [...message.checkpoints, { sequence, digest }];
    const prepared = new Map(message.prepared).set(sequence, { view, digest });
    const prePrepared = new Map(message.prePrepared).set(sequence, new Map([[digest, view]]));
    return this.viewChange({ ...message, checkpoints, prepared, prePrepared });
  }

  override supportFor(author: NodeId, view: number): Uint8Array {
    const payload = encodeViewChange(nothingClaimed(view));
    const name = nameOf(this.scheme, { type: VIEW_CHANGE, author, payload });
    const ack = { view, replica: author, name };
    return this.scheme.seal({ type: VIEW_CHANGE_ACK, payload: encodeAck(ack) }, "all");
  }

  override decision({ sequence, digest }: Vote): readonly Uint8Array[] {
    const content = { type: DECIDED, payload: encodeCheckpoint({ sequence, digest }) };
    return [this, ...this.others.map((name) => this.as(name))].map((each) =>
      each.scheme.seal(content, "all"),
    );
  }

  override groundless(frame: Uint8Array): Uint8Array | null {
    const message = this.newViewIn(frame);
    if (message === null) return null;
    const name = this.digest(frame);
    return this.newView({ ...message, viewChanges: this.#instead(message, name) });
  }

  /**
   * The NEW-VIEW in `frame` as it were if the own VIEW-CHANGE claimed nothing.
   * @param named VIEW-CHANGEs of all by their names
   */
  otherwise(frame: Uint8Array, named: ReadonlyMap<string, ViewChange>): Uint8Array | null {
    const message = this.newViewIn(frame);
    if (message === null) return null;
    const claims = message.viewChanges.flatMap(({ replica, name }) => {
      const claimed = named.get(name);
      return claimed === undefined ? [] : { ...claimed, isOwn: replica === this.id };
    });
    const own = claims.find(({ isOwn }) => isOwn);
    if (own === undefined || claims.length < message.viewChanges.length) return null;
    const told = { ...own, prepared: new Map(), prePrepared: new Map() };
    const selection = this.#selectedFrom(claims.map((each) => (each.isOwn ? told : each)));
    const viewChanges = this.#instead(message, this.nameOf(told));
    return selection && this.newView({ ...message, viewChanges, selection });
  }

  /**
   * The NEW-VIEW in `frame` with f of those that it rests on left out, whoever claims most, and
   * whoever claims least named in their place as well.
   * @param named VIEW-CHANGEs of all by their names
   */
  namingTwice(frame: Uint8Array, named: ReadonlyMap<string, ViewChange>): Uint8Array | null {
    const message = this.newViewIn(frame);
    const known = (message?.viewChanges ?? []).flatMap((reference) => {
      const claims = named.get(reference.name);
      return claims === undefined ? [] : [{ reference, claims }];
    });
    const [poorest, ...others] = known.toSorted(
      (a, b) => a.claims.prepared.size - b.claims.prepared.size,
    );
    if (message === null || poorest === undefined) return null;
    const kept = others.slice(0, quorumSize(this.cluster) - 1 - this.cluster.faultsMax);
    const twice = Array.from({ length: this.cluster.faultsMax + 1 }, () => poorest);
    const used = [...twice, ...kept].toSorted((a, b) => a.reference.replica - b.reference.replica);
    const viewChanges = used.map(({ reference }) => reference);
    const selection = this.#selectedFrom(used.map(({ claims }) => claims));
    return selection && this.newView({ ...message, viewChanges, selection });
  }

  override goingOn(frame: Uint8Array): Uint8Array | null {
    const message = this.newViewIn(frame);
    if (message === null) return null;
    const { base, chosen } = message.selection;
    const sequence = base.sequence + chosen.length + 1;
    const digest = this.digestOfNothing({ sequence, digest: NULL_DIGEST });
    const selection = { base, chosen: [...chosen, { sequence, digest }] };
    return this.newView({ ...message, selection });
  }

  override otherBase(frame: Uint8Array): Uint8Array | null {
    const message = this.newViewIn(frame);
    if (message === null) return null;
    const { base, chosen } = message.selection;
    const digest = this.digestOfNothing(base);
    return this.newView({ ...message, selection: { base: { ...base, digest }, chosen } });
  }

  #selectedFrom(claims: readonly ViewChange[]) {
    return select(claims, {
      quorum: quorumSize(this.cluster),
      weakQuorum: weakQuorumSize(this.cluster),
      chosenMax: claimsMax(this.cluster),
    });
  }

  /** V with another VIEW-CHANGE of this replica in it. */
  #instead({ viewChanges }: NewView, name: string): readonly Reference[] {
    return viewChanges.map((each) => (each.replica === this.id ? { ...each, name } : each));
  }

  /** A VIEW-CHANGE of this replica or of whoever brings it, with its name. */
  named(frame: Uint8Array): readonly [string, ViewChange] | null {
    const envelope = this.scheme.open(frame);
    if (envelope?.type !== VIEW_CHANGE) return null;
    const message = decodeViewChange(envelope.payload, this.cluster);
    const { type, sender: author, payload } = envelope;
    return message && [nameOf(this.scheme, { type, author, payload }), message];
  }

  protected override readPart(reader: Reader): object | null {
    return readPart(reader, this.cluster);
  }

  viewChangeIn(frame: Uint8Array): ViewChange | null {
    const envelope = this.ownOf(VIEW_CHANGE, frame);
    return envelope && decodeViewChange(envelope.payload, this.cluster);
  }

  viewChange(message: ViewChange): Uint8Array {
    const payload = encodeViewChange(message);
    return this.scheme.seal({ type: VIEW_CHANGE, payload }, "all");
  }

  /** By which a NEW-VIEW names a VIEW-CHANGE of this replica. */
  nameOf(message: ViewChange): string {
    const payload = encodeViewChange(message);
    return nameOf(this.scheme, { type: VIEW_CHANGE, author: this.id, payload });
  }

  newViewIn(frame: Uint8Array): NewView | null {
    const envelope = this.ownOf(NEW_VIEW, frame);
    return envelope && decodeNewView(envelope.payload, this.cluster);
  }

  newView(message: NewView): Uint8Array {
    return this.scheme.seal({ type: NEW_VIEW, payload: encodeNewView(message) }, "all");
  }
}

/** Of genesis nobody needs to say that he has it. */
export function nothingClaimed(view: number): ViewChange {
  return { view, stable: 0, checkpoints: [], prepared: new Map(), prePrepared: new Map() };
}
