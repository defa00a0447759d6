/** The vectors of a whole cluster, good ones and those of liars. */
import { fastAuthenticators } from "../../../../harness/drivers/simulation/authenticators.ts";
import { MacVectors } from "../../authentication/mac-vectors.ts";
import type { Content } from "../../authentication/scheme.ts";
import { parametersWith } from "../../cluster-parameters.fixture.ts";
import { TAG_BYTES } from "../../contract/authenticator.ts";
import type { NodeId } from "../../contract/core.ts";
import type { Envelope } from "../../wire/envelope.ts";
import { ProofVectors } from "./proof-vectors.ts";

export class Provers {
  readonly ids: readonly NodeId[];
  readonly schemes: readonly ProofVectors[];

  constructor(faultsMax: number) {
    const replicas = 3 * faultsMax + 1;
    const cluster = parametersWith({ replicas, faultsMax });
    this.ids = Array.from({ length: replicas }, (_, id) => id);
    const authenticatorOf = fastAuthenticators(1, this.ids);
    this.schemes = this.ids.map((id) => {
      const authenticator = authenticatorOf(id);
      return new ProofVectors(cluster, new MacVectors(cluster, authenticator), authenticator);
    });
  }

  of(id: NodeId): ProofVectors {
    const scheme = this.schemes[id];
    if (scheme === undefined) throw new RangeError(`there is no replica ${id}`);
    return scheme;
  }

  /** As its author sealed it. */
  message(author: NodeId, content: Content): Envelope {
    return this.opened(this.of(author).seal(content, "all"));
  }

  opened(frame: Uint8Array): Envelope {
    const envelope = this.of(0).open(frame);
    if (envelope === null) throw new RangeError("it is malformed");
    return envelope;
  }

  /** What the voucher says of it; the author says it by the message itself. */
  vectorOf(voucher: NodeId, message: Envelope): Uint8Array {
    if (voucher === message.sender) return message.authentication;
    const scheme = this.of(voucher);
    return scheme.vectorOf(scheme.vouchFor(scheme.sayingOf(message)));
  }

  /** Is the entry of that vector good for the reader? */
  isGoodFor(reader: NodeId, vector: Uint8Array, about: { voucher: NodeId; message: Envelope }) {
    const { voucher, message } = about;
    if (reader === voucher) return true;
    const scheme = this.of(reader);
    if (voucher === message.sender) {
      return scheme.isConvincing({ ...message, authentication: vector });
    }
    const vouch = scheme.vouchFor(scheme.sayingOf(message));
    const sealed = this.message(voucher, vouch);
    return scheme.verify({ ...sealed, authentication: vector });
  }
}

/** The same vector with garbage for these readers. */
export function spoiledFor(
  readers: readonly NodeId[],
  { voucher, vector }: { readonly voucher: NodeId; readonly vector: Uint8Array },
): Uint8Array {
  const spoiled = vector.slice();
  for (const reader of readers.filter((each) => each !== voucher)) {
    const at = TAG_BYTES * (reader < voucher ? reader : reader - 1);
    spoiled[at + TAG_BYTES - 1] = (spoiled[at + TAG_BYTES - 1] ?? 0) ^ 1;
  }
  return spoiled;
}
