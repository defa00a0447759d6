/** Containers of an engine on this machine, and Toxiproxy in one of them between all the others. */
import { basename, join } from "node:path";
import type { Endpoint } from "../../../faults/fault.ts";
import { createLinkInjector, type LinkInjector } from "../../../faults/injectors/links.ts";
import type { SocketAddress } from "../../../nodes/runtime/config.ts";
import { FILES, type RunStore } from "../../observations/store.ts";
import type { Plan } from "../../plan/plan.ts";
import type { NamedBytes } from "../backups.ts";
import { CLIENT_HOST } from "../client-host.ts";
import { withDeadline } from "../clock.ts";
import { DriverError } from "../driver.ts";
import { nodeFiles } from "../processes/layout.ts";
import { plantedCopy } from "../processes/planted-copy.ts";
import type { Platform } from "../processes/platform.ts";
import { type ContainerRequest, containerOptions, FOLDERS, USER } from "./containers.ts";
import type { DockerLayout } from "./docker-layout.ts";
import { DockerProcess } from "./docker-process.ts";
import type { Engine, Labels } from "./engine.ts";
import { assertSameCode } from "./image-code.ts";
import { type ContainerPrograms, programArchive, programsIn } from "./program-files.ts";
import { packTar, unpackFile, unpackFiles } from "./tar.ts";
import { ToxiproxyContainer } from "./toxiproxy-container.ts";

export interface Images {
  readonly node: string;
  readonly toxiproxy: string;
  /** Nobody has named another than what is built from this clone. */
  readonly isOurs: boolean;
}

export interface DockerPlatformOptions {
  readonly plan: Plan;
  readonly store: RunStore;
  readonly engine: Engine;
  readonly layout: DockerLayout;
  readonly images: Images;
  readonly versions: Readonly<Record<string, string>>;
  readonly labels: Labels;
  /** What an object of the run is called. */
  readonly nameOf: (part: string) => string;
  readonly mutantFolders: readonly string[];
  /** The temp folder of the run. */
  readonly folder: string;
  /** Toxiproxy died, and nobody had asked it to. */
  readonly onFailure: (error: Error) => void;
}

const CONFIG_FILE = `${FOLDERS.keys}/config.json`;
/** The volume itself is root's. */
const KEPT = "kept/";
const AUDIT_FILE = `${FOLDERS.record}/${KEPT}audit.jsonl`;
const HISTORY_FILE = `${FOLDERS.record}/${KEPT}history.jsonl`;
/** Node's threads, and room. */
const NODE_PROCESSES = 64;
const REPLICA_MB = 512;
const CLIENT_MB = 1024;
/** What it holds back it holds in memory. */
const TOXIPROXY_MB = 1024;
const HOLDER = { memoryMb: 16, processesMax: 8 } as const;
const CUT_DEADLINE_MS = 30_000;

export class DockerPlatform implements Platform {
  readonly versions: Readonly<Record<string, string>>;
  readonly #options: DockerPlatformOptions;
  readonly #programs: ContainerPrograms;
  /** By endpoint: the containers that start and end in the course of the run. */
  readonly #containers = new Map<Endpoint, string>();
  #toxiproxy: ToxiproxyContainer | null = null;
  #links: LinkInjector | null = null;
  #isStopping = false;

  constructor(options: DockerPlatformOptions) {
    this.#options = options;
    this.versions = options.versions;
    this.#programs = programsIn(options.plan);
  }

  get links(): LinkInjector | null {
    return this.#links;
  }

