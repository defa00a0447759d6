/**
 * Somebody on the links who tells each half of a cluster another story: whoever proposes is heard in
 * its own half, the other half hears of the null request, and all votes that cross are bent to fit.
 * He needs no key; where nothing but the wire shows who made a message, everybody believes him.
 */
import { NULL_DIGEST } from "../contract/audit.ts";
import { isReplica, type NodeId } from "../contract/core.ts";
import type { ClusterParameters } from "../contract/protocol.ts";
import { type Envelope, EnvelopeFormat, withAttachment } from "../wire/envelope.ts";
import { NULL_BATCH } from "../wire/request.ts";
import { COMMIT, decodeVote, encodeVote, PRE_PREPARE, PREPARE, type Vote } from "./messages.ts";

/** Behind the length of the content and its format. */
const ALGORITHM_AT = 5;

export interface Passing {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly bytes: Uint8Array;
}

export class TwoTongues {
  readonly #cluster: Pick<ClusterParameters, "clusterId" | "epoch">;
  readonly #half: ReadonlySet<NodeId>;
  /** What is proposed for a number in a view, and in which half that is heard. */
  readonly #proposed = new Map<string, { readonly digest: string; readonly inHalf: boolean }>();

  /** @param half the replicas of one half; all others are the other */
  constructor(
    cluster: Pick<ClusterParameters, "clusterId" | "epoch">,
    half: readonly NodeId[] = [0, 1],
  ) {
    this.#cluster = cluster;
    this.#half = new Set(half);
  }

  /** @returns what is let through in its place */
  bend({ from, to, bytes }: Passing): Uint8Array {
    if (!isReplica(from) || !isReplica(to)) return bytes;
    const format = this.#formatOf(bytes);
    const envelope = format.open(bytes);
    const vote = envelope && decodeVote(envelope.payload);
    if (!envelope || !vote) return bytes;
    if (envelope.type === PRE_PREPARE) this.#hearProposal(from, vote);
    if (this.#half.has(from) === this.#half.has(to)) return bytes;
    const told = this.#told(envelope, vote, to);
    if (told === null) return bytes;
    const payload = encodeVote({ ...vote, digest: told });
    const content = format.content(envelope.sender, envelope.type, payload);
    const bodies = envelope.type === PRE_PREPARE ? NULL_BATCH.bytes : envelope.attachment;
    return withAttachment(format.frame(content, envelope.authentication), bodies);
  }

  #hearProposal(from: NodeId, vote: Vote): void {
    if (vote.digest === NULL_DIGEST) return;
    this.#proposed.set(keyOf(vote), { digest: vote.digest, inHalf: this.#half.has(from) });
  }

  /** The digest that the receiver's half is to believe in; null where nothing is bent. */
  #told({ type }: Envelope, vote: Vote, to: NodeId): string | null {
    const proposed = this.#proposed.get(keyOf(vote));
    if (proposed === undefined) return null;
    if (type !== PRE_PREPARE && type !== PREPARE && type !== COMMIT) return null;
    return this.#half.has(to) === proposed.inHalf ? proposed.digest : NULL_DIGEST;
  }

  #formatOf(bytes: Uint8Array): EnvelopeFormat {
    return new EnvelopeFormat({ ...this.#cluster, algorithm: bytes[ALGORITHM_AT] ?? 0 });
  }
}

function keyOf({ view, sequence }: Vote): string {
  return `${view} ${sequence}`;
}
