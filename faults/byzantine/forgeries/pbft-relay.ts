/**
 * The messages of `pbft-relay` in the hands of a liar: the claims of `pbft-mac` over channels, and
 * relays in place of acknowledgements (protocols §21). Nothing in a message shows who made it, so
 * one in another's name is believed by nobody who looks at the channel.
 */
import { Channels } from "../../../nodes/protocols/authentication/channels.ts";
import { CLIENT_BASE, isReplica, type NodeId } from "../../../nodes/protocols/contract/core.ts";
import { encodeViewChange, nameOf } from "../../../nodes/protocols/pbft/claims/messages.ts";
import { VIEW_CHANGE } from "../../../nodes/protocols/pbft/messages.ts";
import { encodeRelaySet, RELAY_SET } from "../../../nodes/protocols/pbft/relays/messages.ts";
import { type Envelope, withAttachment } from "../../../nodes/protocols/wire/envelope.ts";
import type { BehaviourContext } from "../behaviour.ts";
import { frameOf, inNamesOf, pretending } from "./own-messages.ts";
import { ClaimingPbft, nothingClaimed } from "./pbft-mac.ts";

export class RelayingPbft extends ClaimingPbft {
  readonly #named: (name: number) => RelayingPbft;
  /** A REPLY has a code, which no message has that a replica would open. */
  readonly #asClient: Channels;

  constructor(context: BehaviourContext) {
    const { cluster, authenticator } = context;
    super(context, new Channels(cluster, authenticator));
    this.#named = inNamesOf(context, (pretended) => new RelayingPbft(pretended));
    this.#asClient = new Channels(cluster, pretending(authenticator, CLIENT_BASE));
  }

  override open(frame: Uint8Array): Envelope | null {
    return super.open(frame) ?? this.#asClient.open(frame);
  }

  override as(name: number): RelayingPbft {
    return this.#named(name);
  }

  override supportFor(author: NodeId, view: number): Uint8Array {
    const payload = encodeViewChange(nothingClaimed(view));
    const digest = nameOf(this.scheme, { type: VIEW_CHANGE, author, payload });
    const relays = encodeRelaySet([{ author, slot: view, digest }]);
    return this.scheme.seal({ type: RELAY_SET, payload: relays }, "all");
  }

  /** A replica's message has no code that could be wrong: one that has any is no message at all. */
  override spoiled(frame: Uint8Array): Uint8Array {
    const envelope = this.scheme.open(frame);
    if (envelope === null || !isReplica(envelope.sender)) return super.spoiled(frame);
    return withAttachment(frameOf(envelope.content, Uint8Array.of(0)), envelope.attachment);
  }
}