  async start(): Promise<void> {
    const { plan, layout } = this.#options;
    const files = nodeFiles(plan, {
      layout,
      dataDirectory: () => FOLDERS.data,
      clientCode: this.#programs.clientCode,
      auditFile: () => AUDIT_FILE,
      historyFile: HISTORY_FILE,
    });
    await this.#makeClientHost(files.client);
    await Promise.all([
      ...files.replicas.map((config) => this.#makeReplica(`r${config.id}`, config)),
      this.#startToxiproxy(),
    ]);
  }

  spawn(name: Endpoint): DockerProcess {
    const { engine, store } = this.#options;
    const container = this.#containers.get(name);
    if (container === undefined) throw new DriverError("PLATFORM", `there is no container ${name}`);
    const stderrFile = store.path("logs", `${name}.stderr`);
    return new DockerProcess({ engine, name, container, stderrFile });
  }

  async cutLog(replica: Endpoint): Promise<string> {
    const { engine, store } = this.#options;
    const container = await this.#create({
      name: `${replica}-cut`,
      command: ["node", this.#programs.logCut, replica, FOLDERS.data],
      mounts: [this.#volume(`${replica}-data`, FOLDERS.data), this.#code()],
      memoryMb: REPLICA_MB,
      processesMax: NODE_PROCESSES,
      place: "nowhere",
    });
    const stderrFile = store.path("logs", `${replica}-cut.stderr`);
    const process = new DockerProcess({ engine, name: `${replica}-cut`, container, stderrFile });
    const what = `the log of ${replica} to be cut`;
    const done = await withDeadline(answerOf(process), { what, deadlineMs: CUT_DEADLINE_MS });
    await engine.removeContainer(container);
    return done;
  }

  async readDisk(replica: Endpoint): Promise<readonly NamedBytes[]> {
    const container = this.#containers.get(replica) ?? replica;
    const archive = await this.#options.engine.download(container, FOLDERS.data);
    const files = archive === null ? [] : await unpackFiles(archive);
    return files.map(({ name, bytes }) => ({ name: basename(name), bytes }));
  }

  async lostBytes(): Promise<readonly string[]> {
    return (await this.#toxiproxy?.lostBytes()) ?? [];
  }

  /** What was kept in the volumes goes into the run store; they are removed with the site. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    const results = await Promise.allSettled([
      this.#toxiproxy?.stop(),
      ...[...this.#containers].map(([name, container]) => this.#collect(name, container)),
    ]);
    for (const result of results) if (result.status === "rejected") throw result.reason;
  }

  async #collect(name: Endpoint, container: string): Promise<void> {
    const { engine, store } = this.#options;
    const isClient = name === CLIENT_HOST;
    const kept = isClient ? HISTORY_FILE : AUDIT_FILE;
    const file = isClient ? FILES.history : FILES.audit(Number(name.slice(1)));
    const archive = await engine.download(container, kept);
    if (archive) await unpackFile(archive, store.path(file));
  }

  /** Its own network, and nobody's way but Toxiproxy's. */
  async #makeReplica(name: Endpoint, config: object): Promise<void> {
    const { engine, layout, plan } = this.#options;
    const seat = layout.seats.get(name);
    if (!seat) throw new DriverError("PLATFORM", `${name} has no seat`);
    // The network outlives the replica: a dial to a dead one is refused at once, as it is where a
    // process died, and not lost as it is where a whole machine did.
    const holder = await this.#create({
      name: `${name}-network`,
      command: ["sleep", "infinity"],
      mounts: [],
      ...HOLDER,
      place: { network: this.#options.nameOf(seat.part), address: seat.address },
    });
    await engine.start(holder);
    const planted = plan.cluster.mutant === null ? [] : [this.#code()];
    const container = await this.#create({
      name,
      command: ["node", this.#programs.replica(name), CONFIG_FILE],
      mounts: [...this.#volumesOf(name), this.#volume(`${name}-data`, FOLDERS.data), ...planted],
      memoryMb: REPLICA_MB,
      processesMax: NODE_PROCESSES,
      place: { of: holder },
    });
    await this.#bringFiles(container, config);
    this.#containers.set(name, container);
  }

  async #makeClientHost(config: object): Promise<void> {
    const { engine, layout, plan, folder, mutantFolders, images } = this.#options;
    const seat = layout.seats.get(CLIENT_HOST);
    if (!seat) throw new DriverError("PLATFORM", `${CLIENT_HOST} has no seat`);
    const { mutant } = plan.cluster;
    const copy =
      mutant === null
        ? null
        : plantedCopy(mutant, { mutantFolders, folder: join(folder, "planted") });
    const container = await this.#create({
      name: CLIENT_HOST,
      command: ["node", this.#programs.clientHost, CONFIG_FILE],
      mounts: [...this.#volumesOf(CLIENT_HOST), this.#volume("code", FOLDERS.code)],
      memoryMb: CLIENT_MB,
      processesMax: NODE_PROCESSES,
      place: { network: this.#options.nameOf(seat.part), address: seat.address },
    });
    if (images.isOurs) await assertSameCode(engine, { container, image: images.node });
    await engine.upload(container, FOLDERS.code, programArchive(copy));
    await this.#bringFiles(container, config);
    this.#containers.set(CLIENT_HOST, container);
  }

  async #startToxiproxy(): Promise<void> {
    const { engine, layout, images, store, nameOf, onFailure } = this.#options;
    if (layout.toxiproxy === null) return;
    const { api, seats } = layout.toxiproxy;
    const container = await this.#create({
      name: "toxiproxy",
      image: images.toxiproxy,
      command: ["-host", api.host, "-port", String(api.port)],
      environment: ["LOG_LEVEL=warn"],
      mounts: [],
      memoryMb: TOXIPROXY_MB,
      processesMax: 256,
      place: { network: nameOf(api.part), address: api.address },
    });
    for (const { part, address } of seats) {
      await engine.connect({ network: nameOf(part), container }, address);
    }
    const server = new ToxiproxyContainer({
      engine,
      container,
      url: `http://${written(api)}`,
      logFile: store.path("logs", "toxiproxy.log"),
      onDeath: (why) => {
        if (this.#isStopping) return;
        onFailure(new DriverError("TOXIPROXY_DIED", `Toxiproxy died during the run: ${why}`));
      },
    });
    this.#toxiproxy = server;
    await server.start();
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

  /** Keys are the endpoint's own: the volume is nobody else's. */
  async #bringFiles(container: string, config: object): Promise<void> {
    const { engine } = this.#options;
    const content = Buffer.from(JSON.stringify(config));
    const file = { path: "config.json", mode: 0o400, owner: USER, content };
    await engine.upload(container, FOLDERS.keys, packTar([file]));
    const own = { path: KEPT, mode: 0o700, owner: USER };
    await engine.upload(container, FOLDERS.record, packTar([own]));
  }

  #volumesOf(name: Endpoint): ContainerRequest["mounts"] {
    return [
      this.#volume(`${name}-keys`, FOLDERS.keys),
      this.#volume(`${name}-record`, FOLDERS.record),
    ];
  }

  #volume(part: string, folder: string): ContainerRequest["mounts"][number] {
    return { volume: this.#options.nameOf(part), folder };
  }

  #code(): ContainerRequest["mounts"][number] {
    return { ...this.#volume("code", FOLDERS.code), readOnly: true };
  }

  #create({ name, ...request }: Creation): Promise<string> {
    const { engine, labels, images, nameOf } = this.#options;
    const defaults = { labels, image: images.node };
    return engine.createContainer(
      containerOptions({ ...defaults, ...request, name: nameOf(name) }),
    );
  }
}

type Creation = Omit<ContainerRequest, "labels" | "image"> & { readonly image?: string };

function written({ host, port }: SocketAddress): string {
  return `${host}:${port}`;
}

/** The one line of text that it says. */
function answerOf(process: DockerProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    process.onLine((line) => resolve(String(line)));
    process.onEnd(({ words }) => {
      reject(new DriverError("PLATFORM", `${process.title}: ${words}${process.lastWords()}`));
    });
  });
}
