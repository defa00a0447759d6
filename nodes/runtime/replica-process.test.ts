import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { ClientHost } from "../client/client-host.ts";
import type { Completion } from "../protocols/contract/core.ts";
import type { Protocol } from "../protocols/contract/protocol.ts";
import { protocols } from "../registry.ts";
import { kv } from "../services/kv.ts";
import { type ClusterLayout, layOut, until } from "./cluster.fixture.ts";
import { echo, POISON, text } from "./echo.fixture.ts";
import { EXIT } from "./exit-codes.ts";
import {
  atEnd,
  cleanUp,
  layOutOne,
  MAIN,
  ReplicaUnderTest,
  start,
} from "./replica-process.fixture.ts";

afterEach(cleanUp);

function startClient(layout: ClusterLayout, protocol: Protocol) {
  const host = new ClientHost(layout.client, protocol);
  atEnd(() => host.close());
  return (operation: string) =>
    new Promise<Completion>((resolve) => host.invoke(1, Buffer.from(operation), resolve));
}

test("it says when it is ready, serves, and ends cleanly on SIGTERM", async () => {
  const { layout, config } = layOutOne();
  const replica = await start(config, layout.folder).ready();
  const ready: unknown = JSON.parse(replica.stdout);
  expect(ready).toEqual({ ready: true, pid: replica.child.pid, replica: 0, boot: 1 });
  expect((await startClient(layout, echo)("one")).outcome).toBe("ok");
  replica.child.kill("SIGTERM");
  expect(await replica.ended()).toBe(EXIT.clean);
  expect(replica.stderr).toBe("");
});

test("kill -9 at any moment under load loses nothing that was answered", async () => {
  const { layout, config } = layOutOne({ operationTimeoutMs: 200 });
  const ask = startClient(layout, echo);
  const answered: string[] = [];
  let goesOn = true;
  const load = (async () => {
    for (let index = 0; goesOn; index++) {
      const completion = await ask(`n${index}`);
      if (completion.outcome === "ok") answered.push(text(completion.result));
    }
  })();
  for (let round = 1; round <= 3; round++) {
    const replica = await start(config, layout.folder).ready();
    const before = answered.length;
    await until("some were answered", () => answered.length > before + 20);
    if (round === 3) goesOn = false;
    await replica.kill();
  }
  const last = await start(config, layout.folder).ready();
  await load;
  const { host, port } = config.http;
  const page = (await (await fetch(`http://${host}:${port}/status?digest=1`)).json()) as {
    stateDigest: string;
    boot: number;
  };
  const recovered = new Set(page.stateDigest.split("+"));
  expect(answered.filter((operation) => !recovered.has(operation))).toEqual([]);
  expect(page.boot).toBe(4);
  await last.kill();
});

test("a failed assertion ends it with a code of its own and the reason on stderr", async () => {
  const { layout, config } = layOutOne();
  const replica = await start(config, layout.folder).ready();
  void startClient(layout, echo)(POISON);
  expect(await replica.ended()).toBe(EXIT.bug);
  expect(replica.stderr).toContain("AssertionError: this replica was poisoned");
});

test("a full disk ends it with a code of its own and the reason on stderr", async () => {
  const { layout, config } = layOutOne();
  const replica = start({ ...config, auditFile: "/dev/full" }, layout.folder);
  expect(await replica.ended()).toBe(EXIT.disk);
  expect(replica.stderr).toContain("ENOSPC");
});

test("a corrupt log ends it with a code of its own", async () => {
  const { layout, config } = layOutOne();
  const first = await start(config, layout.folder).ready();
  await startClient(layout, echo)("one");
  await first.kill();
  const path = join(config.dataDirectory, "log-00000001.wal");
  const bytes = readFileSync(path);
  writeFileSync(path, bytes.fill(0, bytes.length - 2));
  const second = start(config, layout.folder);
  expect(await second.ended()).toBe(EXIT.corruptLog);
  expect(second.stderr).toContain("was durable up to");
});

test("a taken address ends it with a code of its own", async () => {
  const { layout, config } = layOutOne();
  const squatter = createServer();
  await new Promise<void>((resolve) =>
    squatter.listen(config.listen.port, config.listen.host, resolve),
  );
  atEnd(() => squatter.close());
  const replica = start(config, layout.folder);
  expect(await replica.ended()).toBe(EXIT.cannotListen);
  expect(replica.stderr).toContain("EADDRINUSE");
});

test("an unusable data directory ends it with the code of a broken disk", async () => {
  const { layout, config } = layOutOne();
  writeFileSync(config.dataDirectory, "a file where a directory should be");
  expect(await start(config, layout.folder).ended()).toBe(EXIT.disk);
});

test("a wrong configuration ends it with a code of its own, and the message names the key", async () => {
  const { layout, config } = layOutOne();
  mkdirSync(config.dataDirectory);
  const wrong: [what: string, config: unknown][] = [
    ["Unrecognized key", { ...config, extra: 1 }],
    ['nothing is registered as "paxos"; there is: echo', { ...config, protocol: "paxos" }],
    ["no private key of r0", { ...config, keys: { ...config.keys, private: {} } }],
  ];
  for (const [what, one] of wrong) {
    const replica = start(one, layout.folder);
    expect(await replica.ended()).toBe(EXIT.configuration);
    expect(replica.stderr).toContain(what);
  }
  const missing = new ReplicaUnderTest("/nonexistent.json");
  expect(await missing.ended()).toBe(EXIT.configuration);
});

test.each(protocols.map((protocol) => [protocol.name, protocol] as const))(
  "%s: a real cluster answers, and still knows after kill -9 of all what it answered",
  async (name, protocol) => {
    const replicas = protocol.replicasFor(1);
    const layout = layOut({ protocol: name, replicas, service: "kv" });
    atEnd(layout.remove);
    const startAll = () =>
      Promise.all(layout.replicas.map((config) => start(config, layout.folder, MAIN).ready()));
    const options = { argumentBytes: 0, resultBytes: 0 };
    const host = new ClientHost(layout.client, protocol);
    atEnd(() => host.close());
    const ask = (operation: Parameters<typeof kv.encode>[0]) =>
      new Promise<unknown>((resolve) => {
        host.invoke(1, kv.encode(operation, options), (completion) => {
          resolve(completion.outcome === "ok" ? kv.decode(operation, completion.result) : null);
        });
      });
    const first = await startAll();
    for (let index = 0; index < 20; index++) {
      const answer = await ask({ f: "write", key: `k${index}`, value: `v${index}` });
      expect(answer).toEqual({ ok: true, value: null });
    }
    await Promise.all(first.map((replica) => replica.kill()));
    await startAll();
    for (let index = 0; index < 20; index++) {
      const answer = await ask({ f: "read", key: `k${index}` });
      expect(answer).toEqual({ ok: true, value: `v${index}` });
    }
  },
);
