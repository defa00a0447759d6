/** What a code on each frame of a connection keeps out (`wire.md`, protocols §21.1). */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { clientId } from "../protocols/contract/core.ts";
import type { KeyConfig } from "./config.ts";
import { BODY_BYTES_MAX, encodeFrame, FRAME, FrameDecoder } from "./frame.ts";
import { FrameCodes } from "./frame-codes.ts";
import { codesOf, type Transcript } from "./handshake.ts";
import { Ed25519Authenticator, generateKeys } from "./keys.ts";

const KEY = Uint8Array.from({ length: 16 }, (_, at) => at);
const bodies = fc.array(fc.uint8Array({ maxLength: 80 }), { minLength: 2, maxLength: 8 });

function coded(said: readonly Uint8Array[], key = KEY): Buffer[] {
  const codes = new FrameCodes(key);
  return said.map((body) => encodeFrame({ type: FRAME.data, body }, codes));
}

/** @returns the bodies that came out in front of the first fault, and that fault */
function heard(frames: readonly Buffer[], key = KEY) {
  const decoder = new FrameDecoder();
  decoder.bodyBytesMax = BODY_BYTES_MAX;
  decoder.codes = new FrameCodes(key);
  const said: string[] = [];
  for (const frame of frames) {
    decoder.feed(frame);
    for (let found = decoder.next(); found !== null; found = decoder.next()) {
      if (typeof found === "string") return { said, fault: found };
      said.push(found.body.toString("hex"));
    }
  }
  return { said, fault: null };
}

const hexOf = (said: readonly Uint8Array[]) =>
  said.map((body) => Buffer.from(body).toString("hex"));

test("protocols §21.1: frames with their codes come out as they went in, however they are cut", () => {
  fc.assert(
    fc.property(bodies, fc.integer({ min: 1, max: 60 }), (said, size) => {
      const bytes = Buffer.concat(coded(said));
      const chunks: Buffer[] = [];
      for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
      expect(heard(chunks)).toEqual({ said: hexOf(said), fault: null });
    }),
    { numRuns: 500 },
  );
});

/** What somebody in the middle does to the frames of one connection at one place. */
const MEDDLING: Record<string, (frames: Buffer[], at: number, bit: number) => void> = {
  changed(frames, at, bit) {
    const frame = frames[at] as Buffer;
    const place = (bit >> 3) % frame.length;
    frame[place] = (frame[place] as number) ^ (1 << (bit & 7));
  },
  repeated: (frames, at) => frames.splice(at + 1, 0, frames[at] as Buffer),
  "left out": (frames, at) => frames.splice(at, 1),
  moved: (frames, at) => frames.splice(at + 1, 0, ...frames.splice(at, 1)),
  added: (frames, at) =>
    frames.splice(at, 0, coded([Uint8Array.of(1)], new Uint8Array(16))[0] as Buffer),
};

test.each(Object.entries(MEDDLING))(
  "protocols §21.1: a frame that is %s is noticed there, and nothing behind it is heard",
  (name, meddle) => {
    // The last one that is left out is missed when the next one comes.
    const last = name === "left out" || name === "moved" ? 2 : 1;
    fc.assert(
      fc.property(bodies, fc.nat(), fc.nat(), (said, place, bit) => {
        const frames = coded(said);
        const at = place % Math.max(1, said.length + 1 - last);
        meddle(frames, at, bit);
        const before = name === "repeated" ? at + 1 : at;
        expect(heard(frames)).toEqual({ said: hexOf(said.slice(0, before)), fault: "wrong-code" });
      }),
      { numRuns: 1_000 },
    );
  },
);

test("protocols §21.1: a length that was changed has nobody wait for what it claims", () => {
  const [frame] = coded([Uint8Array.of(1, 2, 3)]) as [Buffer];
  frame.writeUInt32BE(1_000_000, 0);
  expect(heard([frame.subarray(0, 8)])).toEqual({ said: [], fault: "wrong-code" });
  expect(heard([frame.subarray(0, 5), frame.subarray(5, 8)])).toEqual({
    said: [],
    fault: "wrong-code",
  });
});

const keys = generateKeys(["r0", "r1", "r2", "c0"]);

