import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { runMetrics } from "../../nodes/metrics/run-metrics.ts";
import type { Point } from "./point.ts";
import { receiverOf } from "./receiver.ts";
import { remoteWrite } from "./remote-write.ts";

const URL = "http://127.0.0.1:9090/api/v1/write";

function points(count: number): readonly Point[] {
  const metric = runMetrics.outage;
  const one = { metric, part: "", labels: { run: "a1" }, value: 1 } as const;
  return Array.from({ length: count }, (_, atMs) => ({ ...one, atMs: atMs + 1 }));
}

/** A receiver that gives these answers, the last one for ever; null is no answer at all. */
function world(answers: readonly (number | null)[]) {
  const asked: Headers[] = [];
  const pauses: number[] = [];
  let now = 0;
  return {
    asked,
    pauses,
    fetch: async (_: unknown, request?: RequestInit) => {
      const answer = answers[Math.min(asked.length, answers.length - 1)] ?? null;
      asked.push(new Headers(request?.headers));
      if (answer === null) throw new TypeError("fetch failed", { cause: new Error("refused") });
      return new Response(answer === 204 ? null : "out of order", { status: answer });
    },
    nowMs: () => now,
    pause: async (ms: number) => {
      pauses.push(ms);
      now += ms;
    },
  };
}

test("an address of a server stands for its receiver, what is none is refused", () => {
  expect(receiverOf("http://127.0.0.1:9090")).toBe(URL);
  expect(receiverOf("http://127.0.0.1:9090/push?tenant=1")).toMatch(/\/push\?tenant=1$/);
  expect(receiverOf("127.0.0.1:9090")).toBeNull();
  expect(receiverOf("file:///tmp/x")).toBeNull();
  expect(receiverOf("http://me:secret@127.0.0.1:9090")).toBeNull();
});

test("samples go in batches, with the headers of the protocol", async () => {
  const here = world([204]);
  expect(await remoteWrite(URL, points(12_000), here)).toMatchObject({ sent: 12_000, left: [] });
  expect(here.asked).toHaveLength(3);
  expect(here.asked[0]?.get("x-prometheus-remote-write-version")).toBe("0.1.0");
  expect(here.asked[0]?.get("content-encoding")).toBe("snappy");
});

test("who is away or busy is asked again, later each time", async () => {
  const here = world([null, 503, 429, 204]);
  expect(await remoteWrite(URL, points(1), here)).toMatchObject({ sent: 1, refused: 0, left: [] });
  expect(here.pauses).toEqual([200, 400, 800]);
});

test("who stays away gets nothing that overtakes, and is given up after a bounded time", async () => {
  const here = world([null]);
  const all = points(12_000);
  const { sent, left, why } = await remoteWrite(URL, all, here);
  expect([sent, left]).toEqual([0, all]);
  expect(why).toContain("refused");
  expect(here.asked).toHaveLength(6);
});

test("what is refused is not asked again, and what follows is sent all the same", async () => {
  const here = world([400, 204]);
  const delivery = await remoteWrite(URL, points(6_000), here);
  expect(delivery).toMatchObject({ sent: 1_000, refused: 5_000, left: [] });
  expect(delivery.why).toContain("it answers 400");
  expect(here.pauses).toEqual([]);
});

test("who takes each batch, but slowly, is given up after a bounded time too", async () => {
  const here = world([204]);
  const slow = {
    ...here,
    fetch: async (to: unknown, request?: RequestInit) => {
      await here.pause(8_000);
      return here.fetch(to, request);
    },
  };
  const { sent, left, why } = await remoteWrite(URL, points(50_000), slow);
  expect([sent, left.length]).toEqual([20_000, 30_000]);
  expect(why).toContain("30 s");
});

/** What a receiver that is really asked answers, with a real `fetch`. */
async function answered(by: RequestListener) {
  const server = createServer(by).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  try {
    return await remoteWrite(`http://127.0.0.1:${port}/api/v1/write`, points(1), {
      ...world([]),
      fetch,
    });
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test("who points elsewhere has taken nothing: the samples would not follow", async () => {
  const delivery = await answered((request, response) => {
    const isWrite = request.method === "POST";
    response.writeHead(isWrite ? 302 : 200, { location: "/login" }).end("who are you?");
  });
  expect(delivery).toMatchObject({ sent: 0, refused: 1 });
  expect(delivery.why).toContain("it answers 302");
});

test("of an answer without end only the beginning is heard", async () => {
  const delivery = await answered((_, response) => {
    response.writeHead(400);
    const more = () => {
      while (response.write("no ".repeat(10_000)));
      response.once("drain", more);
    };
    more();
  });
  expect(delivery).toMatchObject({ sent: 0, refused: 1 });
  expect(delivery.why?.length).toBeLessThan(300);
});
