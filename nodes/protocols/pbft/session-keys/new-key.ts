/** NEW-KEY: the keys under which its author wants to be spoken to from now on. */
import { Reader, Writer } from "../../wire/codec.ts";

export const NEW_KEY = 18;

export interface NewKey {
  readonly counter: number;
  /** The author has started and holds nobody's keys. */
  readonly asks: boolean;
  /** Of each other replica its own, ascending (`contract/key-exchange.ts`). */
  readonly sealed: Uint8Array;
}

export function encodeNewKey({ counter, asks, sealed }: NewKey): Uint8Array {
  return new Writer(sealed.length + 16)
    .u64(counter)
    .u8(asks ? 1 : 0)
    .blob(sealed)
    .finish();
}

/** Bytes of the payload. @param sealedBytes of its keys */
export function newKeyBytes(sealedBytes: number): number {
  const sealed = new Uint8Array(sealedBytes);
  return encodeNewKey({ counter: 0, asks: false, sealed }).length;
}

/** @returns null if it is malformed */
export function decodeNewKey(payload: Uint8Array): NewKey | null {
  const reader = new Reader(payload);
  const counter = reader.u64();
  const asks = reader.u8();
  const sealed = reader.blob();
  return reader.complete && asks <= 1 ? { counter, asks: asks === 1, sealed } : null;
}
