import { connect, type Socket } from "node:net";
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
  const [first, second] = [costly.text(), costly.text()];
  expect([await first, await second]).toEqual(["1", "1"]);
  const start = performance.now();
  expect(await costly.text()).toBe("2");
  expect(performance.now() - start).toBeGreaterThan(4 * 5);
});

test("a page that cannot be rendered is an error of that page alone", async () => {
  let isBroken = true;
  const page = new Page(() => {
    if (isBroken) throw new Error("not now");
    return "fine";
  });
  await expect(Promise.all([page.text(), page.text()])).rejects.toThrow("not now");
  isBroken = false;
  expect(await page.text()).toBe("fine");
});
