/**
 * The processes of one run: brought up in order, verified to serve, taken down whatever happened.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Endpoint } from "../../../faults/fault.ts";
import { createLinkInjector, type LinkInjector } from "../../../faults/injectors/links.ts";
import {
  cacheFolder,
  provisionToxiproxy,
  TOXIPROXY_VERSION,
} from "../../../faults/injectors/provision.ts";
import {
  startToxiproxyServer,
  type ToxiproxyServer,
} from "../../../faults/injectors/toxiproxy-server.ts";
import type { SocketAddress } from "../../../nodes/runtime/config.ts";
import { FILES, type RunStore } from "../../observations/store.ts";
import type { Plan } from "../../plan/plan.ts";
import { DriverError } from "../driver.ts";
import { ClientHostProcess } from "../processes/client-host-process.ts";
import { ReplicaProcess } from "../processes/replica-process.ts";
import { Sightings } from "../processes/sightings.ts";
import { StatusPoller } from "../processes/status-poller.ts";
import { type Layout, nodeFiles } from "./layout.ts";
import type { Programs } from "./programs.ts";

export interface ClusterOptions {
  readonly plan: Plan;
  readonly store: RunStore;
  readonly layout: Layout;
  readonly programs: Programs;
  /** The temp folder of the run. */
  readonly folder: string;
  /** The mark by which the reaper knows the children of this run. */
  readonly environment: Readonly<Record<string, string>>;
  /** Something died that must not; told at most once by each. */
  readonly onFailure: (error: Error) => void;
  /** A replica ended by a bug of its own. */
  readonly onReplicaBug: (replica: Endpoint, why: string) => void;
}

export class Cluster {
  readonly sightings = new Sightings();
  readonly replicas: ReadonlyMap<Endpoint, ReplicaProcess>;
  readonly clientHost: ClientHostProcess;
  readonly poller: StatusPoller;
  readonly versions: Record<string, string> = {};
  readonly #options: ClusterOptions;
  #toxiproxy: ToxiproxyServer | null = null;
  #links: LinkInjector | null = null;
  #started: Promise<void> = Promise.resolve();
  #stopping = false;

  constructor(options: ClusterOptions) {
    this.#options = options;
    const { plan, store, layout, folder } = options;
    const environment = {
      ...options.environment,
      NODE_COMPILE_CACHE: join(dirname(cacheFolder(process.env)), "compile-cache"),
    };
    const log = (name: string) => store.path("logs", `${name}.stderr`);
    const fail = (error: DriverError) => this.#fail(error);
    this.replicas = new Map(
      layout.replicas.map(({ name }) => [
        name,
        new ReplicaProcess(
          {
            name,
            program: options.programs.replica(name),
            configFile: join(folder, `${name}.json`),
            dataDirectory: join(folder, "data", name),
            stderrFile: log(name),
            environment,
          },
          {
            onTrouble: fail,
            onBug: (why) => {
              if (!this.#stopping) options.onReplicaBug(name, why);
            },
          },
        ),
      ]),
    );
    const client = {
      name: "c0",
      configFile: join(folder, "c0.json"),
      stderrFile: log("c0"),
      environment,
    };
    this.clientHost = new ClientHostProcess(client, this.sightings, fail);
    this.poller = new StatusPoller({
      replicas: layout.replicas.map(({ name, http }) => ({ name, ...http })),
      everyMs: plan.cluster.parameters.timers.statusMs,
      sightings: this.sightings,
    });
  }

  /** Null with `links: direct`. */
  get links(): LinkInjector | null {
    return this.#links;
  }

  get toxiproxyPid(): number | null {
    return this.#toxiproxy?.process.pid ?? null;
  }

  /** Once, and before `stop`. */
  start(): Promise<void> {
    this.#started = this.#start();
    return this.#started;
  }

  async #start(): Promise<void> {
    const replicas = [...this.replicas.values()];
    const steps: readonly (() => unknown)[] = [
      () => this.#writeFiles(),
      () => this.#options.layout.links.length > 0 && this.#startToxiproxy(),
      () => Promise.all(replicas.map((replica) => replica.reach("running"))),
      () => this.poller.start(),
      () => this.clientHost.start(),
    ];
    for (const step of steps) {
      if (this.#stopping) throw new DriverError("STOPPED", "stopped before the cluster was up");
      await step();
    }
  }

  /** Everything is killed: what a replica had to say, it has written. */
  async stop(): Promise<void> {
    this.#stopping = true;
    // What it is just starting would outlive us.
    await this.#started.catch(() => {});
    this.clientHost.kill();
    await this.poller.stop();
    await Promise.all([...this.replicas.values()].map((replica) => replica.reach("down")));
    await this.#toxiproxy?.stop();
  }

  /**
   * Bytes that Toxiproxy cut out of live streams, in its own words; they are its doing, not the
   * replicas'.
   */
  async lostByToxiproxy(): Promise<readonly string[]> {
    return (await this.#toxiproxy?.lostBytes()) ?? [];
  }

  #writeFiles(): void {
    const { plan, store, layout, folder, programs } = this.#options;
    const files = nodeFiles(plan, {
      layout,
      folder,
      clientCode: programs.client,
      auditFile: (replica) => store.path(FILES.audit(replica)),
      historyFile: store.path(FILES.history),
    });
    for (const config of files.replicas) {
      mkdirSync(config.dataDirectory, { recursive: true });
      writeSecret(join(folder, `r${config.id}.json`), config);
    }
    writeSecret(join(folder, "c0.json"), files.client);
  }

  async #startToxiproxy(): Promise<void> {
    const { store, layout, environment } = this.#options;
    const binary = await provisionToxiproxy({ env: process.env, progress: () => {} });
    const server = await startToxiproxyServer({
      binary: binary.path,
      ...layout.api,
      logFile: store.path("logs", "toxiproxy.log"),
      env: environment,
    });
    this.#toxiproxy = server;
    this.versions["toxiproxy"] = `${TOXIPROXY_VERSION} (${binary.source})`;
    void server.died.then((why) => {
      this.#fail(new DriverError("TOXIPROXY_DIED", `toxiproxy-server died during the run: ${why}`));
    });
    this.#links = createLinkInjector(server);
    await this.#links.create(
      layout.links.map(({ name, from, to, listen, upstream }) => ({
        name,
        from,
        to,
        listen: written(listen),
        upstream: written(upstream),
      })),
    );
  }

  #fail(error: Error): void {
    if (!this.#stopping) this.#options.onFailure(error);
  }
}

function written({ host, port }: SocketAddress): string {
  return `${host}:${port}`;
}

/** Private keys are in it. */
function writeSecret(path: string, value: unknown): void {
  writeFileSync(path, JSON.stringify(value), { mode: 0o600 });
}
