import { connect, createServer, type Socket } from "node:net";
import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { clientId, type NodeId } from "../protocols/contract/core.ts";
import { freshAddress, layOut, Relay, until } from "./cluster.fixture.ts";
import type { SocketAddress } from "./config.ts";
import { dialAs as dial } from "./dial-as.fixture.ts";
import { LINK_TIMES, type LinkTimes } from "./dialler.ts";
import { encodeFrame, FRAME, type FrameType } from "./frame.ts";
import { AcceptorHandshake, type Identity } from "./handshake.ts";
import { Ed25519Authenticator, generateKeys } from "./keys.ts";
import type { QueueBounds } from "./outbound-queue.ts";
import { hostClockNs } from "./timers.ts";
import { ReplicaTransport } from "./transport.ts";

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const keys = generateKeys(["r0", "r1", "c0"]);
const clusterId = "0123456789abcdef0123456789abcdef";
const client = clientId({ host: 0, index: 0 });

function identityOf(self: NodeId, overrides: Partial<Identity> = {}): Identity {
  const authenticator = new Ed25519Authenticator(self, keys);
  return { self, clusterId, epoch: 1, incarnation: hostClockNs(), authenticator, ...overrides };
}

interface NodeOptions {
  readonly self: 0 | 1;
  readonly listen: SocketAddress;
  readonly peer: SocketAddress;
  readonly beatMs?: number;
  readonly times?: LinkTimes;
  readonly queueBounds?: QueueBounds;
}

/** One of two replicas, with what it received. */
async function startNode({ self, listen, peer, beatMs = 10, ...rest }: NodeOptions) {
  const received: string[] = [];
  const transport = new ReplicaTransport({
    identity: identityOf(self),
    replicas: 2,
    clientHosts: [client],
    listen,
    dial: { [self === 0 ? "r1" : "r0"]: peer },
    beatMs,
    onFrame(from, bytes) {
      received.push(`${from}:${Buffer.from(bytes).toString()}`);
      // A Buffer's slice would be a view: whoever keeps one keeps the whole chunk.
      if (bytes.slice().buffer === bytes.buffer) received.push("not a plain array");
    },
    ...rest,
  });
  await transport.start();
  cleanUps.push(() => transport.stop());
  const other = self === 0 ? 1 : 0;
  return {
    transport,
    received,
    say(...messages: string[]) {
      for (const message of messages) transport.send(other, Buffer.from(message));
      transport.flush();
    },
    get link() {
      const counters = transport.peers[other === 0 ? "r0" : "r1"];
      if (counters === undefined) throw new Error("no such peer");
      return counters;
    },
  };
}

/** Two replicas; r0 reaches r1 through a relay. */
async function startPair(options: Partial<NodeOptions> = {}) {
  const [listen0, listen1] = [freshAddress(), freshAddress()];
  const relay = new Relay(listen1);
  await relay.open();
  cleanUps.push(() => relay.refuse());
  const r0 = await startNode({ self: 0, listen: listen0, peer: relay.address, ...options });
  const r1 = await startNode({ self: 1, listen: listen1, peer: listen0, ...options });
  await until("both are connected", () => r0.link.connected && r1.link.connected);
  return { r0, r1, relay, listen1 };
}

test("frames arrive in order, from the node that proved to have sent them", async () => {
  const { r0, r1 } = await startPair();
  r0.say("a", "b", "");
  r0.say("c");
  r1.say("d");
  await until("all have arrived", () => r1.received.length === 4 && r0.received.length === 1);
  expect(r1.received).toEqual(["0:a", "0:b", "0:", "0:c"]);
  expect(r0.received).toEqual(["1:d"]);
});

test("a frame of several megabytes arrives whole", async () => {
  const { r0, r1 } = await startPair();
  const large = "0123456789".repeat(500_000);
  r0.say(large, "behind it");
  await until("it has arrived", () => r1.received.length === 2);
  expect(r1.received[0] === `0:${large}`).toBe(true);
});

