/** Who listens where, the links between the machines, and the connections over them. */
import type {
  Address,
  Connection,
  Dial,
  Link,
  LinkState,
  Listener,
  SocketEnd,
  Tap,
} from "./connection.ts";
import { MemoryPipe } from "./memory-pipe.ts";
import { Strictest } from "./strictest.ts";
import type { World } from "./world.ts";

/** Longer than any handshake may take: nobody answers, and nobody says so. */
const NEVER_MS = 3_600_000;

export class MemoryNetwork {
  readonly world: World;
  readonly #tap: Tap;
  readonly #servers = new Map<string, Listener>();
  readonly #links = new Map<string, Link>();
  /** Machines without power: what is sent there is answered by nobody. */
  readonly #dark = new Set<string>();
  readonly #connections = new Set<Connection>();
  #dialled = 0;

  constructor(world: World, tap: Tap) {
    this.world = world;
    this.#tap = tap;
  }

  link(from: string, to: string): Link {
    const name = `${from} ${to}`;
    const link = this.#links.get(name) ?? {
      state: "up" as const,
      delayMs: { least: 0.2, most: 3 },
      bytesPerMs: new Strictest(100_000, Math.min),
      windowBytes: 64 * 1024,
      pieceBytesMax: 64 * 1024,
      held: [],
    };
    this.#links.set(name, link);
    return link;
  }

  listen(address: Address, server: Listener): boolean {
    const name = nameOf(address);
    if (this.#servers.has(name)) return false;
    this.#servers.set(name, server);
    return true;
  }

  unlisten(address: Address): void {
    this.#servers.delete(nameOf(address));
  }

  dialled(dial: Dial): void {
    this.#tap.onDialled(dial);
  }

  dial(dialler: SocketEnd, from: string, address: Address): void {
    const link = this.link(from, address.host);
    this.#dialled += 1;
    const connection: Connection = {
      number: this.#dialled,
      from,
      to: address.host,
      port: address.port,
      link,
      dialler,
      acceptor: null,
      isDoomed: false,
      isTouched: false,
      stuck: null,
    };
    const delayMs = this.delayOf(link);
    const isLost = this.#dark.has(address.host);
    this.world.after(isLost ? NEVER_MS : delayMs, null, () => this.#arrive(connection, address));
  }

  delayOf({ delayMs }: Link): number {
    return this.world.random.real(delayMs.least, delayMs.most);
  }

  #arrive(connection: Connection, address: Address): void {
    const { dialler, link } = connection;
    const server = this.#servers.get(nameOf(address));
    const isProxied = link.state === "drop" || this.world.random.chance(0.3);
    if (link.state === "refuse" || (server === undefined && !isProxied)) {
      dialler.lost();
      return;
    }
    this.#connections.add(connection);
    this.#tap.onConnected(connection);
    const acceptor = link.state === "drop" ? null : (server?.accept() ?? null);
    connection.acceptor = acceptor;
    connection.isDoomed = acceptor === null;
    const up = new MemoryPipe(this, connection, { from: dialler, to: acceptor });
    const down = acceptor && new MemoryPipe(this, connection, { from: acceptor, to: dialler });
    if (down !== null) acceptor?.connected(connection, { writes: down, reads: up });
    dialler.connected(connection, { writes: up, reads: down });
    // Whatever is in between took it and finds nobody behind.
    if (acceptor === null && link.state !== "drop") this.world.after(5, null, () => dialler.lost());
  }

  tapped(connection: Connection, from: SocketEnd, bytes: Buffer): readonly Buffer[] {
    return this.#tap.onWritten(connection, from === connection.dialler, bytes);
  }

  wasRead(connection: Connection, by: SocketEnd, bytes: number): void {
    this.#tap.onRead(connection, by === connection.dialler, bytes);
  }

  change(from: string, to: string, state: LinkState): void {
    const link = this.link(from, to);
    link.state = state;
    if (state !== "hold") for (const arrive of link.held.splice(0)) arrive();
    for (const connection of this.#connections) {
      if (connection.link !== link) continue;
      if (state === "refuse" || (state === "up" && connection.isDoomed)) this.cut(connection);
    }
  }

  /** Both ends see it. */
  reset(from: string, to: string): void {
    for (const connection of this.#connections) {
      if (connection.from === from && connection.to === to) this.cut(connection);
    }
  }

  cut(connection: Connection): void {
    this.#connections.delete(connection);
    for (const end of [connection.dialler, connection.acceptor]) end?.lost();
  }

  ended(connection: Connection): void {
    if (connection.dialler.isGone && connection.acceptor?.isGone !== false) {
      this.#connections.delete(connection);
    }
  }

  /** @param isDark who speaks to it hears nothing; later, that it knows of no connection */
  darken(host: string, isDark: boolean): void {
    const wasDark = this.#dark.delete(host);
    if (isDark) this.#dark.add(host);
    // A process that ended while its machine ran has said so behind all else.
    else if (!wasDark) return;
    for (const connection of this.#connections) {
      if (connection.from !== host && connection.to !== host) continue;
      connection.isDoomed = true;
      if (isDark) continue;
      const delayMs = this.world.random.real(1, 400);
      this.world.after(delayMs, null, () => this.cut(connection));
    }
  }
}

function nameOf({ host, port }: Address): string {
  return `${host}:${port}`;
}
