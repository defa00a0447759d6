/** Relays as a bad replica makes them, with its own keys (protocols §19). */
import { Channels } from "../../../nodes/protocols/authentication/channels.ts";
import type { AuthenticationScheme } from "../../../nodes/protocols/authentication/scheme.ts";
import {
  decodeVote,
  encodeVote,
  PRE_PREPARE,
  STATUS,
} from "../../../nodes/protocols/pbft/messages.ts";
import {
  decodeRelaySet,
  encodeRelaySet,
  RELAY_SET,
} from "../../../nodes/protocols/pbft/relays/messages.ts";
import type { Statement } from "../../../nodes/protocols/pbft/relays/sayings.ts";
import { Reader, Writer } from "../../../nodes/protocols/wire/codec.ts";
import {
  decodeBatch,
  decodeRequest,
  makeBatch,
  REQUEST,
  type Request,
} from "../../../nodes/protocols/wire/request.ts";
import type { BehaviourContext } from "../behaviour.ts";
import { macVectors, proofVectors } from "./own-messages.ts";

/** Behind its length. */
const CONTENT_AT = 4;

export class RelayMessages {
  readonly #scheme: AuthenticationScheme;

  constructor(scheme: AuthenticationScheme) {
    this.#scheme = scheme;
  }

  static ofMacs(context: BehaviourContext): RelayMessages {
    return new RelayMessages(macVectors(context));
  }

  static ofProofs(context: BehaviourContext): RelayMessages {
    return new RelayMessages(proofVectors(context));
  }

  static ofChannels({ cluster, authenticator }: BehaviourContext): RelayMessages {
    return new RelayMessages(new Channels(cluster, authenticator));
  }

  relaysIn(frame: Uint8Array): readonly Statement[] | null {
    const envelope = this.#scheme.open(frame);
    return envelope?.type === RELAY_SET ? decodeRelaySet(envelope.payload) : null;
  }

  /** @returns null if it is no STATUS */
  viewOfStatus(frame: Uint8Array): number | null {
    const envelope = this.#scheme.open(frame);
    return envelope?.type === STATUS ? new Reader(envelope.payload).u64() : null;
  }

  /**
   * In the place of a PRE-PREPARE: one with the next request of a client that never made it, and
   * the claim to have heard it. Null if it is no PRE-PREPARE of requests.
   */
  forgedProposal(frame: Uint8Array): readonly Uint8Array[] | null {
    const envelope = this.#scheme.open(frame);
    const vote = envelope?.type === PRE_PREPARE ? decodeVote(envelope.payload) : null;
    const batch = envelope && vote ? decodeBatch(this.#scheme, envelope.attachment) : null;
    const [first, ...others] = batch?.requests ?? [];
    const forged = first && this.#laterOf(first, 1);
    if (!vote || !forged) return null;
    const { client: author, timestamp: slot, digest } = forged;
    const { digest: named, bytes } = makeBatch(this.#scheme, [forged, ...others]);
    const payload = encodeVote({ ...vote, digest: named });
    return [
      this.relaySet([{ author, slot, digest }]),
      this.#scheme.seal({ type: PRE_PREPARE, payload }, "all", bytes),
    ];
  }

  /**
   * In the place of a REQUEST: one that its client never made, as who forwards it sends it, and the
   * claim to have heard it. Null if it is no REQUEST.
   * @param ahead by so many timestamps it is newer
   */
  invention(frame: Uint8Array, ahead: number): readonly Uint8Array[] | null {
    const envelope = this.#scheme.open(frame);
    const request = envelope?.type === REQUEST ? decodeRequest(this.#scheme, envelope) : null;
    const forged = request && this.#laterOf(request, ahead);
    if (!forged) return null;
    const { client: author, timestamp: slot, digest } = forged;
    return [this.relaySet([{ author, slot, digest }]), forged.envelope.frame];
  }

  /** The same operation under a later timestamp, with codes that do not fit it. */
  #laterOf({ envelope, timestamp }: Request, ahead: number): Request | null {
    const frame = envelope.frame.slice();
    const start = CONTENT_AT + envelope.content.length - envelope.payload.length;
    frame.set(new Writer(8).u64(timestamp + ahead).finish(), start);
    const forged = this.#scheme.open(frame);
    return forged && decodeRequest(this.#scheme, forged);
  }

  relaySet(statements: readonly Statement[]): Uint8Array {
    return this.#scheme.seal({ type: RELAY_SET, payload: encodeRelaySet(statements) }, "all");
  }
}
