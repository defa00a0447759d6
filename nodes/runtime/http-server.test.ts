import { connect, type Socket } from "node:net";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { afterEach, expect, test } from "vitest";
import { freshAddress, until } from "./cluster.fixture.ts";
import { HttpServer, type StatusPage } from "./http-server.ts";
import { Page } from "./page.ts";
import { Rejections } from "./rejections.ts";

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const page = (replica: number): StatusPage => ({
  replica,
  boot: 1,
  status: { view: 0, active: true, lastExec: 0, stable: 0, rejected: {}, counters: {} },
  peers: {},
  refused: {},
  process: { rssBytes: 0, cpuSeconds: 0 },
});

async function startServer(connectionsMax = 64) {
  const rendered = { status: 0, digest: 0, metrics: 0 };
  const rejections = new Rejections();
  const address = freshAddress();
  const server = new HttpServer({
    pages: {
      status: (withDigest) => {
        rendered[withDigest ? "digest" : "status"] += 1;
        return page(rendered.status);
      },
      metrics: async () => {
        rendered.metrics += 1;
        await new Promise<void>((resolve) => setImmediate(resolve));
        return "# metrics\n";
      },
      metricsType: "text/plain",
    },
    connectionsMax,
    rejections,
  });
  await server.start(address);
  cleanUps.push(() => server.stop());
  const open = () => {
    const socket = connect(address);
    socket.on("error", () => undefined);
    cleanUps.push(() => socket.destroy());
    return socket;
  };
  return { rendered, rejections, open };
}

/** @returns the status line, or "" if the connection was closed without one */
function ask(socket: Socket, request: string): Promise<string> {
  socket.write(request);
  return new Promise((resolve) => {
    let answer = "";
    socket.on("data", (chunk: Buffer) => {
      answer += chunk.toString("latin1");
      if (answer.includes("\r\n")) resolve(answer.slice(0, answer.indexOf("\r\n")));
    });
    socket.on("close", () => resolve(answer));
  });
}

const get = (path: string) => `GET ${path} HTTP/1.1\r\nhost: r0\r\n\r\n`;

test("H2: whatever is asked is answered, and the next one gets its page", async () => {
  const { open } = await startServer();
  const requests: [request: string, answer: RegExp][] = [
    [get("//"), / 404 /],
    [get("http://["), / 404 /],
    [get("/%zz"), / 404 /],
    [get("/status?digest=2&x=%"), / 200 /],
    [get("*"), / 404 /],
    [get("/../../etc/passwd"), / 404 /],
    ["OPTIONS * HTTP/1.1\r\nhost: r0\r\n\r\n", / 405 /],
    ["POST /status HTTP/1.1\r\nhost: r0\r\ncontent-length: 999999\r\n\r\n", / 405 /],
    ["CONNECT a:1 HTTP/1.1\r\nhost: r0\r\n\r\n", /^$/],
    ["GET /status HTTP/1.1\r\nhost: r0\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n", / 200 /],
    ["\0\0\0\0", /^$/],
    [`GET /${"x".repeat(20_000)} HTTP/1.1\r\n\r\n`, /^$/],
    [`GET / HTTP/1.1\r\n${"a: b\r\n".repeat(5000)}\r\n`, /^$/],
  ];
  for (const [request, answer] of requests) expect(await ask(open(), request)).toMatch(answer);
  for (let turn = 0; turn < 50; turn++) open().end(get("/metrics").repeat(20));
  for (let turn = 0; turn < 50; turn++) {
    const socket = open();
    socket.write(get("/metrics"), () => socket.resetAndDestroy());
  }
  expect(await ask(open(), get("/status"))).toContain("200");
});

test("H2: 400 idle connections are not kept, and do not keep out who asks", async () => {
  const { open, rejections } = await startServer(16);
  const idle = Array.from({ length: 400 }, open);
  const closed = () => idle.filter((socket) => socket.closed).length;
  await until("all but a few are closed", () => closed() >= 384);
  expect(rejections.snapshot()["http-too-many"]).toBe(384);
  expect(await ask(open(), get("/status"))).toContain("200");
});

/** Writes until the other side cuts the connection. @returns how many bytes it took */
async function pour(socket: Socket, head: string): Promise<number> {
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  socket.resume();
  socket.write(head);
  const chunk = Buffer.alloc(64 * 1024, "a");
  for (let poured = 0; poured < 256 && !socket.destroyed; poured++) {
    if (socket.write(chunk)) continue;
    const drained = new Promise<void>((resolve) => socket.once("drain", () => resolve()));
    await Promise.race([drained, closed]);
  }
  return socket.bytesWritten;
}