test("what is sent while a link is refused arrives once it is open again", async () => {
  const { r0, r1, relay } = await startPair();
  await relay.refuse();
  await until("r0 has noticed", () => !r0.link.connected);
  r0.say("meanwhile");
  await relay.open();
  await until("it has arrived", () => r1.received.length === 1);
  expect(r0.link.connects).toBe(2);
  expect(r1.link.connects).toBe(1);
});

test("a cut of one direction shows in the counters and leaves the other alone", async () => {
  const { r0, r1, relay } = await startPair();
  await until("beats flow", () => r1.link.beatsReceived > 2 && r0.link.beatsReceived > 2);
  relay.dropsUpstream = true;
  await until("what was under way has arrived", () => r0.link.beatSent > r1.link.beatReceived + 2);
  const before = {
    sent: r0.link.beatSent,
    received: r1.link.beatReceived,
    back: r0.link.beatReceived,
  };
  await until("r0 has sent more", () => r0.link.beatSent > before.sent + 3);
  await until("r1 gets through", () => r0.link.beatReceived > before.back + 3);
  expect(r1.link.beatReceived).toBe(before.received);
});

test("beats that were held back are delivered, and none is missing", async () => {
  const { r0, r1, relay } = await startPair();
  await until("beats flow", () => r1.link.beatReceived > 2);
  expect(r1.link.oneWayMs).toBeLessThan(1000);
  const gap = r1.link.beatReceived - r1.link.beatsReceived;
  relay.hold();
  const from = r0.link.beatSent;
  await until("more were sent", () => r0.link.beatSent > from + 5);
  relay.release();
  await until("they have arrived", () => r1.link.beatReceived > from + 5);
  expect(r1.link.beatReceived - r1.link.beatsReceived).toBe(gap);
});

test("beats that were lost, on the way or for want of a connection, stay missing", async () => {
  const { r0, r1, relay } = await startPair();
  await until("beats flow", () => r1.link.beatReceived > 2);
  await relay.refuse();
  const from = r0.link.beatSent;
  await until("more were due", () => r0.link.beatSent > from + 5);
  await relay.open();
  await until("beats flow again", () => r1.link.beatReceived > from + 5);
  expect(r1.link.beatReceived - r1.link.beatsReceived).toBeGreaterThanOrEqual(4);
});

test("a peer that starts again counts its beats from 1, and so do we", async () => {
  const { r0, r1, listen1 } = await startPair();
  await until("beats flow", () => r0.link.beatReceived > 20);
  await r1.transport.stop();
  const again = await startNode({ self: 1, listen: listen1, peer: freshAddress() });
  await until("r0 reaches the new one", () => r0.link.connects === 2);
  await until("the new one beats", () => again.link.beatSent > 3);
  expect(r0.link.beatReceived).toBe(0);
});

