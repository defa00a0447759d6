import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import { Agreement } from "./agreement.ts";
import { Ed25519Authenticator, keysOf } from "./keys.ts";
import { SharedKeys } from "./shared-keys.ts";

const pairs = [0, 1, 2].map(() => generateKeyPairSync("ed25519"));
const others = new Map(pairs.map(({ publicKey }, node) => [node, publicKey]));
const keysAt = (node: number) =>
  new SharedKeys(
    node,
    new Agreement({ own: (pairs[node] as (typeof pairs)[0]).privateKey, others }),
  );

test("two nodes come to the same key, another one in each direction, and nobody else to it", () => {
  const [here, there, third] = [keysAt(0), keysAt(1), keysAt(2)];
  expect(here.keyOf(0, 1)).toEqual(there.keyOf(0, 1));
  expect(here.keyOf(1, 0)).toEqual(there.keyOf(1, 0));
  expect(here.keyOf(0, 1)).not.toEqual(here.keyOf(1, 0));
  for (const key of [third.keyOf(2, 0), third.keyOf(2, 1), third.keyOf(0, 2)]) {
    expect([here.keyOf(0, 1), here.keyOf(1, 0)]).not.toContainEqual(key);
  }
  expect(here.keyOf(0, 9)).toBe(null);
});

/** The key pairs of tests 1 and 2 in RFC 8032; the tag was computed with OpenSSL. */
test("a tag under long-term keys is what others compute from the same key pairs", () => {
  const names = ["r0", "r1"];
  const seeds = [
    "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
    "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
  ];
  const points = [
    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
  ];
  const der = (prefix: string, bytes?: string) =>
    Buffer.from(prefix + (bytes ?? ""), "hex").toString("base64");
  const keys = { private: {} as Record<string, string>, public: {} as Record<string, string> };
  for (const [at, name] of names.entries()) {
    keys.private[name] = der("302e020100300506032b657004220420", seeds[at]);
    keys.public[name] = der("302a300506032b6570032100", points[at]);
  }
  const tag = new Ed25519Authenticator(0, keysOf(keys, ["r0"])).tag(1, Uint8Array.of(1, 2, 3));
  expect(Buffer.from(tag).toString("hex")).toBe("00000000c6212e017b06b1d8a463c34824129fad");
  const reader = new Ed25519Authenticator(1, keysOf(keys, ["r1"]));
  expect(reader.checkTag(0, Uint8Array.of(1, 2, 3), tag)).toBe(true);
});
