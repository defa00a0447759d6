/** What one proven peer can make a replica keep, write and do (protocols §12). */
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { clientId, type NodeId } from "../protocols/contract/core.ts";
import { freshAddress, until } from "./cluster.fixture.ts";
import { Connection } from "./connection.ts";
import { dialAs } from "./dial-as.fixture.ts";
import { BODY_BYTES_MAX, encodeFrame, FRAME } from "./frame.ts";
import { DiallerHandshake, type Identity } from "./handshake.ts";
import { Ed25519Authenticator, generateKeys } from "./keys.ts";
import { hostClockNs } from "./timers.ts";
import { ReplicaTransport, type TransportOptions } from "./transport.ts";

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const MIB = 1024 * 1024;
const keys = generateKeys(["r0", "r1", "r2", "c0"]);
const host = clientId({ host: 0, index: 0 });

function identityOf(self: NodeId, incarnation = hostClockNs()): Identity {
  const authenticator = new Ed25519Authenticator(self, keys);
  return { self, clusterId: "0123456789abcdef".repeat(2), epoch: 1, incarnation, authenticator };
}

/** r1 of three, alone. */
async function startAlone(overrides: Partial<TransportOptions> = {}) {
  const address = freshAddress();
  const received: string[] = [];
  const transport = new ReplicaTransport({
    identity: identityOf(1),
    replicas: 3,
    clientHosts: [host],
    listen: address,
    dial: { r0: freshAddress(), r2: freshAddress() },
    beatMs: 1000,
    onFrame: (from, bytes) => received.push(`${from}:${Buffer.from(bytes).toString()}`),
    ...overrides,
  });
  await transport.start();
  cleanUps.push(() => transport.stop());
  const join = (identity: Identity): Promise<Socket> => {
    const { socket, proven } = dialAs({ identity, address, target: 1 });
    socket.on("error", () => undefined);
    cleanUps.push(() => socket.destroy());
    return proven;
  };
  const refused = (reason: string) => transport.rejections.snapshot()[reason] ?? 0;
  return { transport, received, join, refused, address };
}

const said = (text: string) => encodeFrame({ type: FRAME.data, body: Buffer.from(text) });

/** The head of a frame and so many bytes of it, but not its end. */
function halfFrame(bytes: number): Buffer {
  const half = Buffer.alloc(5 + bytes);
  half.writeUInt32BE(1 + BODY_BYTES_MAX);
  half[4] = FRAME.data;
  return half;
}

test("D3: a frame of ours that no receiver takes is counted and told once; the next one goes", async () => {
  const told: string[] = [];
  const { transport, join, refused } = await startAlone({ tell: (line) => told.push(line) });
  const socket = await join(identityOf(host));
  const heard: Buffer[] = [];
  socket.on("data", (chunk) => heard.push(chunk));
  const client = clientId({ host: 0, index: 1 });
  for (let turn = 0; turn < 3; turn++) transport.send(client, new Uint8Array(BODY_BYTES_MAX - 3));
  transport.send(0, new Uint8Array(BODY_BYTES_MAX + 1));
  transport.send(client, Buffer.from("still there"));
  transport.flush();
  await until("the next one is there", () => Buffer.concat(heard).includes("still there"));
  expect(refused("frame-too-large")).toBe(4);
  expect(told).toHaveLength(1);
  expect(told[0]).toContain("for c0");
  expect(transport.peers["c0"]?.dropped).toBe(3);
});

test("D10: of one peer four connections live, the newest; an older process pushes out nobody", async () => {
  const { received, join, refused } = await startAlone();
  const sockets: Socket[] = [];
  for (let count = 0; count < 60; count++) sockets.push(await join(identityOf(0, 1000n)));
  await until("the others are closed", () => refused("too-many-connections") === 56);
  await join(identityOf(0, 999n)).catch(() => undefined);
  await until("the late one is closed", () => refused("too-many-connections") === 57);
  for (const [index, socket] of sockets.entries())
    if (!socket.destroyed) socket.write(said(`${index}`));
  await until("they are read", () => received.length === 4);
  expect(received.toSorted()).toEqual(["0:56", "0:57", "0:58", "0:59"]);
  // Others have their own.
  await join(identityOf(2));
});

