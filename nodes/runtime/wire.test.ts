import { readFileSync } from "node:fs";
import { connect } from "node:net";
import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { freshAddress, until } from "./cluster.fixture.ts";
import { BODY_BYTES_MAX, encodeFrame, FRAME, FrameDecoder, type OutboundFrame } from "./frame.ts";
import { AcceptorHandshake, DiallerHandshake, signedBytes } from "./handshake.ts";
import { Ed25519Authenticator, generateKeys } from "./keys.ts";
import { OutboundQueue } from "./outbound-queue.ts";
import { hostClockNs } from "./timers.ts";
import { ReplicaTransport } from "./transport.ts";

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

interface Vectors {
  readonly handshake: {
    readonly keys: { private: Record<string, string>; public: Record<string, string> };
    readonly clusterId: string;
    readonly epoch: number;
    readonly dialler: { id: number; incarnation: string; nonce: string };
    readonly acceptor: { id: number; incarnation: string; nonce: string };
    readonly signedByAcceptor: string;
    readonly signedByDialler: string;
    readonly frames: Record<"hello" | "challenge" | "proof" | "ready", string>;
  };
  readonly frames: readonly {
    readonly name: string;
    readonly type: OutboundFrame["type"];
    readonly client?: number;
    readonly body: string;
    readonly wire: string;
  }[];
}

const vectors = JSON.parse(
  readFileSync(new URL("frame-vectors.json", import.meta.url), "utf8"),
) as Vectors;
const hex = (text: string) => Buffer.from(text, "hex");

/**
 * @returns every frame the decoder made of these chunks, as type and hex, and the fault at the end
 */
function decode(chunks: readonly Buffer[], bodyBytesMax = BODY_BYTES_MAX) {
  const frames: string[] = [];
  const decoder = new FrameDecoder();
  decoder.bodyBytesMax = bodyBytesMax;
  for (const chunk of chunks) {
    decoder.feed(chunk);
    for (let found = decoder.next(); found !== null; found = decoder.next()) {
      if (typeof found === "string") return { frames, fault: found };
      frames.push(`${found.type}:${found.body.toString("hex")}`);
    }
    expect(decoder.waitingBytes).toBe(0);
  }
  return { frames, fault: null };
}

test.each(vectors.frames)(
  "wire.md: the frame '$name' is on the wire as in the vectors",
  (vector) => {
    const { type, client, body, wire } = vector;
    const frame = { type, body: hex(body), ...(client === undefined ? {} : { client }) };
    expect(encodeFrame(frame).toString("hex")).toBe(wire);
    const prefix = client === undefined ? "" : client.toString(16).padStart(8, "0");
    expect(decode([hex(wire)]).frames).toEqual([`${type}:${prefix}${body}`]);
  },
);

test("wire.md: the handshake is on the wire as in the vectors, and both sides believe it", () => {
  const { handshake } = vectors;
  const { keys, clusterId, epoch, frames } = handshake;
  const sideOf = ({ id, incarnation }: Vectors["handshake"]["dialler"]) => ({
    self: id,
    clusterId,
    epoch,
    incarnation: BigInt(incarnation),
    authenticator: new Ed25519Authenticator(id, keys),
  });
  const dialler = new DiallerHandshake(sideOf(handshake.dialler), 1, hex(handshake.dialler.nonce));
  const acceptor = new AcceptorHandshake(
    sideOf(handshake.acceptor),
    (peer) => peer === 0,
    hex(handshake.acceptor.nonce),
  );
  const transcript = {
    clusterId,
    epoch,
    dialler: { id: 0, incarnation: 1000n, nonce: hex(handshake.dialler.nonce) },
    acceptor: { id: 1, incarnation: 2000n, nonce: hex(handshake.acceptor.nonce) },
  };
  expect(signedBytes("acceptor", transcript).toString("hex")).toBe(handshake.signedByAcceptor);
  expect(signedBytes("dialler", transcript).toString("hex")).toBe(handshake.signedByDialler);
  expect(encodeFrame({ type: FRAME.hello, body: dialler.hello() })).toEqual(hex(frames.hello));
  const challenge = acceptor.challenge(hex(frames.hello).subarray(5));
  expect(challenge).toEqual(hex(frames.challenge).subarray(5));
  const answer = dialler.prove(hex(frames.challenge).subarray(5));
  expect(answer).toEqual({
    proof: new Uint8Array(hex(frames.proof).subarray(5)),
    incarnation: 2000n,
    codes: null,
  });
  const proven = acceptor.accept(hex(frames.proof).subarray(5));
  expect(proven).toEqual({ id: 0, incarnation: 1000n, codes: null });
});

