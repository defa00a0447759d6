/**
 * The client host process: `node client-host-main.ts <file>`. Hosts the logical clients, plays the
 * workload and writes the history itself, so that the harness's own work never delays an operation.
 * It is spoken to in lines of JSON, and answers in such.
 */
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { BadClient } from "../../../faults/byzantine/clients/bad-client.ts";
import { withBadClient } from "../../../faults/byzantine/clients/with-bad-client.ts";
import type { BehaviourState } from "../../../faults/link-state.ts";
import type { ClientHost } from "../../../nodes/client/client-host.ts";
import type { protocols, services } from "../../../nodes/registry.ts";
import type { ClientHostConfig, ServiceConfig } from "../../../nodes/runtime/config.ts";
import { badClientId, badClientIndex } from "../../plan/hosted-clients.ts";
import type { PlannedWorkload } from "../../plan/plan.ts";
import { ClientLoad, type ClientLoadParts, harmless } from "../client-load.ts";
import { monotonicMs, sleep } from "../clock.ts";
import { ServiceWatch } from "../service-watch.ts";
import {
  type ClientCode,
  type ClientWork,
  type Figures,
  type FromClientHost,
  type ToClientHost,
  toClientHost,
} from "./client-messages.ts";
import { HistoryFile } from "./history-file.ts";
import { JoinedHistory } from "./joined-history.ts";
import { K6Load } from "./k6-load.ts";
import type { K6Work } from "./k6-work.ts";
import { LoadTimer } from "./load-timer.ts";

interface NodesModules {
  readonly ClientHost: typeof ClientHost;
  readonly protocols: typeof protocols;
  readonly services: typeof services;
}

/** What the harness writes into the file. */
export interface ClientHostFile {
  readonly client: ClientHostConfig;
  readonly service: ServiceConfig;
  readonly workload: PlannedWorkload;
  readonly work: ClientWork;
  /** Who makes the load instead, or null. */
  readonly k6: K6Work | null;
}

if (import.meta.main) await main(process.argv[2]);

async function main(path: string | undefined): Promise<void> {
  if (!path) throw new Error("client-host-main is started by the harness");
  const file = JSON.parse(readFileSync(path, "utf8")) as ClientHostFile;
  const history = new HistoryFile(file.work.historyFile);
  const nodes = await loadNodes(file.work.code);
  const protocol = named(nodes.protocols, file.client.protocol);
  const service = named(nodes.services, file.service.name);
  const { workload, service: serviceOptions } = file;
  const badClient = withBadClient(protocol, {
    id: badClientId(workload, file.client.host),
    operation: service.encode(harmless(service), serviceOptions),
  });
  const host = new nodes.ClientHost(file.client, badClient.protocol);
  // A host counts its clients from 1.
  const invoke: ClientLoadParts["invoke"] = (client, operation, onCompletion) =>
    host.invoke(client + 1, operation, onCompletion);
  const timer = new LoadTimer();
  const served = new ServiceWatch(file.client.cluster.timers.requestMs);
  const joined = new JoinedHistory((event) => {
    history.add(event);
    const silentMs = served.see(event);
    if (silentMs !== null) say({ kind: "recovered", silentMs, time: event.time });
  });
  const k6 = file.k6 === null ? null : k6LoadOf(file.k6, joined);
  const load = new ClientLoad({
    host: file.client.host,
    workload,
    service,
    serviceOptions,
    emit: (event) => joined.add("client host", event),
    now: monotonicMs,
    invoke,
    wakeAt: (ms) => timer.wakeAt(ms),
  });
  const over = new AbortController();
  const leave = async () => {
    await k6?.end();
    over.abort();
    timer.stop();
    load.end();
    history.close();
    host.close();
  };
  const figures = () => withK6(load.figures(), k6);
  const behave = (states: readonly BehaviourState[]) => {
    invoke(badClientIndex(workload), BadClient.command(states), () => {});
  };
  obey({ load, k6, history, figures, leave, behave });
  const tell = () => {
    const acts = badClient.acts();
    const silentMs = served.silentMs(monotonicMs() * 1e6);
    say({ kind: "figures", figures: figures(), peers: host.peers(), acts, silentMs });
  };
  say({ kind: "ready" });
  const writing = every(file.work.figuresEveryMs, over.signal, () => {
    k6?.poll();
    history.flush();
    tell();
  });
  await Promise.all([timer.run(load), writing]);
}

