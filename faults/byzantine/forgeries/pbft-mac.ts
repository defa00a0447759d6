/**
 * The messages of `pbft-mac` in the hands of a liar, where a change of views rests on claims and on
 * who vouches for them (protocols §20).
 */
import {
  decodeNewView,
  decodeViewChange,
  encodeNewView,
  encodeViewChange,
  type NewView,
  nameOf,
  type ViewChange,
} from "../../../nodes/protocols/pbft/claims/messages.ts";
import { readPart } from "../../../nodes/protocols/pbft/claims/status-part.ts";
import { NEW_VIEW, VIEW_CHANGE } from "../../../nodes/protocols/pbft/messages.ts";
import type { Reader } from "../../../nodes/protocols/wire/codec.ts";
import type { BehaviourContext } from "../behaviour.ts";
import { macVectors, pretending } from "./own-messages.ts";
import { PbftMessages } from "./pbft.ts";

export class ClaimingPbft extends PbftMessages {
  readonly #context: BehaviourContext;

  constructor(context: BehaviourContext) {
    super(context, macVectors(context));
    this.#context = context;
  }

  override as(name: number): ClaimingPbft {
    const authenticator = pretending(this.#context.authenticator, name);
    return new ClaimingPbft({ ...this.#context, authenticator });
  }

  override understatement(view: number): Uint8Array {
    return this.viewChange(nothingClaimed(view));
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