test("an acceptor takes one HELLO and no PROOF before it", () => {
  const { keys, clusterId, epoch, frames } = vectors.handshake;
  const authenticator = new Ed25519Authenticator(1, keys);
  const identity = { self: 1, clusterId, epoch, incarnation: 2000n, authenticator };
  const acceptor = new AcceptorHandshake(identity, () => true);
  expect(acceptor.accept(hex(frames.proof).subarray(5))).toBe("malformed-handshake");
  expect(acceptor.challenge(hex(frames.hello).subarray(5))).toBeInstanceOf(Buffer);
  expect(acceptor.challenge(hex(frames.hello).subarray(5))).toBe("malformed-handshake");
  expect(acceptor.accept(hex(frames.proof).subarray(5))).toBe("bad-signature");
});

const anyFrames = fc.array(
  fc.record({ type: fc.constantFrom(16, 18, 99), body: fc.uint8Array({ maxLength: 300 }) }),
  { maxLength: 8 },
);

function encodeAll(frames: readonly { type: number; body: Uint8Array }[]): Buffer {
  return Buffer.concat(
    frames.map(({ type, body }) => {
      const head = Buffer.alloc(5);
      head.writeUInt32BE(1 + body.length);
      head[4] = type;
      return Buffer.concat([head, body]);
    }),
  );
}

function cutInto(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b);
  return [0, ...places].map((start, index) => bytes.subarray(start, places[index] ?? bytes.length));
}

test("however a stream is cut into chunks, the same frames come out", () => {
  fc.assert(
    fc.property(anyFrames, fc.array(fc.nat(), { maxLength: 30 }), (frames, cuts) => {
      const bytes = encodeAll(frames);
      const expected = frames.map(
        ({ type, body }) => `${type}:${Buffer.from(body).toString("hex")}`,
      );
      expect(decode(cutInto(bytes, cuts))).toEqual({ frames: expected, fault: null });
      expect(decode([...bytes].map((byte) => Buffer.of(byte))).frames).toEqual(expected);
    }),
    { numRuns: 500 },
  );
});

test("30 000 mutated streams: the decoder never throws, and never holds more than it was sent", () => {
  const outcomes = new Map<string, number>();
  fc.assert(
    fc.property(
      anyFrames,
      fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), {
        minLength: 1,
        maxLength: 6,
      }),
      fc.array(fc.nat(), { maxLength: 5 }),
      (frames, mutations, cuts) => {
        const bytes = encodeAll([...frames, { type: 16, body: Uint8Array.of(1, 2, 3) }]);
        for (const [place, value] of mutations) bytes[place % bytes.length] = value;
        const { frames: decoded, fault } = decode(cutInto(bytes, cuts), 1024);
        const size = decoded.reduce((sum, frame) => sum + frame.length / 2, 0);
        expect(size).toBeLessThanOrEqual(bytes.length);
        outcomes.set(fault ?? "whole", (outcomes.get(fault ?? "whole") ?? 0) + 1);
      },
    ),
    { numRuns: 30_000 },
  );
  expect([...outcomes.keys()].toSorted()).toEqual(["empty-frame", "oversized-frame", "whole"]);
});

test("a claimed length costs nothing until the bytes are really there", () => {
  const decoders = Array.from({ length: 200 }, () => new FrameDecoder());
  const claim = Buffer.from([0x00, 0xff, 0xff, 0xff, FRAME.data, 1, 2, 3]);
  const before = process.memoryUsage().arrayBuffers;
  for (const decoder of decoders) {
    decoder.bodyBytesMax = BODY_BYTES_MAX;
    decoder.feed(claim);
    expect(decoder.next()).toBeNull();
  }
  // 200 claims of 16 MB each.
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 * 1024 * 1024);
});

