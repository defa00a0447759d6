/** Processes of this machine, and one real toxiproxy-server between them. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Endpoint } from "../../../faults/fault.ts";
import { cacheFolder } from "../../../faults/injectors/binary-cache.ts";
import { createLinkInjector, type LinkInjector } from "../../../faults/injectors/links.ts";
import { provisionToxiproxy, TOXIPROXY_VERSION } from "../../../faults/injectors/provision.ts";
import {
  startToxiproxyServer,
  type ToxiproxyServer,
} from "../../../faults/injectors/toxiproxy-server.ts";
import type { SocketAddress } from "../../../nodes/runtime/config.ts";
import { FILES, type RunStore } from "../../observations/store.ts";
import type { Plan } from "../../plan/plan.ts";
import type { NamedBytes } from "../backups.ts";
import { CLIENT_HOST } from "../client-host.ts";
import { DriverError } from "../driver.ts";
import { cutLog } from "../processes/cut-log.ts";
import { readDisk } from "../processes/disk-tapes.ts";
import type { K6Place } from "../processes/k6-work.ts";
import { nodeFiles } from "../processes/layout.ts";
import type { Platform } from "../processes/platform.ts";
import type { CpuQuota } from "./cpu-quota.ts";
import { findK6 } from "./k6-binary.ts";
import { LocalProcess } from "./local-process.ts";
import type { LocalLayout } from "./ports.ts";
import type { Programs } from "./programs.ts";

export interface LocalPlatformOptions {
  readonly plan: Plan;
  readonly store: RunStore;
  readonly layout: LocalLayout;
  readonly programs: Programs;
  /** The temp folder of the run. */
  readonly folder: string;
  /** The mark by which the reaper knows the children of this run. */
  readonly environment: Readonly<Record<string, string>>;
  /** Of what runs under a name. */
  readonly quotaOf: (name: Endpoint) => CpuQuota;
  /** Toxiproxy died, and nobody had asked it to. */
  readonly onFailure: (error: Error) => void;
}

export class LocalPlatform implements Platform {
  readonly versions: Record<string, string> = {};
  readonly #options: LocalPlatformOptions;
  readonly #environment: Readonly<Record<string, string>>;
  #toxiproxy: ToxiproxyServer | null = null;
  #links: LinkInjector | null = null;
  #stopping = false;

  constructor(options: LocalPlatformOptions) {
    this.#options = options;
    this.#environment = {
      ...options.environment,
      NODE_COMPILE_CACHE: cacheFolder(process.env, "compile-cache"),
    };
  }

  get links(): LinkInjector | null {
    return this.#links;
  }

  async start(): Promise<void> {
    this.#writeFiles(this.#placeK6());
    if (this.#options.layout.links.length > 0) await this.#startToxiproxy();
  }

  spawn(name: Endpoint): LocalProcess {
    const { programs, folder, store, quotaOf } = this.#options;
    return new LocalProcess({
      program: name === CLIENT_HOST ? programs.clientHost : programs.replica(name),
      configFile: join(folder, `${name}.json`),
      stderrFile: store.path("logs", `${name}.stderr`),
      environment: this.#environment,
      quota: quotaOf(name),
    });
  }

  async cutLog(replica: Endpoint): Promise<string> {
    return cutLog(replica, this.#dataDirectory(replica));
  }

  async readDisk(replica: Endpoint): Promise<readonly NamedBytes[]> {
    return readDisk(this.#dataDirectory(replica));
  }

  async lostBytes(): Promise<readonly string[]> {
    return (await this.#toxiproxy?.lostBytes()) ?? [];
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#toxiproxy?.stop();
  }

  #dataDirectory(replica: Endpoint): string {
    return join(this.#options.folder, "data", replica);
  }

  #placeK6(): K6Place | null {
    const { plan, store, folder } = this.#options;
    if (plan.workload.script === undefined) return null;
    const found = findK6(process.env);
    // It was there when the scenario was planned.
    if ("because" in found) throw new DriverError("K6_MISSING", found.because);
    this.versions["k6"] = found.version;
    const own = join(folder, "k6");
    mkdirSync(own, { mode: 0o700 });
    return { program: found.path, folder: own, logFile: store.path("logs", "k6.log") };
  }

  #writeFiles(k6: K6Place | null): void {
    const { plan, store, layout, folder, programs } = this.#options;
    const files = nodeFiles(plan, {
      layout,
      dataDirectory: (replica) => this.#dataDirectory(replica),
      clientCode: programs.clientCode,
      auditFile: (replica) => store.path(FILES.audit(replica)),
      historyFile: store.path(FILES.history),
      k6,
    });
    for (const config of files.replicas) {
      mkdirSync(config.dataDirectory, { recursive: true });
      writeSecret(join(folder, `r${config.id}.json`), config);
    }
    writeSecret(join(folder, `${CLIENT_HOST}.json`), files.client);
  }

  async #startToxiproxy(): Promise<void> {
    const { store, layout, environment, onFailure } = this.#options;
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
      if (this.#stopping) return;
      onFailure(new DriverError("TOXIPROXY_DIED", `toxiproxy-server died during the run: ${why}`));
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
}

function written({ host, port }: SocketAddress): string {
  return `${host}:${port}`;
}

/** Private keys are in it. */
function writeSecret(path: string, value: unknown): void {
  writeFileSync(path, JSON.stringify(value), { mode: 0o600 });
}