test("a peer that never reads costs a bounded queue: the oldest frames go, counted", async () => {
  const [listen0, deaf] = [freshAddress(), freshAddress()];
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    const handshake = new AcceptorHandshake(identityOf(1), () => true);
    socket.once("data", (hello) => {
      const body = handshake.challenge(hello.subarray(5));
      if (typeof body === "string") throw new Error(body);
      socket.write(encodeFrame({ type: FRAME.challenge, body }));
      socket.once("data", () => {
        socket.write(encodeFrame({ type: FRAME.ready, body: new Uint8Array(0) }));
        socket.pause();
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(deaf.port, deaf.host, resolve));
  cleanUps.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const bounds = { framesMax: 100, bytesMax: 1024 * 1024 };
  const r0 = await startNode({ self: 0, listen: listen0, peer: deaf, queueBounds: bounds });
  await until("it is connected", () => r0.link.connected);
  const frame = "x".repeat(64 * 1024);
  for (let index = 0; index < 2000; index++) {
    r0.say(frame);
    if (index % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  // Of 128 MB only what the kernel took, one write and the queue are not dropped.
  const { sent, dropped, beatSent } = r0.link;
  expect(sent * frame.length).toBeLessThan(32 * 1024 * 1024);
  expect(2000 + beatSent - sent - dropped).toBeLessThanOrEqual(bounds.framesMax);
  expect(r0.link.connected).toBe(true);
});

test("back-off grows on a proxy that accepts for a dead replica, and a handshake resets it", async () => {
  const [listen0, listen1] = [freshAddress(), freshAddress()];
  const relay = new Relay(listen1);
  await relay.open();
  cleanUps.push(() => relay.refuse());
  const r0 = await startNode({ self: 0, listen: listen0, peer: relay.address });
  const start = performance.now();
  await until("it was dialled six times", () => relay.accepted >= 6);
  // 10 + 20 + 40 + 80 + 160 ms; without the back-off it would take a few.
  expect(performance.now() - start).toBeGreaterThan(250);
  expect(r0.link.connected).toBe(false);
  await startNode({ self: 1, listen: listen1, peer: listen0 });
  await until("it is connected", () => r0.link.connected, LINK_TIMES.backOffCapMs + 3000);
});

test("older connections of one peer are read to their end beside the newest", async () => {
  const { r1, listen1 } = await startPair();
  const older = await dialAs(identityOf(0), listen1);
  const newer = await dialAs(identityOf(0), listen1);
  newer.write(encodeFrame({ type: FRAME.data, body: Buffer.from("new") }));
  older.write(encodeFrame({ type: FRAME.data, body: Buffer.from("old") }));
  await until("both have arrived", () => r1.received.length === 2);
  expect(r1.received.toSorted()).toEqual(["0:new", "0:old"]);
});

function dialAs(identity: Identity, address: SocketAddress, target: NodeId = 1): Promise<Socket> {
  const { socket, proven } = dial({ identity, address, target });
  cleanUps.push(() => socket.destroy());
  return proven;
}

test("who cannot prove the identity he claims is turned away, and it is counted why", async () => {
  const { r1, listen1 } = await startPair();
  const stranger = generateKeys(["r0", "r1", "c0", "r7"]);
  const attempts: [fault: string, identity: Identity, target?: NodeId][] = [
    [
      "bad-signature",
      identityOf(0, {
        authenticator: new Ed25519Authenticator(0, { ...keys, private: stranger.private }),
      }),
    ],
    ["wrong-cluster", identityOf(0, { clusterId: "f".repeat(32) })],
    ["wrong-cluster", identityOf(0, { epoch: 2 })],
    ["wrong-target", identityOf(0), 0],
    ["unknown-peer", identityOf(1)],
    ["unknown-peer", identityOf(0, { self: 7 })],
  ];
  for (const [fault, identity, target] of attempts) {
    const before = r1.transport.rejections.snapshot()[fault] ?? 0;
    await expect(dialAs(identity, listen1, target)).rejects.toThrow("closed");
    expect(r1.transport.rejections.snapshot()[fault]).toBe(before + 1);
  }
  expect(r1.received).toEqual([]);
});

test("a recorded handshake is worth nothing on another connection", async () => {
  const { r1, listen1 } = await startPair();
  const recorded: Buffer[] = [];
  const relay = createServer((socket) => {
    const upstream = connect(listen1);
    cleanUps.push(() => upstream.destroy());
    upstream.on("data", (chunk) => socket.write(chunk));
    socket.on("data", (chunk) => {
      recorded.push(Buffer.from(chunk));
      upstream.write(chunk);
    });
  });
  const address = freshAddress();
  await new Promise<void>((resolve) => relay.listen(address.port, address.host, resolve));
  cleanUps.push(() => relay.close());
  await dialAs(identityOf(0), address);
  expect(recorded).toHaveLength(2);

  const before = r1.transport.rejections.snapshot()["bad-signature"] ?? 0;
  const replay = connect(listen1);
  cleanUps.push(() => replay.destroy());
  replay.on("error", () => undefined);
  replay.write(recorded[0] ?? "");
  replay.once("data", () => replay.write(recorded[1] ?? ""));
  await new Promise((resolve) => replay.once("close", resolve));
  expect(r1.transport.rejections.snapshot()["bad-signature"]).toBe(before + 1);
});

test("an impostor at a replica's address is not believed, and nothing is sent to him", async () => {
  const [listen0, stolen] = [freshAddress(), freshAddress()];
  const other = generateKeys(["r0", "r1"]);
  const heard: number[] = [];
  const impostor = createServer((socket) => {
    const lie = { ...keys, private: other.private };
    const handshake = new AcceptorHandshake(
      identityOf(1, { authenticator: new Ed25519Authenticator(1, lie) }),
      () => true,
    );
    socket.on("error", () => undefined);
    socket.on("data", (frame) => {
      heard.push(frame[4] ?? -1);
      const body = handshake.challenge(frame.subarray(5));
      if (typeof body !== "string") socket.write(encodeFrame({ type: FRAME.challenge, body }));
    });
  });
  await new Promise<void>((resolve) => impostor.listen(stolen.port, stolen.host, resolve));
  cleanUps.push(() => impostor.close());
  const r0 = await startNode({ self: 0, listen: listen0, peer: stolen });
  r0.say("secret");
  await until(
    "it was refused twice",
    () => (r0.transport.rejections.snapshot()["bad-signature"] ?? 0) >= 2,
  );
  expect(new Set(heard)).toEqual(new Set([FRAME.hello]));
  expect(r0.link.connected).toBe(false);
});

test("who says nothing is closed after the handshake time, not earlier and not later", async () => {
  const times = { ...LINK_TIMES, handshakeMs: 400 };
  const { r1, listen1 } = await startPair({ times });
  const silent = connect(listen1);
  cleanUps.push(() => silent.destroy());
  const start = performance.now();
  await new Promise((resolve) => silent.once("close", resolve));
  expect(performance.now() - start).toBeGreaterThan(390);
  expect(r1.transport.rejections.snapshot()["handshake-timeout"]).toBe(1);
});

test("half a thousand unfinished handshakes do not keep a peer out", async () => {
  const { r1, listen1 } = await startPair();
  for (let index = 0; index < 500; index++) {
    const idle = connect(listen1);
    idle.on("error", () => undefined);
    cleanUps.push(() => idle.destroy());
  }
  await until(
    "the oldest were closed",
    () => (r1.transport.rejections.snapshot()["too-many-handshakes"] ?? 0) > 300,
  );
  const peer = await dialAs(identityOf(0), listen1);
  expect(peer.destroyed).toBe(false);
});

test("an oversized, an empty or an unexpected frame closes the connection, counted", async () => {
  const { r1, listen1 } = await startPair();
  const frames: [fault: string, bytes: Buffer][] = [
    ["oversized-frame", Buffer.from([0x7f, 0, 0, 0, FRAME.data])],
    ["empty-frame", Buffer.from([0, 0, 0, 0])],
    ["unexpected-frame", encodeFrame({ type: FRAME.hello, body: new Uint8Array(3) })],
    ["unexpected-frame", encodeFrame({ type: FRAME.reply, body: new Uint8Array(3) })],
    ["malformed-beat", encodeFrame({ type: FRAME.beat, body: new Uint8Array(15) })],
  ];
  for (const [fault, bytes] of frames) {
    const before = r1.transport.rejections.snapshot()[fault] ?? 0;
    const socket = await dialAs(identityOf(0), listen1);
    const closed = new Promise((resolve) => socket.once("close", resolve));
    socket.write(
      Buffer.concat([bytes, encodeFrame({ type: FRAME.data, body: Buffer.from("never") })]),
    );
    await closed;
    expect(r1.transport.rejections.snapshot()[fault]).toBe(before + 1);
  }
  expect(r1.received).toEqual([]);
});

test("whatever a proven peer sends, the replica goes on and others get through", async () => {
  const { r0, r1, listen1 } = await startPair();
  const frames = fc.record({ type: fc.constantFrom(16, 17, 18, 1, 3, 99), body: fc.uint8Array() });
  const streams = fc.sample(
    fc.tuple(fc.array(frames, { maxLength: 60 }), fc.uint8Array({ maxLength: 20 })),
    { numRuns: 200, seed: 20_261_121 },
  );
  for (const [valid, rest] of streams) {
    const socket = await dialAs(identityOf(0), listen1);
    for (const { type, body } of valid) {
      socket.write(encodeFrame({ type: type as FrameType, body }));
    }
    const closed = new Promise((resolve) => socket.once("close", resolve));
    socket.end(rest);
    await closed;
  }
  const before = r1.received.length;
  r0.say("still there?");
  await until("it has arrived", () => r1.received.length > before);
  expect(r1.received.at(-1)).toBe("0:still there?");
});

test("before the handshake is finished nobody may send more than a handshake", async () => {
  const { r1, listen1 } = await startPair();
  const socket = connect(listen1);
  cleanUps.push(() => socket.destroy());
  socket.on("error", () => undefined);
  socket.write(Buffer.from([0, 0, 4, 0, FRAME.hello]));
  await new Promise((resolve) => socket.once("close", resolve));
  expect(r1.transport.rejections.snapshot()["oversized-frame"]).toBe(1);
});

test("a reply goes down the newest connection of its client host, with the client's number", async () => {
  const { r1, listen1 } = await startPair();
  /** r1 has it, too: a dialler is done with the handshake before the other side is. */
  const connection = async () => {
    const socket = await dialAs(identityOf(client), listen1);
    const heard = r1.received.length + 1;
    socket.write(encodeFrame({ type: FRAME.data, body: Buffer.from("here") }));
    await until("r1 hears it", () => r1.received.length === heard);
    return socket;
  };
  const older = await connection();
  const newer = await connection();
  const seen: string[] = [];
  const listenTo = (name: string) => (chunk: Buffer) => {
    if (chunk[4] === FRAME.reply)
      seen.push(`${name}:${chunk.readUInt32BE(5)}:${chunk.toString("utf8", 9)}`);
  };
  older.on("data", listenTo("older"));
  newer.on("data", listenTo("newer"));
  const logical = clientId({ host: 0, index: 3 });
  r1.transport.send(logical, Buffer.from("result"));
  r1.transport.flush();
  await until("it has arrived", () => seen.length === 1);
  expect(seen).toEqual([`newer:${logical}:result`]);
  newer.destroy();
  await until(
    "r1 has noticed",
    () => r1.transport.peers["c0"]?.connected === true && r1.received.length === 2,
  );
});

test("a send to a node that nobody knows is counted and harms nobody", async () => {
  const { r1 } = await startPair();
  r1.transport.send(clientId({ host: 9, index: 1 }), Buffer.from("x"));
  r1.transport.send(44, Buffer.from("x"));
  expect(r1.transport.rejections.snapshot()["no-route"]).toBe(2);
});

test("an address that is taken is reported when the transport starts", async () => {
  const { listen1 } = await startPair();
  await expect(startNode({ self: 0, listen: listen1, peer: freshAddress() })).rejects.toThrow(
    "EADDRINUSE",
  );
  cleanUps.pop();
});

test("a layout gives every process its own keys only", () => {
  const layout = layOut({ protocol: "echo", replicas: 2 });
  cleanUps.push(layout.remove);
  expect(Object.keys(layout.replicas[1]?.keys.private ?? {})).toEqual(["r1"]);
  expect(Object.keys(layout.client.keys.private)).toEqual(["c0", "c0.1"]);
});
