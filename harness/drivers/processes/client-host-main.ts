/**
 * The client host process: `node client-host-main.ts <file>`. Hosts the logical clients, plays the
 * workload and writes the history itself, so that the harness's own work never delays an operation.
 * It is spoken to in lines of JSON, and answers in such.
 */
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import type { ClientHost } from "../../../nodes/client/client-host.ts";
import type { protocols, services } from "../../../nodes/registry.ts";
import type { ClientHostConfig, ServiceConfig } from "../../../nodes/runtime/config.ts";
import type { PlannedWorkload } from "../../plan/plan.ts";
import { ClientLoad } from "../client-load.ts";
import { monotonicMs, sleep } from "../clock.ts";
import {
  type ClientCode,
  type ClientWork,
  type FromClientHost,
  toClientHost,
} from "./client-messages.ts";
import { HistoryFile } from "./history-file.ts";
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
}

if (import.meta.main) await main(process.argv[2]);

async function main(path: string | undefined): Promise<void> {
  if (!path) throw new Error("client-host-main is started by the harness");
  const file = JSON.parse(readFileSync(path, "utf8")) as ClientHostFile;
  const history = new HistoryFile(file.work.historyFile);
  const nodes = await loadNodes(file.work.code);
  const protocol = named(nodes.protocols, file.client.protocol);
  const service = named(nodes.services, file.service.name);
  const host = new nodes.ClientHost(file.client, protocol);
  const timer = new LoadTimer();
  const load = new ClientLoad({
    host: file.client.host,
    workload: file.workload,
    service,
    serviceOptions: file.service,
    emit: (event) => history.add(event),
    now: monotonicMs,
    invoke: (client, operation, onCompletion) => host.invoke(client + 1, operation, onCompletion),
    wakeAt: (ms) => timer.wakeAt(ms),
  });
  const over = new AbortController();
  const leave = () => {
    over.abort();
    timer.stop();
    load.end();
    history.close();
    host.close();
  };
  obey({ load, history, leave });
  const tell = () => say({ kind: "figures", figures: load.figures(), peers: host.peers() });
  say({ kind: "ready" });
  const writing = every(file.work.figuresEveryMs, over.signal, () => {
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

function obey({
  load,
  history,
  leave,
}: {
  readonly load: ClientLoad;
  readonly history: HistoryFile;
  readonly leave: () => void;
}): void {
  const lines = createInterface({ input: process.stdin });
  // The harness died: the reaper is on its way, and nobody reads what would be written now.
  process.stdin.on("end", () => process.exit(0));
  process.stdout.on("error", () => process.exit(0));
  lines.on("line", (line) => {
    const message = toClientHost.parse(JSON.parse(line));
    switch (message.kind) {
      case "probe":
        load.probe((answered) => say({ kind: "probed", answered }));
        return;
      case "zero":
        history.begin(BigInt(message.zeroNs));
        return;
      case "load":
        load.switch(message.on);
        return;
      case "verify":
        load.verify(monotonicMs() + message.forMs, (complete) =>
          say({ kind: "verified", complete }),
        );
        return;
      case "end":
        guarded(leave);
        say({ kind: "ended", figures: load.figures() });
        process.stdin.destroy();
        return;
      default:
        message satisfies never;
    }
  });
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
