/**
 * What this driver asks of an engine of containers, a thin layer over dockerode: every call has a
 * time-out and says what it was about, and an answer that only says that it is so already is none
 * to fail on. dockerode is loaded by the first who connects: whoever runs without containers never
 * pays for it.
 */
import { setMaxListeners } from "node:events";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import type Dockerode from "dockerode";
import { monotonicMs, sleep, withDeadline } from "../clock.ts";
import { DriverError } from "../driver.ts";
import type { CpuUsage } from "../throttles.ts";
import { cpuLimit, readCpuUsage } from "./container-cpu.ts";
import { type ContainerSight, sightOf } from "./container-sight.ts";
import { answerIn, isSilence, statusOf, wordsOf } from "./engine-answer.ts";
import type { Subnet } from "./subnets.ts";

const CALL_MS = 30_000;
const PING_MS = 5_000;
/** A request that was given up is closed soon: an open one would keep this process alive. */
const LINGER_MS = 200;
/** For how long a request that the engine is still busy with is looked at. */
const CONFIRM_MS = 5_000;

export type Labels = Readonly<Record<string, string>>;

export interface NetworkRequest {
  readonly name: string;
  readonly subnet: Subnet;
  readonly gateway: string;
  readonly labels: Labels;
}

export interface Membership {
  readonly network: string;
  readonly container: string;
}

/** An object of the engine that carries a label. */
export interface Labelled {
  readonly id: string;
  readonly name: string;
  readonly labels: Labels;
}

/** An answer that means that there is nothing to do. */
interface AlreadySo {
  readonly says: RegExp;
  /** What the engine shows when it is asked: its words alone could be of something else. */
  readonly confirm: () => Promise<boolean>;
}

export class Engine {
  readonly #docker: Dockerode;
  /** Without a time-out: for what lasts as long as a container, or until the run is over. */
  readonly #patient: Dockerode;
  readonly #over = new AbortController();

