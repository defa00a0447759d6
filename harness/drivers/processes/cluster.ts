/**
 * The processes of one run: brought up in order, verified to serve, taken down whatever happened.
 */
import type { Endpoint } from "../../../faults/fault.ts";
import type { LinkInjector } from "../../../faults/injectors/links.ts";
import { DriverError } from "../driver.ts";
import type { AnnouncedLine } from "./announced-line.ts";
import { type ClientHostListener, ClientHostProcess } from "./client-host-process.ts";
import type { PlacedReplica } from "./layout.ts";
import type { Platform } from "./platform.ts";
import { ReplicaProcess } from "./replica-process.ts";
import type { RunningCluster } from "./running-cluster.ts";
import { Sightings, type StatusAnswer } from "./sightings.ts";
import { StatusPoller } from "./status-poller.ts";

export interface ClusterOptions {
  readonly replicas: readonly PlacedReplica[];
  readonly platform: Platform;
  /** How often replicas are asked how they are. */
  readonly statusMs: number;
  /** Something died that must not; told at most once by each. */
  readonly onFailure: (error: Error) => void;
  /** A replica ended by a bug of its own. */
  readonly onReplicaBug: (replica: Endpoint, why: string) => void;
  /** A replica has written an audit line of a kind that it was to tell of. */
  readonly onAudit: (replica: number, line: AnnouncedLine) => void;
  /** How clients are served, in the words of their host. */
  readonly onService: ClientHostListener["service"];
  /** The client host has something to tell. */
  readonly onNote: (what: string, detail: string) => void;
}

export class Cluster implements RunningCluster {
  readonly sightings = new Sightings();
  readonly replicas: ReadonlyMap<Endpoint, ReplicaProcess>;
  readonly clientHost: ClientHostProcess;
  readonly #platform: Platform;
  readonly #poller: StatusPoller;
  #started: Promise<void> = Promise.resolve();
  #stopping = false;

  constructor(options: ClusterOptions) {
    const { replicas, platform, statusMs, onFailure, onReplicaBug } = options;
    const { onAudit, onService, onNote } = options;
    this.#platform = platform;
    const fail = (error: Error) => {
      if (!this.#stopping) onFailure(error);
    };
    this.replicas = new Map(
      replicas.map(({ id, name }) => {
        const onBug = (why: string) => {
          if (!this.#stopping) onReplicaBug(name, why);
        };
        return [
          name,
          new ReplicaProcess(name, platform, {
            onTrouble: fail,
            onBug,
            onAudit: (line) => onAudit(id, line),
          }),
        ];
      }),
    );
    this.clientHost = new ClientHostProcess(platform, this.sightings, {
      death: fail,
      note: onNote,
      service: onService,
    });
    this.#poller = new StatusPoller({
      replicas: replicas.map(({ name, http }) => ({ name, ...http })),
      everyMs: statusMs,
      sightings: this.sightings,
    });
  }

  get links(): LinkInjector | null {
    return this.#platform.links;
  }

  digest(replica: Endpoint): Promise<StatusAnswer | null> {
    return this.#poller.digest(replica);
  }

  /** Once, and before `stop`. */
  start(): Promise<void> {
    this.#started = this.#start();
    return this.#started;
  }

  async #start(): Promise<void> {
    const replicas = [...this.replicas.values()];
    const steps: readonly (() => unknown)[] = [
      () => this.#platform.start(),
      () => Promise.all(replicas.map((replica) => replica.reach("running"))),
      () => this.#poller.start(),
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
    await this.clientHost.kill();
    await this.#poller.stop();
    await Promise.all([...this.replicas.values()].map((replica) => replica.reach("down")));
    await this.#platform.stop();
  }
}