/** A planted bug may sit in the client, so its code comes from where the replicas' comes from. */
async function loadNodes(code: ClientCode): Promise<NodesModules> {
  const load = (path: string): Promise<object> =>
    import(pathToFileURL(path).href) as Promise<object>;
  const [host, registry] = await Promise.all([load(code.clientHost), load(code.registry)]);
  return { ...host, ...registry } as NodesModules;
}

function k6LoadOf(work: K6Work, joined: JoinedHistory): K6Load {
  return new K6Load({
    work,
    emit: (event) => joined.add("k6", event),
    fail: (why) => say({ kind: "failed", why }),
    note: (detail) => say({ kind: "note", what: "k6", detail }),
  });
}

/** The client host's own operations are few beside a load of k6's: it is k6 that is watched. */
function withK6(own: Figures, k6: K6Load | null): Figures {
  if (k6 === null) return own;
  const its = k6.figures();
  return {
    ...its,
    issued: own.issued + its.issued,
    ok: own.ok + its.ok,
    unknown: own.unknown + its.unknown,
    idle: own.idle && its.idle,
  };
}

interface Obeying {
  readonly load: ClientLoad;
  readonly k6: K6Load | null;
  readonly history: HistoryFile;
  readonly figures: () => Figures;
  readonly leave: () => Promise<void>;
  readonly behave: (states: readonly BehaviourState[]) => void;
}

function obey(obeying: Obeying): void {
  const lines = createInterface({ input: process.stdin });
  // The harness died: the reaper is on its way, and nobody reads what would be written now.
  process.stdin.on("end", () => process.exit(0));
  process.stdout.on("error", () => process.exit(0));
  lines.on("line", (line) => {
    take(toClientHost.parse(JSON.parse(line)), obeying).catch(failed);
  });
}

async function take(message: ToClientHost, obeying: Obeying): Promise<void> {
  const { load, k6, history, figures, leave, behave } = obeying;
  switch (message.kind) {
    case "probe": {
      const serves = await new Promise<boolean>((done) => load.probe(done));
      const answered = serves && (k6 === null || (await k6.start()));
      say({ kind: "probed", answered });
      return;
    }
    case "zero":
      history.begin(BigInt(message.zeroNs));
      return;
    case "load":
      load.switch(message.on);
      if (!message.on) k6?.stop();
      return;
    case "behave":
      behave(message.behaviours);
      return;
    case "verify": {
      // A checker goes by the order of lines: nobody writes beside the final reads.
      await k6?.end();
      const deadlineMs = monotonicMs() + message.forMs;
      load.verify({ deadlineMs, keys: k6?.keys }, (complete) => {
        say({ kind: "verified", complete });
      });
      return;
    }
    case "end":
      await leave().catch(failed);
      say({ kind: "ended", figures: figures() });
      process.stdin.destroy();
      return;
    default:
      message satisfies never;
  }
}

async function every(ms: number, signal: AbortSignal, work: () => void): Promise<void> {
  while (!signal.aborted) {
    await sleep(ms, signal);
    if (!signal.aborted) guarded(work);
  }
}

/** A history that cannot be written is the end of the run, and the harness must hear why. */
function guarded(work: () => void): void {
  try {
    work();
  } catch (error) {
    failed(error);
  }
}

function failed(error: unknown): void {
  const why = error instanceof Error ? error.message : String(error);
  say({ kind: "failed", why: `the client host cannot go on: ${why}` });
}

function say(message: FromClientHost): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

function named<Entry extends { readonly name: string }>(
  entries: readonly Entry[],
  name: string,
): Entry {
  const entry = entries.find((candidate) => candidate.name === name);
  if (!entry) throw new Error(`nothing is registered as ${name}`);
  return entry;
}