  private constructor(docker: Dockerode, patient: Dockerode) {
    this.#docker = docker;
    this.#patient = patient;
    // Of every container two: no leak.
    setMaxListeners(0, this.#over.signal);
  }

  /** @throws {DriverError} NO_ENGINE, in words that say what to do */
  static async connect(): Promise<Engine> {
    const { default: Docker } = await import("dockerode");
    try {
      const ping = new Docker({ timeout: PING_MS + LINGER_MS }).ping();
      await withDeadline(ping, { what: "an answer", deadlineMs: PING_MS });
      return new Engine(new Docker({ timeout: CALL_MS + LINGER_MS }), new Docker());
    } catch (cause) {
      const mend = "start Docker, or set DOCKER_HOST to where it listens";
      throw new DriverError(
        "NO_ENGINE",
        `no engine of containers answers (${wordsOf(cause)}): ${mend}`,
        { cause },
      );
    }
  }

  /**
   * Null where there is none; most machines without one are told from a file that is missing.
   * @throws {DriverError} NO_ENGINE, where one takes the call and says nothing
   */
  static async find(): Promise<Engine | null> {
    const usual = ["/var/run/docker.sock", join(homedir(), ".docker", "run", "docker.sock")];
    if (!process.env["DOCKER_HOST"] && !usual.some((path) => existsSync(path))) return null;
    return Engine.connect().catch((error: unknown) => {
      if (isSilence(error)) throw error;
      return null;
    });
  }

  async version(): Promise<string> {
    return (await this.#call("its version", this.#docker.version())).Version;
  }

  /** Null where there is no image of that name. */
  imageId(name: string): Promise<string | null> {
    return this.#unlessMissing(async () => {
      const inspection = this.#docker.getImage(name).inspect();
      return (await this.#call(`the image ${name}`, inspection)).Id;
    });
  }

  /** The subnets of all networks of the engine, as `a.b.c.d/n`. */
  async subnets(): Promise<readonly string[]> {
    const networks = await this.#call("its networks", this.#docker.listNetworks());
    return networks.flatMap(({ IPAM }) =>
      (IPAM?.Config ?? []).flatMap(({ Subnet: subnet }) => subnet ?? []),
    );
  }

  /**
   * Internal: nothing leads out of it but its members and this machine.
   * @returns false where somebody else has the subnet
   */
  async createNetwork({ name, subnet, gateway, labels }: NetworkRequest): Promise<boolean> {
    try {
      const creation = this.#docker.createNetwork({
        Name: name,
        CheckDuplicate: true,
        Driver: "bridge",
        Internal: true,
        Labels: { ...labels },
        IPAM: { Driver: "default", Config: [{ Subnet: subnet.text, Gateway: gateway }] },
      });
      await this.#call(`the network ${name}`, creation);
      return true;
    } catch (error) {
      if (/pool overlaps|networks have overlapping/i.test(answerIn(error))) return false;
      throw error;
    }
  }

  async connect({ network, container }: Membership, address: string): Promise<void> {
    await this.#act(
      `to connect ${container} to ${network}`,
      () =>
        this.#docker.getNetwork(network).connect({
          Container: container,
          EndpointConfig: { IPAMConfig: { IPv4Address: address } },
        }),
      {
        says: /already exists in network/,
        confirm: async () => (await this.#addressIn({ network, container })) === address,
      },
    );
  }

  async disconnect({ network, container }: Membership): Promise<void> {
    await this.#act(
      `to disconnect ${container} from ${network}`,
      () => this.#docker.getNetwork(network).disconnect({ Container: container, Force: true }),
      {
        says: /is not connected|no such container|network \S+ not found/i,
        confirm: async () => (await this.#addressIn({ network, container })) === null,
      },
    );
  }

  /** Everything that hangs on it, from whomever, is disconnected. */
  async removeNetwork(network: string): Promise<void> {
    const seen = await this.#network(network);
    for (const container of Object.keys(seen?.Containers ?? {})) {
      await this.disconnect({ network, container });
    }
    await this.#act(
      `to remove the network ${network}`,
      () => this.#docker.getNetwork(network).remove(),
      {
        says: /not found/,
        confirm: async () => (await this.#network(network)) === null,
      },
    );
  }

  /** @returns its id */
  async createContainer(options: Dockerode.ContainerCreateOptions): Promise<string> {
    const what = `the container ${options.name}`;
    return (await this.#call(what, this.#docker.createContainer({ ...options }))).id;
  }

  async start(container: string): Promise<void> {
    await this.#act(`to start ${container}`, () => this.#docker.getContainer(container).start(), {
      says: /already started/,
      confirm: () => this.#is(container, ["running", "paused"]),
    });
  }

  /** kill -9, also of one that is paused. */
  async kill(container: string): Promise<void> {
    await this.#act(`to kill ${container}`, () => this.#docker.getContainer(container).kill(), {
      says: /is not running|no such container/i,
      confirm: () => this.#is(container, ["created", "exited", null]),
    });
  }

  async pause(container: string): Promise<void> {
    await this.#act(`to pause ${container}`, () => this.#docker.getContainer(container).pause(), {
      says: /already paused/,
      confirm: () => this.#is(container, ["paused"]),
    });
  }

  async resume(container: string): Promise<void> {
    await this.#act(
      `to resume ${container}`,
      () => this.#docker.getContainer(container).unpause(),
      {
        says: /is not paused/,
        confirm: () => this.#is(container, ["running"]),
      },
    );
  }

  /** Whatever it does; volumes without a name go with it. */
  async removeContainer(container: string): Promise<void> {
    await this.#act(
      `to remove ${container}`,
      () => this.#docker.getContainer(container).remove({ force: true, v: true }),
      {
        says: /no such container|removal of container \S+ is already in progress/i,
        confirm: () => this.#is(container, [null]),
      },
    );
  }

  async removeVolume(volume: string): Promise<void> {
    await this.#act(
      `to remove the volume ${volume}`,
      () => this.#docker.getVolume(volume).remove(),
      {
        says: /no such volume/i,
        confirm: async () =>
          (await this.#unlessMissing(() => this.#docker.getVolume(volume).inspect())) === null,
      },
    );
  }

  /** Null where there is no such container. */
  inspect(container: string): Promise<ContainerSight | null> {
    return this.#unlessMissing(async () => {
      const inspection = this.#docker.getContainer(container).inspect();
      const { State } = await this.#call(`a look at ${container}`, inspection);
      return sightOf(State);
    });
  }

  /** @param share of one CPU; a whole one lifts the quota */
  async limit(container: string, share: number): Promise<void> {
    const update = this.#docker.getContainer(container).update(cpuLimit(share));
    await this.#call(`the CPU quota of ${container}`, update);
  }

  /** What its quota did to it; null where there is no such container. */
  usage(container: string): Promise<CpuUsage | null> {
    const reading = () => readCpuUsage(this.#docker.getContainer(container));
    return this.#unlessMissing(() => this.#call(`the CPU time of ${container}`, reading()));
  }

  /** Its standard streams, from before it starts until it ends; output is framed. */
  async attach(container: string): Promise<Duplex> {
    const attached = this.#patient.getContainer(container).attach({
      stream: true,
      hijack: true,
      stdin: true,
      stdout: true,
      stderr: true,
      abortSignal: this.#over.signal,
    });
    return (await this.#call(`the streams of ${container}`, attached)) as Duplex;
  }

  /** Takes framed output apart. */
  demux(framed: Duplex, out: NodeJS.WritableStream, err: NodeJS.WritableStream): void {
    this.#docker.modem.demuxStream(framed, out, err);
  }

  /** Resolves when it is over, however long that takes; at once where it is. */
  async ended(container: string): Promise<void> {
    await this.#patient.getContainer(container).wait({ abortSignal: this.#over.signal });
  }

  /** Nobody waits for a container any more: an open request would keep this process alive. */
  stopWaiting(): void {
    this.#over.abort();
  }

  /** @param archive a tar, unpacked into the folder `path` of one of its volumes */
  async upload(container: string, path: string, archive: Buffer): Promise<void> {
    const upload = this.#docker.getContainer(container).putArchive(archive, { path });
    await this.#call(`${container} to take files`, upload);
  }

  /** A tar with the one file; null where there is none. */
  download(container: string, path: string): Promise<NodeJS.ReadableStream | null> {
    return this.#unlessMissing(() => {
      const archive = this.#docker.getContainer(container).getArchive({ path });
      return this.#call(`${path} of ${container}`, archive);
    });
  }

  async containers(label: string): Promise<readonly Labelled[]> {
    const options = { all: true, filters: { label: [label] } };
    const found = await this.#call("its containers", this.#docker.listContainers(options));
    return found.map(({ Id, Names, Labels: labels }) => ({
      id: Id,
      name: Names[0]?.replace(/^\//, "") ?? Id,
      labels,
    }));
  }

  async networks(label: string): Promise<readonly Labelled[]> {
    const options = { filters: { label: [label] } };
    const found = await this.#call("its networks", this.#docker.listNetworks(options));
    return found.map(({ Id, Name, Labels: labels }) => ({
      id: Id,
      name: Name,
      labels: labels ?? {},
    }));
  }

  async volumes(label: string): Promise<readonly Labelled[]> {
    // Unlike the other two it takes nothing but text here.
    const options = { filters: JSON.stringify({ label: [label] }) };
    const found = await this.#call("its volumes", this.#docker.listVolumes(options as object));
    return found.Volumes.map(({ Name, Labels: labels }) => ({ id: Name, name: Name, labels }));
  }

  async #act(what: string, act: () => Promise<unknown>, already: AlreadySo): Promise<void> {
    try {
      await this.#call(what, act());
    } catch (error) {
      if (!already.says.test(answerIn(error))) throw error;
      const until = monotonicMs() + CONFIRM_MS;
      while (!(await already.confirm())) {
        if (monotonicMs() >= until) throw error;
        await sleep(20);
      }
    }
  }

  async #call<Answer>(what: string, call: Promise<Answer>): Promise<Answer> {
    try {
      return await withDeadline(call, { what: "the engine", deadlineMs: CALL_MS });
    } catch (cause) {
      throw new DriverError("ENGINE", `asked for ${what}, the engine said: ${wordsOf(cause)}`, {
        cause,
      });
    }
  }

  async #unlessMissing<Found>(look: () => Promise<Found>): Promise<Found | null> {
    try {
      return await look();
    } catch (error) {
      if (statusOf(error) === 404) return null;
      throw error;
    }
  }

  async #is(
    container: string,
    states: readonly (ContainerSight["state"] | null)[],
  ): Promise<boolean> {
    return states.includes((await this.inspect(container))?.state ?? null);
  }

  #network(network: string): Promise<Dockerode.NetworkInspectInfo | null> {
    return this.#unlessMissing(() => {
      const inspection = this.#docker.getNetwork(network).inspect();
      return this.#call(`a look at ${network}`, inspection);
    });
  }

  /** Of the container in the network; null where it is no member, or where one of them is gone. */
  #addressIn({ network, container }: Membership): Promise<string | null> {
    return this.#unlessMissing(async () => {
      const inspection = this.#docker.getContainer(container).inspect();
      const { NetworkSettings } = await this.#call(`a look at ${container}`, inspection);
      const endpoints = Object.entries(NetworkSettings.Networks);
      const found = endpoints.find(([name, { NetworkID }]) =>
        [name, NetworkID].includes(network),
      )?.[1];
      if (found === undefined) return null;
      const { IPAMConfig } = found as { IPAMConfig?: { IPv4Address?: string } | null };
      return IPAMConfig?.IPv4Address ?? found.IPAddress;
    });
  }
}