function transcriptOf(dialler: number, acceptor: number, nonce = 1): Transcript {
  const sideOf = (id: number) => ({ id, incarnation: 5n, nonce: new Uint8Array(32).fill(nonce) });
  const sides = { dialler: sideOf(dialler), acceptor: sideOf(acceptor) };
  return { clusterId: "0123456789abcdef0123456789abcdef", epoch: 1, ...sides };
}

function endOf(self: number, transcript: Transcript, config: KeyConfig = keys) {
  const authenticator = new Ed25519Authenticator(self, config);
  const codes = codesOf(
    { self, secretWith: (...about) => authenticator.secretWith(...about) },
    transcript,
  );
  if (codes === null) throw new Error("there are no codes");
  return codes;
}

/** By both sides' first codes, whether what one sends is what the other expects. */
function agree(one: FrameCodes, other: FrameCodes): boolean {
  return other.isNext(Uint8Array.of(1), one.next(Uint8Array.of(1)));
}

test("protocols §21.1: both ends of a connection have the same codes, of each direction its own", () => {
  const transcript = transcriptOf(0, 1);
  const ends = () => [endOf(0, transcript), endOf(1, transcript)] as const;
  const [dialler, acceptor] = ends();
  expect(agree(dialler.sending, acceptor.receiving)).toBe(true);
  expect(agree(acceptor.sending, dialler.receiving)).toBe(true);
  const [again] = ends();
  expect(agree(again.sending, again.receiving)).toBe(false);
});

test("protocols §21.1: no code is good on another connection, of whomever", () => {
  const others: readonly (readonly [sender: number, transcript: Transcript])[] = [
    [0, transcriptOf(0, 1, 2)],
    [0, transcriptOf(1, 0)],
    [0, transcriptOf(0, 2)],
    [2, transcriptOf(2, 1)],
  ];
  for (const [sender, transcript] of others) {
    const { receiving } = endOf(1, transcriptOf(0, 1));
    expect(agree(endOf(sender, transcript).sending, receiving)).toBe(false);
  }
  const stranger = { ...generateKeys(["r0"]), public: keys.public };
  const { receiving } = endOf(1, transcriptOf(0, 1));
  expect(agree(endOf(0, transcriptOf(0, 1), stranger).sending, receiving)).toBe(false);
});

test("protocols §21.1: with a client host there are no codes, nor where nobody asks for them", () => {
  const host = clientId({ host: 0, index: 0 });
  const authenticator = new Ed25519Authenticator(1, keys);
  const secretWith = (...about: Parameters<Ed25519Authenticator["secretWith"]>) =>
    authenticator.secretWith(...about);
  expect(codesOf({ self: 1, secretWith }, transcriptOf(host, 1))).toBe(null);
  expect(codesOf({ self: 1 }, transcriptOf(0, 1))).toBe(null);
});

interface Vectors {
  readonly handshake: { readonly keys: KeyConfig };
  readonly coded: {
    readonly secret: string;
    readonly dialler: readonly string[];
    readonly acceptor: readonly string[];
  };
}

test("wire.md: codes are on the wire as in the vectors", () => {
  const file = readFileSync(new URL("frame-vectors.json", import.meta.url), "utf8");
  const { handshake, coded: vectors } = JSON.parse(file) as Vectors;
  const sideOf = (id: number, byte: number) => ({
    id,
    incarnation: 1000n * BigInt(1 + id),
    nonce: new Uint8Array(32).fill(byte),
  });
  const transcript: Transcript = {
    clusterId: "000102030405060708090a0b0c0d0e0f",
    epoch: 7,
    dialler: sideOf(0, 0xd1),
    acceptor: sideOf(1, 0xac),
  };
  const authenticator = new Ed25519Authenticator(0, handshake.keys);
  const codes = codesOf(
    {
      self: 0,
      secretWith(...about) {
        const secret = authenticator.secretWith(...about);
        expect(Buffer.from(secret).toString("hex")).toBe(vectors.secret);
        return secret;
      },
    },
    transcript,
  );
  const body = Buffer.from("hello");
  const said = [body, new Uint8Array(0)].map((each) =>
    encodeFrame({ type: FRAME.data, body: each }, codes?.sending).toString("hex"),
  );
  expect(said).toEqual(vectors.dialler);
  const { sending } = endOf(1, transcript, handshake.keys);
  const ready = encodeFrame({ type: FRAME.ready, body: new Uint8Array(0) }, sending);
  expect([ready.toString("hex")]).toEqual(vectors.acceptor);
});