test.each([
  [
    "POST with a length",
    "POST /status HTTP/1.1\r\nhost: r0\r\ncontent-length: 99999999999\r\n\r\n",
  ],
  ["GET with a length", "GET /status HTTP/1.1\r\nhost: r0\r\ncontent-length: 99999999999\r\n\r\n"],
  ["GET in chunks", "GET /x HTTP/1.1\r\nhost: r0\r\ntransfer-encoding: chunked\r\n\r\nFFFFFFF\r\n"],
])("a body without end is not read: %s", async (_what, head) => {
  const { open } = await startServer();
  expect(await pour(open(), head)).toBeLessThan(8 * 1024 * 1024);
  expect(await ask(open(), get("/status"))).toContain("200");
});

test("who asks for 16 000 pages without reading any costs no more than a few of them", async () => {
  const { open, rejections, rendered } = await startServer();
  const greedy = Array.from({ length: 64 }, () => open().pause());
  for (const socket of greedy) socket.write(get("/metrics").repeat(256));
  await until("they are cut", () => (rejections.snapshot()["http-pipelined"] ?? 0) >= 64);
  expect(await ask(open(), get("/status"))).toContain("200");
  expect(rendered.metrics).toBeLessThanOrEqual(64);
});

test("who asks for something else is told once, and what he sends behind it is not looked at", async () => {
  const { open, rejections } = await startServer();
  expect(await ask(open(), get("/nothing").repeat(500))).toContain("404");
  expect(await ask(open(), get("/status"))).toContain("200");
  expect(rejections.snapshot()["http-refused"]).toBe(1);
});

const WORDS = [
  ["GET ", "POST ", "HEAD ", "OPTIONS ", "CONNECT ", "TRACE ", "get ", "GE", "PRI * HTTP/2.0\r\n"],
  ["/status", "/status?digest=1", "/metrics", "/", "//", "*", "http://[", "/%zz", "?", "#"],
  [" HTTP/1.1", " HTTP/1.0", " HTTP/9.9", " HTTP/", "\r\n", "\n", "\r", "\r\n\r\n", "\r\n\r\n"],
  [
    "host: r0\r\n",
    "host:\r\n",
    ": \r\n",
    "a\0b: c\r\n",
    "content-length: 5\r\n",
    "content-length: -1\r\n",
  ],
  [
    "content-length: 1e9\r\n",
    "transfer-encoding: chunked\r\n",
    "transfer-encoding: gzip, chunked\r\n",
  ],
  ["connection: close\r\n", "connection: upgrade\r\nupgrade: x\r\n", "expect: 100-continue\r\n"],
  [
    "0\r\n\r\n",
    "5\r\nabcde\r\n",
    "FFFFFFFFFFFFFFFFF\r\n",
    "1;x=y\r\na\r\n",
    "\0",
    "\xff".repeat(9),
  ],
].flat();

test("3 000 connections of HTTP-like nonsense, cut anywhere, leave a server that answers", async () => {
  const seed = 20_261_129;
  const generator = xoroshiro128plus(seed);
  const below = (bound: number) => (generator.next() >>> 0) % bound;
  const { open, rejections } = await startServer(16);
  for (let round = 0; round < 100; round++) {
    const sockets = Array.from({ length: 30 }, open);
    for (const socket of sockets) {
      for (let piece = below(6); piece >= 0; piece--) {
        const text = Array.from({ length: below(9) }, () => WORDS[below(WORDS.length)]).join("");
        socket.write(below(4) === 0 ? get("/metrics") + text : text, "latin1");
      }
      const ending = below(3);
      if (ending === 0) socket.end();
      if (ending === 1) socket.resetAndDestroy();
    }
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  expect(await ask(open(), get("/status")), `seed ${seed}`).toContain("200");
  expect(rejections.snapshot()["http-malformed"]).toBeGreaterThan(10);
});

test("H2: pages that are asked for at the same time are rendered once for all", async () => {
  const { open, rendered } = await startServer(256);
  for (const path of ["/status", "/status?digest=1", "/metrics"]) {
    const asked = Array.from({ length: 50 }, () => ask(open(), get(path).repeat(4)));
    for (const answer of await Promise.all(asked)) expect(answer).toContain("200");
  }
  expect(rendered.status).toBeLessThanOrEqual(50);
  expect(rendered.digest).toBeLessThanOrEqual(50);
  expect(rendered.metrics).toBeLessThanOrEqual(50);
});

test("a page is never older than the question, and a costly one rests before the next", async () => {
  let rendered = 0;
  const costly = new Page(() => {
    const start = performance.now();
    while (performance.now() - start < 5);
    rendered += 1;
    return String(rendered);
  });
  const [first, second] = [costly.content(), costly.content()];
  expect([await first, await second]).toEqual(["1", "1"]);
  const start = performance.now();
  expect(await costly.content()).toBe("2");
  expect(performance.now() - start).toBeGreaterThan(4 * 5);
});

test("a page that cannot be rendered is an error of that page alone", async () => {
  let isBroken = true;
  const page = new Page(() => {
    if (isBroken) throw new Error("not now");
    return "fine";
  });
  await expect(Promise.all([page.content(), page.content()])).rejects.toThrow("not now");
  isBroken = false;
  expect(await page.content()).toBe("fine");
});
