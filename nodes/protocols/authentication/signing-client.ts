/** The scheme of a client that signs what it asks for, and reads answers with a code. */
import { assert } from "../assert.ts";
import type { MessageAuthenticator } from "../contract/authenticator.ts";
import type { RequestSigner } from "../contract/request-signatures.ts";
import { REQUEST } from "../wire/request.ts";
import { MacVectors } from "./mac-vectors.ts";
import type { Content } from "./scheme.ts";
import { SignedRequests } from "./signed-requests.ts";

export class SigningClient extends MacVectors {
  readonly #requests: SignedRequests;
  readonly #signer: RequestSigner;
  /** One vector for all of them, under long-term keys: what was told once is told again. */
  readonly #sealed = new WeakMap<Content, Uint8Array>();

  constructor(
    cluster: { readonly clusterId: string; readonly epoch: number; readonly replicas: number },
    authenticator: MessageAuthenticator,
    signer: RequestSigner,
  ) {
    super(cluster, authenticator);
    this.#requests = new SignedRequests(cluster, authenticator);
    this.#signer = signer;
  }

  override seal(content: Content): Uint8Array {
    assert(content.type === REQUEST, "a client signs nothing but requests");
    const frame = this.#sealed.get(content) ?? this.#requests.seal(content, this.#signer);
    this.#sealed.set(content, frame);
    return frame;
  }
}
