/** Keys that are the same in every run: what is drawn from them would not replay otherwise. */
import { createPrivateKey, createPublicKey } from "node:crypto";
import { clientId, nodeName } from "../../../nodes/protocols/contract/core.ts";
import type { KeyConfig } from "../../../nodes/runtime/config.ts";

const REPLICAS_MAX = 4;
export const CLIENTS = 3;
/** Of PKCS #8 with 32 bytes of Ed25519 behind it (RFC 8410). */
const PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");

export const HONEST_HOST = clientId({ host: 0, index: 0 });
/** A client host whose keys a stranger has. */
export const STOLEN_HOST = clientId({ host: 1, index: 0 });

export const logicalClients = Array.from({ length: CLIENTS }, (_, at) =>
  clientId({ host: 0, index: at + 1 }),
);

function keyNumber(number: number): { readonly own: string; readonly open: string } {
  const der = Buffer.concat([PREFIX, Buffer.alloc(32, number)]);
  const key = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  const open = createPublicKey(key).export({ type: "spki", format: "der" });
  return { own: der.toString("base64"), open: open.toString("base64") };
}

const names = [
  ...Array.from({ length: REPLICAS_MAX }, (_, id) => nodeName(id)),
  ...[HONEST_HOST, STOLEN_HOST, ...logicalClients].map(nodeName),
];
const pairs = new Map(names.map((name, at) => [name, keyNumber(at + 1)]));
const open = Object.fromEntries([...pairs].map(([name, pair]) => [name, pair.open]));

export function keysFor(hosted: readonly string[]): KeyConfig {
  const own = hosted.map((name) => [name, pairs.get(name)?.own ?? ""] as const);
  return { private: Object.fromEntries(own), public: open };
}

/** What somebody makes up who has none of the keys. */
export function madeUpKeys(name: string): KeyConfig {
  return { private: { [name]: keyNumber(99).own }, public: open };
}