test("a queue keeps the newest frames within its bounds and counts the others", () => {
  const bounds = { framesMax: 5, bytesMax: 100 };
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.constant("take"), fc.integer({ min: 0, max: 120 })), { maxLength: 200 }),
      (steps) => {
        let lost = 0;
        const queue = new OutboundQueue(bounds, () => {
          lost += 1;
        });
        let model: number[] = [];
        let dropped = 0;
        for (const step of steps) {
          if (step === "take") {
            const taken = queue.take(40);
            expect(taken?.frames ?? 0).toBe(takenFrom(model, 40));
            model = model.slice(taken?.frames ?? 0);
          } else {
            queue.push({ type: FRAME.data, body: new Uint8Array(step) });
            model.push(5 + step);
            while (model.length > 5 || sum(model.slice(1)) > 100) {
              model.shift();
              dropped += 1;
            }
          }
          expect(queue.frames).toBe(model.length);
        }
        expect(lost).toBe(dropped);
      },
    ),
    { numRuns: 500 },
  );
});

test("a frame of full size outlives what is sent behind it, up to the bound of the queue", () => {
  const lost: string[] = [];
  const bounds = { framesMax: 100, bytesMax: 1000 };
  const queue = new OutboundQueue(bounds, (reason) => lost.push(reason));
  queue.push({ type: FRAME.data, body: new Uint8Array(5000) });
  for (let beat = 0; beat < 40; beat++) queue.push({ type: FRAME.beat, body: new Uint8Array(16) });
  expect(lost).toEqual([]);
  expect(queue.take(1)?.bytes.length).toBe(5005);
});

test("large replies to some clients of a host push out each other, not the short ones", () => {
  const lost: string[] = [];
  const bounds = { framesMax: 100, bytesMax: 8000 };
  const queue = new OutboundQueue(bounds, (reason) => lost.push(reason));
  const reply = (client: number, bytes: number) => {
    queue.push({ type: FRAME.reply, client, body: new Uint8Array(bytes) });
  };
  const clients = (): number[] => {
    const taken: number[] = [];
    for (let next = queue.take(1); next !== null; next = queue.take(1)) {
      taken.push(next.bytes.readUInt32BE(5));
    }
    return taken;
  };
  reply(1, 10);
  for (let client = 2; client <= 20; client++) reply(client, 2000);
  reply(21, 20);
  expect(lost.length).toBe(16);
  expect(queue.frames).toBe(5);
  expect(clients()).toEqual([1, 18, 19, 20, 21]);
  expect([queue.frames, queue.bytes]).toEqual([0, 0]);
  // Of one length: the oldest goes, as anywhere.
  for (let client = 1; client <= 6; client++) reply(client, 2000);
  expect(clients()).toEqual([3, 4, 5, 6]);
});

test("a short reply that is never read keeps no place for each large one dropped behind it", () => {
  const queue = new OutboundQueue({ framesMax: 100, bytesMax: 8000 }, () => undefined);
  const reply = (client: number, bytes: number) => {
    queue.push({ type: FRAME.reply, client, body: new Uint8Array(bytes) });
  };
  reply(1, 10);
  for (let turn = 0; turn < 1000; turn++) reply(2 + (turn % 50), 2000);
  expect(queue.frames).toBe(4);
  expect(queue.places).toBeLessThan(10);
  // Who waits is still known by the client.
  reply(2 + (999 % 50), 20);
  expect([queue.frames, queue.take(10_000)?.frames]).toEqual([4, 4]);
});

test("a request that is sent again takes the place of the first: slow links hold it once", () => {
  const lost: string[] = [];
  const bounds = { framesMax: 100, bytesMax: 8000 };
  const queue = new OutboundQueue(bounds, (reason) => lost.push(reason));
  const request = (client: number, bytes: number) => {
    queue.push({ type: FRAME.data, client, body: new Uint8Array(bytes) });
  };
  request(1, 10);
  for (let repeat = 0; repeat < 8; repeat++) request(2, 3000);
  request(3, 10);
  expect([queue.frames, lost.length]).toEqual([3, 7]);
  // Who it is of is inside, not in front.
  expect(queue.bytes).toBe(15 + 3005 + 15);
  expect(queue.take(10_000)?.bytes.length).toBe(queue.bytes + 15 + 3005 + 15);
});

