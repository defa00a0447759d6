import type { Authenticator } from "../contract/authenticator.ts";
import type { NodeId } from "../contract/core.ts";

/** Counts verifications, by far the most costly thing that a message can ask for. */
export class MeteredAuthenticator implements Authenticator {
  readonly #inner: Authenticator;
  #verifications = 0;

  constructor(inner: Authenticator) {
    this.#inner = inner;
  }

  get self(): NodeId {
    return this.#inner.self;
  }

  get verifications(): number {
    return this.#verifications;
  }

  digest(bytes: Uint8Array): string {
    return this.#inner.digest(bytes);
  }

  sign(bytes: Uint8Array): Uint8Array {
    return this.#inner.sign(bytes);
  }

  verify(signer: NodeId, bytes: Uint8Array, signature: Uint8Array): boolean {
    this.#verifications += 1;
    return this.#inner.verify(signer, bytes, signature);
  }
}
