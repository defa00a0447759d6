/**
 * REQUESTs that their clients sign, in a cluster where nobody else does (protocols §19.7): a vector
 * of codes first, then the signature. The codes cover content **and** signature, so whoever passes
 * on a broken signature cannot pass it off as the client's. D(request) is over the content alone.
 */
import { type MessageAuthenticator, TAG_BYTES } from "../contract/authenticator.ts";
import { isReplica } from "../contract/core.ts";
import type { RequestSigner, RequestVerifier } from "../contract/request-signatures.ts";
import { DIGEST_BYTES, Writer } from "../wire/codec.ts";
import { digestOf, type Envelope, EnvelopeFormat } from "../wire/envelope.ts";
import type { Content } from "./scheme.ts";

const ALGORITHM = 4;
const SIGNATURE_BYTES = 64;

export class SignedRequests {
  readonly #authenticator: MessageAuthenticator;
  readonly #vectorBytes: number;
  readonly #format: EnvelopeFormat;

  constructor(
    cluster: { readonly clusterId: string; readonly epoch: number; readonly replicas: number },
    authenticator: MessageAuthenticator,
  ) {
    const { clusterId, epoch, replicas } = cluster;
    this.#authenticator = authenticator;
    this.#vectorBytes = TAG_BYTES * replicas;
    this.#format = new EnvelopeFormat({ clusterId, epoch, algorithm: ALGORITHM });
  }

  seal({ type, payload }: Content, signer: RequestSigner): Uint8Array {
    const content = this.#format.content(this.#authenticator.self, type, payload);
    const digest = bytesOf(this.#authenticator.digest(content));
    const signature = signer.sign(digest);
    const statement = covered(digest, signature);
    const authentication = new Writer(this.#vectorBytes + SIGNATURE_BYTES);
    for (let replica = 0; replica * TAG_BYTES < this.#vectorBytes; replica++) {
      authentication.raw(this.#authenticator.tag(replica, statement));
    }
    return this.#format.frame(content, authentication.raw(signature).finish());
  }

  /** @returns null also where there is not one tag for each replica and a signature */
  open(bytes: Uint8Array): Envelope | null {
    const envelope = this.#format.open(bytes);
    if (envelope === null || isReplica(envelope.sender)) return null;
    const { length } = envelope.authentication;
    return length === this.#vectorBytes + SIGNATURE_BYTES ? envelope : null;
  }

  /** Does the entry of this replica say that the client made these very bytes? */
  isForReader(envelope: Envelope): boolean {
    const { sender, authentication } = envelope;
    const at = TAG_BYTES * this.#authenticator.self;
    const tag = authentication.subarray(at, at + TAG_BYTES);
    const statement = covered(this.#digestIn(envelope), this.#signatureOf(envelope));
    return this.#authenticator.checkTag(sender, statement, tag);
  }

  /** It convinces everybody. */
  isSigned(envelope: Envelope, verifier: RequestVerifier): boolean {
    const digest = this.#digestIn(envelope);
    return verifier.verify(envelope.sender, digest, this.#signatureOf(envelope));
  }

  #digestIn(envelope: Envelope): Uint8Array {
    return bytesOf(digestOf(envelope, this.#authenticator));
  }

  #signatureOf({ authentication }: Envelope): Uint8Array {
    return authentication.subarray(this.#vectorBytes);
  }
}

function bytesOf(digest: string): Uint8Array {
  return new Writer(DIGEST_BYTES).digest(digest).finish();
}

/** What every code of a signed request is over. */
function covered(digest: Uint8Array, signature: Uint8Array): Uint8Array {
  return new Writer(DIGEST_BYTES + SIGNATURE_BYTES).raw(digest).raw(signature).finish();
}
