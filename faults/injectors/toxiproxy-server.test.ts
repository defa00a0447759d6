import { once } from "node:events";
import { appendFile, writeFile } from "node:fs/promises";
import { createServer as createHttpServer } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { provisionToxiproxy } from "./provision.ts";
import type { RealToxiproxy } from "./real-toxiproxy.ts";
import { ownAddress, PROVISIONING_MS, realToxiproxy } from "./real-toxiproxy.ts";
import { identify, kill } from "./signals.ts";
import { ToxiproxyClient } from "./toxiproxy.ts";
import { startToxiproxyServer } from "./toxiproxy-server.ts";

const host = ownAddress();
let bed: RealToxiproxy;
let binary: string;

beforeAll(async () => {
  bed = await realToxiproxy(host);
  ({ path: binary } = await provisionToxiproxy({ env: process.env, progress: () => {} }));
}, PROVISIONING_MS);

afterAll(() => bed?.end());

const options = (port: number) => ({
  binary,
  host,
  port,
  logFile: join(bed.folder, `${port}.log`),
});

test("a port that somebody else has is an error, whoever answers there", async () => {
  const impostor = createHttpServer((_, response) => response.end('{"version": "2.12.0"}'));
  impostor.listen(20_010, host);
  await once(impostor, "listening");
  await expect(startToxiproxyServer(options(20_010))).rejects.toThrow(/20010 .* is not free/);
  impostor.close();
});

test("a program that ends at once is an error with what it said", async () => {
  const liar = { ...options(20_011), binary: "/bin/false" };
  await expect(startToxiproxyServer(liar)).rejects.toThrow(/did not start/);
  const missing = { ...options(20_011), binary: join(bed.folder, "nowhere") };
  await expect(startToxiproxyServer(missing)).rejects.toThrow(/did not start/);
});

test("its death is noticed; a restart and a stop are not deaths", async () => {
  const server = await startToxiproxyServer(options(20_012));
  const first = server.process;
  await server.restart();
  expect(server.process).not.toEqual(first);
  expect(await identify(first.pid)).not.toEqual(first);
  expect(await new ToxiproxyClient(server.url).version()).toContain("version");
  await kill(server.process);
  expect(await server.died).toBe("it was ended by SIGKILL");
});

test("a call that is not answered ends with a time-out, one that is refused with the server's words", async () => {
  const silent = createHttpServer(() => {});
  silent.listen(20_013, host);
  await once(silent, "listening");
  const waiting = new ToxiproxyClient(`http://${host}:20013`, 50).version();
  await expect(waiting).rejects.toMatchObject({ code: "toxiproxy-timeout" });
  silent.closeAllConnections();
  silent.close();

  const client = new ToxiproxyClient(bed.server.url);
  await expect(client.read("nobody")).rejects.toMatchObject({
    code: "toxiproxy-refused",
    message: "GET /proxies/nobody: 404 proxy not found",
  });
  await expect(client.setEnabled("a/b", true)).rejects.toMatchObject({ status: 404 });
  await client.delete("nobody");
});

test("nobody there at all is told apart from no answer", async () => {
  const client = new ToxiproxyClient(`http://${host}:20014`);
  await expect(client.version()).rejects.toMatchObject({ code: "toxiproxy-unreachable" });
});

test("bytes that a removed toxic cut out of a stream are found in the log", async () => {
  const server = await startToxiproxyServer(options(20_015));
  expect(await server.lostBytes()).toEqual([]);
  const line =
    '{"level":"error","message":"Could not write last packets after interrupt to Output"}';
  await appendFile(join(bed.folder, "20015.log"), `${line}\n`);
  expect(await server.lostBytes()).toEqual([line]);
  await server.stop();
  await writeFile(join(bed.folder, "20015.log"), "");
});
