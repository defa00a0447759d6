import { expect, test } from "vitest";
import { clientId, nodeName } from "../protocols/contract/core.ts";
import { Ed25519Authenticator, generateKeys, keysOf, parseNodeName } from "./keys.ts";

const names = ["r0", "r1", "c0", "c0.1"];
const keys = generateKeys(names);
const text = (value: string) => new TextEncoder().encode(value);

test("a signature convinces everybody that holds the public keys, and only for those bytes", () => {
  const signer = new Ed25519Authenticator(1, keysOf(keys, ["r1"]));
  const reader = new Ed25519Authenticator(0, keysOf(keys, ["r0"]));
  const signature = signer.sign(text("m"));
  expect(reader.verify(1, text("m"), signature)).toBe(true);
  expect(reader.verify(1, text("n"), signature)).toBe(false);
  expect(reader.verify(0, text("m"), signature)).toBe(false);
});

test("verify answers false, and never throws, for any nonsense", () => {
  const reader = new Ed25519Authenticator(0, keys);
  for (const length of [0, 1, 63, 64, 65, 1000]) {
    expect(reader.verify(1, text("m"), new Uint8Array(length).fill(7))).toBe(false);
  }
  for (const signer of [-1, 7, 65_535, Number.NaN, 1e300]) {
    expect(reader.verify(signer, text("m"), new Uint8Array(64))).toBe(false);
  }
});

test("a digest is 64 lower-case hex digits of SHA-256", () => {
  expect(new Ed25519Authenticator(0, keys).digest(text("abc"))).toBe(
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  );
});

test("a process gets the private keys of the nodes it hosts and of no other", () => {
  const own = keysOf(keys, ["c0", "c0.1"]);
  expect(Object.keys(own.private)).toEqual(["c0", "c0.1"]);
  expect(Object.keys(own.public)).toEqual(names);
  expect(() => new Ed25519Authenticator(0, own)).toThrow("no private key of r0");
  expect(() => keysOf(keys, ["r9"])).toThrow("no private key of r9");
});

test("a public key that everybody shares a secret with is refused, with the name of its node", () => {
  const eighth = "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05";
  const ofOrderEight = [eighth, "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"];
  const ends = (first: string, middle: string, last: string) => first + middle.repeat(30) + last;
  const points = [
    ...["00", "80"].map((sign) => ends("00", "00", sign)),
    ends("01", "00", "00"),
    // -1, then 0 and 1 once more, as numbers that are not below the prime.
    ...["ec", "ed", "ee"].map((first) => ends(first, "ff", "7f")),
    ...ofOrderEight,
    `${eighth.slice(0, 62)}85`,
  ];
  for (const point of points) {
    const key = Buffer.from(`302a300506032b6570032100${point}`, "hex").toString("base64");
    const own = keysOf({ ...keys, public: { ...keys.public, r1: key } }, ["r0"]);
    const open = () => new Ed25519Authenticator(0, own).tag(1, text("m"));
    expect(open, point).toThrow(new RangeError("the public key of r1 is of small order"));
  }
});

test("node names are read back as they are written", () => {
  for (const node of [0, 6, clientId({ host: 0, index: 0 }), clientId({ host: 2, index: 900 })]) {
    expect(parseNodeName(nodeName(node))).toBe(node);
  }
  for (const name of ["", "r", "x1", "r-1", "c0.", "c0.1.2", "r1 "]) {
    expect(parseNodeName(name)).toBeNull();
  }
});
