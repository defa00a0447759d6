/** What a client that does not read, and a slow disk, can make a replica keep. */
import type { Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { Signatures } from "../protocols/authentication/signatures.ts";
import { clientId } from "../protocols/contract/core.ts";
import { unreplicated } from "../protocols/unreplicated/unreplicated.ts";
import { encodeRequest } from "../protocols/wire/request.ts";
import { nullService } from "../services/null.ts";
import { AuditWriter } from "./audit-writer.ts";
import { type ClusterLayout, layOut, until } from "./cluster.fixture.ts";
import { dialAs } from "./dial-as.fixture.ts";
import { EchoReplica, uncounted } from "./echo.fixture.ts";
import { encodeFrame, FRAME } from "./frame.ts";
import type { StatusPage } from "./http-server.ts";
import { Ed25519Authenticator } from "./keys.ts";
import type { LogBatch } from "./log.ts";
import { Replica } from "./replica.ts";
import { startReplica } from "./start-replica.ts";
import { hostClockNs } from "./timers.ts";
import { WorkMeter } from "./work-meter.ts";

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const client = clientId({ host: 0, index: 1 });

/** One replica, and a client host at it that is driven by hand. */
async function startOne(layout: ClusterLayout) {
  cleanUps.push(layout.remove);
  const [config] = layout.replicas;
  if (config === undefined) throw new Error("one replica");
  const fatal: string[] = [];
  const running = await startReplica(config, {
    protocol: unreplicated,
    service: nullService,
    onFatal: (_exit, why) => fatal.push(why),
    onTrouble: () => undefined,
    onAudit: () => undefined,
  });
  cleanUps.push(() => running.stop());
  const host = clientId({ host: 0, index: 0 });
  const { cluster, keys } = layout.client;
  const authenticator = new Ed25519Authenticator(host, keys);
  const identity = { ...cluster, self: host, incarnation: hostClockNs(), authenticator };
  const { socket, proven } = dialAs({ identity, address: config.listen, target: 0 });
  cleanUps.push(() => socket.destroy());
  const status = async () => {
    const response = await fetch(`http://${config.http.host}:${config.http.port}/status`);
    return (await response.json()) as StatusPage;
  };
  return { socket: await proven, status, fatal };
}

async function sendAll(socket: Socket, frames: readonly Uint8Array[]): Promise<void> {
  for (const frame of frames) {
    const isTaken = socket.write(encodeFrame({ type: FRAME.data, body: frame }));
    if (!isTaken) await new Promise((resolve) => socket.once("drain", resolve));
  }
}

test("H4: of the replies to one client only the newest waits, however many it asks for", async () => {
  const service = { name: "null", argumentBytes: 0, resultBytes: 256 * 1024 };
  const layout = layOut({ protocol: "unreplicated", replicas: 1, overrides: { service } });
  const { socket, status, fatal } = await startOne(layout);
  socket.pause();
  const own = new Ed25519Authenticator(client, layout.client.keys);
  const envelopes = new Signatures(layout.parameters, own);
  const operation = nullService.encode({ f: "null" }, service);
  const requests = Array.from({ length: 100 }, (_, turn) =>
    encodeRequest(envelopes, { timestamp: turn + 1, operation }),
  );
  await sendAll(socket, requests);
  let page = await status();
  while ((page.peers["c0"]?.received ?? 0) < 100) page = await status();
  // The kernel took some, one waits; all of them, 25 MiB, otherwise.
  expect(page.refused["superseded"]).toBeGreaterThan(60);
  expect(page.refused["queue-full"]).toBeUndefined();
  expect(fatal).toEqual([]);
});

test("H3: while more waits for the disk than may be held no frame should be brought", async () => {
  const written: LogBatch[] = [];
  let resumed = 0;
  const replica = new Replica({
    core: new EchoReplica({ id: 0 }),
    links: {
      send: () => undefined,
      broadcast: () => undefined,
      flush: () => undefined,
      resume: () => {
        resumed += 1;
      },
    },
    audit: new AuditWriter({ file: "", level: "off", replica: 0, boot: 1 }),
    log: { submit: (batch) => written.push(batch) },
    meter: new WorkMeter(),
    counts: uncounted,
    onFatal: (_exit, why) => expect.fail(why),
  });
  const from = clientId({ host: 0, index: 0 });
  const bytes = new Uint8Array(256 * 1024).fill(1);
  // Each is kept three times: as record, as broadcast, and as reply.
  for (let taken = 0; taken < 22; taken++) {
    expect(replica.isCongested).toBe(false);
    replica.input({ kind: "frame", from, bytes });
  }
  expect(replica.isCongested).toBe(true);
  await until("it was handed to the disk", () => written.length === 22);
  replica.durable(22);
  expect([replica.isCongested, resumed]).toEqual([false, 2]);
});
