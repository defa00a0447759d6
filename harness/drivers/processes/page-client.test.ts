import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { PageClient } from "./page-client.ts";

async function asked(by: RequestListener, deadlineMs: number): Promise<string | null> {
  const server = createServer(by).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const pages = new PageClient();
  try {
    return await pages.ask({ name: "r0", host: "127.0.0.1", port }, { path: "/", deadlineMs });
  } finally {
    pages.close();
    server.closeAllConnections();
    server.close();
  }
}

test("a page is what the replica says", async () => {
  expect(await asked((_, response) => response.end("all is well"), 20_000)).toBe("all is well");
});

test("who goes on with a byte now and then is silent at the deadline, as who says nothing", async () => {
  let drips: NodeJS.Timeout | undefined;
  const page = await asked((_, response) => {
    drips = setInterval(() => response.write("."), 10);
  }, 300);
  clearInterval(drips);
  expect(page).toBeNull();
  expect(await asked(() => undefined, 300)).toBeNull();
});
