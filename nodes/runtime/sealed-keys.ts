/**
 * Session keys as they travel: each sealed for the one who is to use it, by X25519 with a key pair
 * of that moment and ChaCha20-Poly1305, and all of it signed. A key that seals is used once, so its
 * nonce is zero.
 */
import { createCipheriv, createDecipheriv, hkdfSync } from "node:crypto";
import type { NodeId } from "../protocols/contract/core.ts";
import {
  type ChosenKeys,
  emptyRing,
  type KeyExchange,
  SESSION_KEY_BYTES,
  type SealedPlace,
} from "../protocols/contract/key-exchange.ts";
import { type Agreement, ephemeralKey, POINT_BYTES } from "./agreement.ts";
import { randomBytes } from "./randomness.ts";
import { sipHash128 } from "./sip-hash.ts";

const CIPHER = "chacha20-poly1305";
const NONCE = Buffer.alloc(12);
const AUTHENTICATION_BYTES = 16;
const ENTRY_BYTES = SESSION_KEY_BYTES + AUTHENTICATION_BYTES;
/** What else these keys sign begins otherwise: handshakes with a text, messages with a number. */
const LABEL = Buffer.from("bft-chaos new-key v1\0", "latin1");

interface Signing {
  sign(bytes: Uint8Array): Uint8Array;
  verify(signer: NodeId, bytes: Uint8Array, signature: Uint8Array): boolean;
}

export function sealedKeys(agreement: Agreement, signing: Signing): KeyExchange {
  return {
    ring: emptyRing(),
    codeOf: sipHash128,
    choose: (senders, about) => choose(agreement, senders, about),
    sealedBytes,
    open: (_author, sealed, place) => open(agreement, sealed, place),
    sign: (newKey) => signing.sign(labelled(newKey)),
    verify: (author, newKey, signature) => signing.verify(author, labelled(newKey), signature),
  };
}

function labelled(newKey: Uint8Array): Uint8Array {
  return Buffer.concat([LABEL, newKey]);
}

function choose(agreement: Agreement, senders: readonly NodeId[], about: Uint8Array): ChosenKeys {
  const ephemeral = ephemeralKey();
  const keys = senders.map(() => new Uint8Array(randomBytes(SESSION_KEY_BYTES)));
  const entries = senders.map((sender, at) => {
    const secret = agreement.secretFor(sender, ephemeral);
    // Nobody finds out what is chosen for a stranger.
    if (secret === null) return randomBytes(ENTRY_BYTES);
    const cipher = createCipheriv(CIPHER, sealingKey(secret, ephemeral.point), NONCE, {
      authTagLength: AUTHENTICATION_BYTES,
    });
    cipher.setAAD(about, { plaintextLength: SESSION_KEY_BYTES });
    const sealed = Buffer.concat([cipher.update(keys[at] as Uint8Array), cipher.final()]);
    return Buffer.concat([sealed, cipher.getAuthTag()]);
  });
  return { keys, sealed: new Uint8Array(Buffer.concat([ephemeral.point, ...entries])) };
}

function sealedBytes(senders: number): number {
  return POINT_BYTES + senders * ENTRY_BYTES;
}

function open(
  agreement: Agreement,
  sealed: Uint8Array,
  { at, about }: SealedPlace,
): Uint8Array | null {
  const start = sealedBytes(at);
  const entry = sealed.subarray(start, start + ENTRY_BYTES);
  if (entry.length !== ENTRY_BYTES) return null;
  const point = sealed.subarray(0, POINT_BYTES);
  const secret = agreement.secretFrom(point);
  if (secret === null) return null;
  const decipher = createDecipheriv(CIPHER, sealingKey(secret, point), NONCE, {
    authTagLength: AUTHENTICATION_BYTES,
  });
  decipher.setAAD(about, { plaintextLength: SESSION_KEY_BYTES });
  decipher.setAuthTag(entry.subarray(SESSION_KEY_BYTES));
  try {
    const key = decipher.update(entry.subarray(0, SESSION_KEY_BYTES));
    decipher.final();
    return new Uint8Array(key);
  } catch {
    // The only way in which node:crypto says that it is not authentic.
    return null;
  }
}

function sealingKey(secret: Buffer, point: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", secret, point, "bft-chaos new-key v1", 32));
}
