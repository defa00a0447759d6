/** What every tag of a message is over: its content is digested once for all of them. */
import { DIGEST_BYTES, writeDigest } from "../wire/codec.ts";

export class Statement {
  readonly #bytes = new Uint8Array(DIGEST_BYTES);

  /** @returns the same bytes each time, good until it is asked again */
  of(digest: string): Uint8Array {
    writeDigest(this.#bytes, 0, digest);
    return this.#bytes;
  }
}