test("D10: what one peer has half sent takes the memory of one frame", async () => {
  const { received, join, refused } = await startAlone();
  const half = halfFrame(12 * MIB);
  for (let count = 0; count < 12; count++) {
    const socket = await join(identityOf(0, 1000n));
    socket.write(half);
    if (count > 0) {
      const closed = () => refused("too-much-half-received") === count;
      await until(`the older one of ${count} is closed`, closed);
    }
  }
  expect(refused("too-many-connections")).toBe(0);
  (await join(identityOf(0, 1000n))).write(said("still believed"));
  await until("it is read", () => received.length === 1);
});

test("H3, H5: what cannot be looked at stays with the peer, and comes when it can be", async () => {
  const address = freshAddress();
  let server: Socket | null = null;
  let connection: Connection | null = null;
  const listener = createServer((socket) => {
    server = socket;
    const quiet = { onReadable: () => undefined, onDrain: () => undefined };
    connection = new Connection(socket, { ...quiet, onClosed: () => undefined });
    connection.acceptFullFrames();
  });
  await new Promise<void>((resolve) => listener.listen(address.port, address.host, resolve));
  cleanUps.push(() => listener.close());
  const peer = connect(address);
  cleanUps.push(() => peer.destroy());
  const frames = Buffer.concat(Array.from({ length: 1000 }, () => said("x")));
  const count = 800_000;
  for (let sent = 0; sent < count; sent += 1000) peer.write(frames);
  await until("no more is read", () => server?.isPaused() === true);
  expect(server).toHaveProperty(
    "bytesRead",
    expect.toSatisfy((read) => read < 512 * 1024),
  );
  let looked = 0;
  await until("all is there", () => {
    while (connection !== null && connection.read() !== null) looked += 1;
    return looked === count;
  });
});

test("H3, H5: a burst of tiny frames of one peer does not keep back another", async () => {
  const counts = { 0: 0, 2: 0 };
  let isCongested = false;
  const { transport, join } = await startAlone({
    isCongested: () => isCongested,
    onFrame: (from) => {
      counts[from as 0 | 2] += 1;
    },
  });
  const [liar, honest] = [await join(identityOf(0)), await join(identityOf(2))];
  isCongested = true;
  const frames = Buffer.concat(Array.from({ length: 50_000 }, () => said("")));
  liar.write(frames);
  await new Promise<void>((resolve) => honest.write(said("x"), () => resolve()));
  isCongested = false;
  transport.resume();
  await until("the honest one is read", () => counts[2] === 1);
  expect(counts[0]).toBeLessThan(2000);
  expect(transport.peers["r0"]?.received).toBe(counts[0]);
});

test("what a connection brought before its end is read all the same", async () => {
  let isCongested = false;
  const { transport, received, join } = await startAlone({ isCongested: () => isCongested });
  const socket = await join(identityOf(0));
  isCongested = true;
  const closed = once(socket, "close");
  socket.end(said("last words"));
  await closed;
  expect(received).toEqual([]);
  isCongested = false;
  transport.resume();
  await until("they are read", () => received.length === 1);
});

test("H8: 400 sockets of HELLOs without a key keep nobody out", async () => {
  const { address, join, refused } = await startAlone();
  const hello = new DiallerHandshake(identityOf(0), 1).hello();
  let challenged = 0;
  let isOver = false;
  const knock = () => {
    if (isOver) return;
    const socket = connect(address);
    socket.write(encodeFrame({ type: FRAME.hello, body: hello }));
    socket.once("data", () => {
      challenged += 1;
    });
    socket.on("error", () => undefined);
    socket.on("close", knock);
    cleanUps.push(() => socket.destroy());
  };
  cleanUps.push(() => {
    isOver = true;
  });
  for (let count = 0; count < 400; count++) knock();
  await until("they are at it", () => challenged >= 300);
  for (const self of [0, 2, host, 0, 2, host, 0, 2, host, 0]) {
    let attempts = 0;
    for (let isIn = false; !isIn; attempts++) {
      expect(attempts).toBeLessThan(5);
      isIn = await join(identityOf(self)).then(
        () => true,
        () => false,
      );
    }
  }
  expect(refused("too-many-connections")).toBe(0);
});