test("a queue of replies holds what it should, whatever is pushed, dropped and taken", () => {
  const bounds = { framesMax: 6, bytesMax: 300 };
  const step = fc.oneof(
    fc.constant("take" as const),
    fc.record({ client: fc.integer({ min: 1, max: 9 }), bytes: fc.integer({ min: 0, max: 200 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      let dropped = 0;
      let [pushed, taken] = [0, 0];
      const queue = new OutboundQueue(bounds, () => {
        dropped += 1;
      });
      for (const next of steps) {
        if (next === "take") taken += queue.take(100)?.frames ?? 0;
        else {
          pushed += 1;
          const { client, bytes } = next;
          queue.push({ type: FRAME.reply, client, body: new Uint8Array(bytes) });
        }
        expect(queue.frames).toBe(pushed - taken - dropped);
        expect(queue.frames).toBeLessThanOrEqual(bounds.framesMax);
        expect(queue.bytes).toBeLessThanOrEqual(bounds.bytesMax + 209);
      }
    }),
    { numRuns: 500 },
  );
});

test("of the replies to one client only the newest waits; it keeps the place of the first", () => {
  const lost: string[] = [];
  const bounds = { framesMax: 4, bytesMax: 1_000_000 };
  const queue = new OutboundQueue(bounds, (reason) => lost.push(reason));
  const reply = (client: number, bytes: number) => {
    queue.push({ type: FRAME.reply, client, body: new Uint8Array(bytes) });
  };
  reply(65_537, 1);
  reply(65_538, 2);
  for (let repeat = 0; repeat < 10_000; repeat++) reply(65_537, 1000);
  queue.push({ type: FRAME.beat, body: new Uint8Array(16) });
  expect(queue.frames).toBe(3);
  expect(queue.bytes).toBe(1009 + 11 + 21);
  expect([lost.length, new Set(lost)]).toEqual([10_000, new Set(["superseded"])]);
  expect(queue.take(1)?.bytes.readUInt32BE(5)).toBe(65_537);
  reply(65_537, 7);
  expect(queue.frames).toBe(3);
  expect(queue.take(1_000_000)?.bytes.length).toBe(11 + 21 + 16);
});

const sum = (sizes: readonly number[]) => sizes.reduce((total, size) => total + size, 0);

function takenFrom(sizes: readonly number[], bytesMax: number): number {
  let count = 0;
  while (count < sizes.length && (count === 0 || sum(sizes.slice(0, count + 1)) <= bytesMax))
    count += 1;
  return count;
}

test("hostile bytes on live connections never stop a replica, and every connection is closed for a reason", async () => {
  const keys = generateKeys(["r0"]);
  const address = freshAddress();
  const transport = new ReplicaTransport({
    identity: {
      self: 0,
      clusterId: vectors.handshake.clusterId,
      epoch: 7,
      incarnation: hostClockNs(),
      authenticator: new Ed25519Authenticator(0, keys),
    },
    replicas: 1,
    clientHosts: [],
    listen: address,
    dial: {},
    beatMs: 1000,
    onFrame: () => {
      throw new Error("nobody proved anything");
    },
  });
  await transport.start();
  cleanUps.push(() => transport.stop());
  const streams = fc.sample(
    fc.oneof(
      fc.uint8Array({ minLength: 5, maxLength: 200 }),
      // Near misses: frames of the handshake with a few bytes changed, in any order.
      fc
        .tuple(
          fc.subarray(Object.values(vectors.handshake.frames), { minLength: 1 }),
          fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
        )
        .map(([frames, mutations]) => {
          const bytes = hex(frames.join(""));
          for (const [place, value] of mutations) bytes[place % bytes.length] = value;
          return Uint8Array.from(bytes);
        }),
    ),
    { numRuns: 1500, seed: 20_261_121 },
  );
  let closed = 0;
  for (const stream of streams) {
    const socket = connect(address);
    socket.on("error", () => undefined);
    socket.on("data", () => undefined);
    socket.on("close", () => {
      closed += 1;
    });
    socket.end(stream);
    if (closed % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await until("all are closed", () => closed === streams.length, 30_000);
  const reasons = transport.rejections.snapshot();
  expect(Object.keys(reasons)).toEqual(
    expect.arrayContaining([
      "oversized-frame",
      "unexpected-frame",
      "malformed-handshake",
      "wrong-cluster",
    ]),
  );
});
