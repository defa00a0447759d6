/**
 * The one signature of a client where replicas sign nothing (protocols §19.7): of what it asks for,
 * by the digest of that, under a label. Whoever holds no more than this can sign no other message.
 */
import { isReplica, type NodeId } from "./core.ts";

/** No content of a message begins like this. */
const LABEL = Uint8Array.from("bft-chaos request v1\0", (letter) => letter.charCodeAt(0));

export interface RequestSigner {
  /** @param digest of the content of a REQUEST, 32 bytes */
  sign(digest: Uint8Array): Uint8Array;
}

export interface RequestVerifier {
  /** False for who is no client, an unknown one or a bad signature; never throws. */
  verify(client: NodeId, digest: Uint8Array, signature: Uint8Array): boolean;
}

/** @param keys of whoever signs anything */
export function requestSigner(keys: RequestSigner): RequestSigner {
  return { sign: (digest) => keys.sign(labelled(digest)) };
}

/** @param keys of whoever verifies anything */
export function requestVerifier(keys: RequestVerifier): RequestVerifier {
  return {
    verify: (client, digest, signature) =>
      !isReplica(client) && keys.verify(client, labelled(digest), signature),
  };
}

function labelled(digest: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(LABEL.length + digest.length);
  bytes.set(LABEL);
  bytes.set(digest, LABEL.length);
  return bytes;
}
