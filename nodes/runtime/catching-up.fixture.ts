/** A real replica that was away while a large state was written: how long until it has it. */
import { ClientHost } from "../client/client-host.ts";
import type { Completion } from "../protocols/contract/core.ts";
import { protocols } from "../registry.ts";
import { kv } from "../services/kv.ts";
import { type ClusterLayout, layOut } from "./cluster.fixture.ts";
import type { ReplicaConfig } from "./config.ts";
import type { StatusPage } from "./http-server.ts";
import { atEnd, MAIN, type ReplicaUnderTest, start } from "./replica-process.fixture.ts";
import { after } from "./timers.ts";

const CLIENTS = 64;
const AWAY = 1;

export interface CatchingUp {
  readonly keys: number;
  readonly valueBytes: number;
  /** Clients go on writing while the replica fetches. */
  readonly underLoad: boolean;
  readonly deadlineMs: number;
}

export interface CaughtUp {
  /** From the start of its process to a status page with the number that the others had then. */
  readonly afterMs: number;
  readonly nodesFetched: number;
  readonly bytesFetched: number;
}

/** The caller runs `cleanUp` of `replica-process.fixture.ts` afterwards. */
export async function catchUp(asked: CatchingUp): Promise<CaughtUp> {
  const layout = layOut({
    protocol: "pbft-sig",
    replicas: 4,
    clients: CLIENTS,
    service: "kv",
    parameters: {
      timers: { requestMs: 2000, statusMs: 150, clientMs: 400, clientCapMs: 2000 },
      // What came after the last checkpoint is learnt from COMMITs and not fetched as state.
      checkpointInterval: 32,
      window: 64,
    },
  });
  atEnd(layout.remove);
  const launch = (config: ReplicaConfig) => start(config, layout.folder, MAIN).ready();
  const [first, away] = layout.replicas;
  if (first === undefined || away?.id !== AWAY) throw new Error("r0 and r1");
  const children = await Promise.all(layout.replicas.map(launch));
  const host = connectedHost(layout);
  await write(host, asked, CLIENTS);
  await (children[AWAY] as ReplicaUnderTest).kill();
  await write(host, asked, asked.keys);
  const target = (await pageOf(first)).status.lastExec;
  let goesOn = asked.underLoad;
  const load = (async () => {
    while (goesOn) await write(host, asked, CLIENTS);
  })();
  const startedMs = performance.now();
  await launch(away);
  const caughtUp = await untilAt(away, target, startedMs + asked.deadlineMs);
  const afterMs = performance.now() - startedMs;
  goesOn = false;
  await load;
  const { statePagesFetched = 0, stateBytesFetched = 0 } = caughtUp.status.counters;
  return { afterMs, nodesFetched: statePagesFetched, bytesFetched: stateBytesFetched };
}

function connectedHost(layout: ClusterLayout): ClientHost {
  const protocol = protocols.find(({ name }) => name === "pbft-sig");
  if (protocol === undefined) throw new Error("pbft-sig is registered");
  const host = new ClientHost(layout.client, protocol);
  atEnd(() => host.close());
  return host;
}

/** The first `count` keys, each once, from all clients at once. */
async function write(host: ClientHost, { valueBytes }: CatchingUp, count: number): Promise<void> {
  let next = 0;
  const value = "v".repeat(valueBytes);
  const client = async (index: number) => {
    for (let key = next++; key < count; key = next++) {
      const operation = { f: "write", key: `key-${key}`, value } as const;
      const bytes = kv.encode(operation, { argumentBytes: 0, resultBytes: 0 });
      await new Promise<Completion>((resolve) => host.invoke(index, bytes, resolve));
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, (_, index) => client(index + 1)));
}

/** Over a connection of its own: an idle one may be closed while it is asked again. */
async function pageOf({ http }: ReplicaConfig): Promise<StatusPage> {
  const options = { headers: { connection: "close" } };
  return (await (
    await fetch(`http://${http.host}:${http.port}/status`, options)
  ).json()) as StatusPage;
}

async function untilAt(
  replica: ReplicaConfig,
  target: number,
  deadlineMs: number,
): Promise<StatusPage> {
  for (;;) {
    const page = await pageOf(replica);
    if (page.status.lastExec >= target) return page;
    if (performance.now() > deadlineMs)
      throw new Error(`r${replica.id} is at ${page.status.lastExec} of ${target}`);
    await new Promise<void>((resolve) => after(20, resolve));
  }
}
