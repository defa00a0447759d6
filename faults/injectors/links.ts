/**
 * Puts links into their desired states on a real Toxiproxy, and never depends on its good will
 * (faults §5.3). A toxic that is removed first hands on what it holds; where that finds a dead or
 * stopped receiver, or a toxic behind it that is slow or cuts off, 2.12 wedges: the proxy's lock is
 * not let go. Hence three ways, each for where the one before may not do:
 *
 * 1. in place, while both ends have run undisturbed since the toxics were installed, and what is
 *    removed can flow off;
 * 2. else, and when a call has not answered in 2 s: delete the proxy and create it again on the
 *    same port, disabled, then the toxics, then enabled;
 * 3. when the proxy cannot even be disabled (a connection was accepted while it was wedged, and
 *    from then on deleting it would hang with the lock of *all* proxies): restart the server and
 *    create every proxy again.
 */
import type { LinkState } from "../link-state.ts";
import { InjectorError } from "./injector-error.ts";
import type { ProxiedLink, ProxyState } from "./proxy-state.ts";
import { differences, proxyState } from "./proxy-state.ts";
import type { ProxyReading, Toxic } from "./toxics.ts";
import { ToxiproxyClient } from "./toxiproxy.ts";
import type { ToxiproxyServer } from "./toxiproxy-server.ts";

/** What the driver knows of a process at one end of a link. */
export interface EndpointCondition {
  readonly running: boolean;
  /** How often it was killed, stopped or found dead since the run began. */
  readonly disturbances: number;
}

export type EndpointConditions = (endpoint: string) => EndpointCondition;

/** What became of one proxy that had to change. */
export interface LinkOutcome {
  readonly link: string;
  readonly readBack: ProxyReading;
  /** What of it is not as desired; empty = as desired. */
  readonly differences: readonly string[];
  /** Why the proxy was deleted and created again (its connections were closed), or null. */
  readonly recreatedBecause: string | null;
  readonly tookMs: number;
}

/** What has to be known of a server: wherever it runs, and whoever started it. */
export type ProxyServer = Pick<ToxiproxyServer, "url" | "restart">;

export interface LinkInjector {
  /** Every proxy enabled and without toxics. */
  create(links: readonly ProxiedLink[]): Promise<void>;
  /**
   * Calls may overlap: each proxy takes its changes in the order of the calls.
   * @param desired all links that are not pristine, by name; those left out become pristine
   * @returns the proxies that had to change
   * @throws {InjectorError} when not even a new server helps, or the server died
   */
  apply(
    desired: ReadonlyMap<string, LinkState>,
    endpoints: EndpointConditions,
  ): Promise<readonly LinkOutcome[]>;
  /** Of every proxy, read by name: what is not as last applied, one line each. */
  inspect(): Promise<readonly string[]>;
  /** Deletes every proxy. */
  close(): Promise<void>;
}

/**
 * Disabling takes 3 ms. Two of these time-outs and a restart fit into the 3 s that a heal may take.
 */
const DISABLE_MS = 1_000;
const ATTEMPTS = 4;
/**
 * What a toxic does to what comes behind it. `slow`: what passes is late, for as long as there is
 * more of it than it lets through. `cutting`: it closes the connection on what comes to it.
 */
const PASSAGE: { readonly [Type in Toxic["type"]]: "free" | "slow" | "cutting" } = {
  latency: "free",
  timeout: "free",
  bandwidth: "slow",
  slicer: "slow",
  reset_peer: "cutting",
  limit_data: "cutting",
};
const RESTARTED = "toxiproxy-server was wedged and had to be restarted";

export function createLinkInjector(server: ProxyServer): LinkInjector {
  const proxies: LinkedProxy[] = [];
  const toxiproxy = new RestartableToxiproxy(server);
  const each = <Result>(work: (proxy: LinkedProxy) => Promise<Result>) =>
    Promise.all(proxies.map((proxy) => proxy.inTurn(() => work(proxy))));

  return {
    async create(links) {
      const carried = new Set(links.map(({ from, to }) => `${from} ${to}`));
      const created = links.map(
        (link) => new LinkedProxy(toxiproxy, link, !carried.has(`${link.to} ${link.from}`)),
      );
      await Promise.all(created.map((proxy) => proxy.create()));
      proxies.push(...created);
    },
    async apply(desired, endpoints) {
      const outcomes = await each((proxy) => proxy.become(proxy.stateFrom(desired), endpoints));
      // A restart on the way took along those that had nothing to change.
      outcomes.push(...(await each((proxy) => proxy.become(proxy.state, endpoints))));
      return outcomes.filter((outcome) => outcome !== null);
    },
    async inspect() {
      const found = await each((proxy) => proxy.inspect());
      return found.flat();
    },
    async close() {
      await each((proxy) => proxy.delete());
      proxies.length = 0;
    },
  };
}

/** The server, of which everyone must know when it was replaced by an empty one. */
class RestartableToxiproxy {
  readonly client: ToxiproxyClient;
  readonly disabling: ToxiproxyClient;
  generation = 0;
  readonly #server: ProxyServer;
  #restarting: Promise<void> | null = null;

  constructor(server: ProxyServer) {
    this.#server = server;
    this.client = new ToxiproxyClient(server.url);
    this.disabling = new ToxiproxyClient(server.url, DISABLE_MS);
  }

  /** One restart for all who found the server of `generation` wedged. */
  async restart(generation: number): Promise<void> {
    if (generation === this.generation) {
      this.#restarting ??= this.#server.restart().finally(() => {
        this.generation += 1;
        this.#restarting = null;
      });
    }
    await this.#restarting;
  }

  /** @returns whether a call that failed under `generation` failed because of a restart */
  async replaced(generation: number): Promise<boolean> {
    await this.#restarting;
    return this.generation !== generation;
  }
}

class LinkedProxy {
  readonly #link: ProxiedLink;
  readonly #duplex: boolean;
  readonly #toxiproxy: RestartableToxiproxy;
  /** What was last applied. */
  state: ProxyState = { enabled: true, toxics: [] };
  /** The names of its toxics in the order in which the bytes meet them: that of their coming. */
  #chain: readonly string[] = [];
  /** The disturbances of both ends when the first of the toxics now installed came. */
  #disturbances = 0;
  #generation: number;
  #last: Promise<unknown> = Promise.resolve();

  constructor(toxiproxy: RestartableToxiproxy, link: ProxiedLink, duplex: boolean) {
    this.#toxiproxy = toxiproxy;
    this.#link = link;
    this.#duplex = duplex;
    this.#generation = toxiproxy.generation;
  }

  /** One change at a time. */
  inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(work, work);
    this.#last = result;
    return result;
  }

  create(): Promise<void> {
    return this.#toxiproxy.client.create(this.#address, true);
  }

  stateFrom(desired: ReadonlyMap<string, LinkState>): ProxyState {
    return proxyState(this.#link, desired, this.#duplex);
  }

  /** @returns null if it is like that already */
  async become(state: ProxyState, endpoints: EndpointConditions): Promise<LinkOutcome | null> {
    const since = performance.now();
    const change = difference(this.state, state);
    const stale = this.#generation !== this.#toxiproxy.generation;
    if (change === null && !stale) return null;
    let because = stale ? RESTARTED : this.#unsafe(change, endpoints);
    for (let attempt = 1; ; attempt += 1) {
      const generation = this.#toxiproxy.generation;
      try {
        const chain =
          because === null && change !== null
            ? await this.#changeInPlace(change)
            : await this.#recreate(state, generation);
        // A restart from here on leaves this proxy behind, and the next look at it says so.
        const settledIn = this.#toxiproxy.generation;
        const readBack = await this.#toxiproxy.client.read(this.#link.name);
        if (because !== null || this.state.toxics.length === 0) {
          this.#disturbances = this.#disturbancesNow(endpoints);
        }
        this.state = state;
        this.#chain = chain;
        this.#generation = settledIn;
        return {
          link: this.#link.name,
          readBack,
          differences: differences(this.#link, state, readBack),
          recreatedBecause: because,
          tookMs: performance.now() - since,
        };
      } catch (error) {
        because = await this.#reasonToTryAgain(error, generation, attempt);
      }
    }
  }

  async inspect(): Promise<readonly string[]> {
    const { name } = this.#link;
    const reading = await this.#toxiproxy.client.read(name);
    const found = differences(this.#link, this.state, reading);
    return found.map((difference) => `${name}: ${difference}`);
  }

  async delete(): Promise<void> {
    await this.#toxiproxy.client.delete(this.#link.name);
  }

  get #address() {
    const { name, listen, upstream } = this.#link;
    return { name, listen, upstream };
  }

  /** @returns why this change might wedge the proxy, or null */
  #unsafe(change: Change | null, endpoints: EndpointConditions): string | null {
    if (change === null || change.removed.length === 0) return null;
    if (change.enabled === false) return "a refused link carries no toxics";
    const { from, to } = this.#link;
    for (const end of [from, to]) {
      if (!endpoints(end).running) return `${end} is not running`;
    }
    if (this.#disturbancesNow(endpoints) !== this.#disturbances) {
      return `${from} or ${to} was stopped or killed since the toxic was installed`;
    }
    return this.#dammed(change);
  }

  /** @returns what would keep a removed toxic from handing on what it holds, or null */
  #dammed({ added, removed }: Change): string | null {
    const all = [...this.state.toxics, ...added];
    for (const toxic of removed) {
      const others = all.filter((other) => other !== toxic && other.stream === toxic.stream);
      // A connection that was cut off keeps half of its chain, which takes no change any more.
      const cut = isCutting(toxic) ? others : others.filter(isCutting);
      const slow = others.filter(
        (other) => isSlow(other) && this.#place(other) > this.#place(toxic),
      );
      const dam = cut[0] ?? slow.find((other) => !removed.includes(other));
      if (dam !== undefined) return `what ${toxic.name} holds would have to pass ${dam.name}`;
    }
    return null;
  }

  /** In the chain; -1 = not there yet. */
  #place({ name }: Toxic): number {
    return this.#chain.indexOf(name);
  }

  #disturbancesNow(endpoints: EndpointConditions): number {
    const { from, to } = this.#link;
    return endpoints(from).disturbances + endpoints(to).disturbances;
  }

  /**
   * New toxics go in before old ones come out, so that what an old one sets free meets the new one:
   * nothing held back slips through between a `hold` and a `drop`. Slow ones go in afterwards: what
   * was held is delivered at the heal, and only then is the link slow.
   *
   * @returns the new chain
   */
  async #changeInPlace({ added, removed, enabled }: Change): Promise<readonly string[]> {
    const { client } = this.#toxiproxy;
    const { name } = this.#link;
    if (enabled === false) {
      await client.setEnabled(name, false);
      return this.#chain;
    }
    const slow = added.filter(isSlow);
    const first = added.filter((toxic) => !slow.includes(toxic));
    // From the end of the chain: what one sets free must not have to pass the next.
    const last = removed.toSorted((a, b) => this.#place(b) - this.#place(a));
    for (const toxic of first) await client.addToxic(name, toxic);
    for (const toxic of last) await client.removeToxic(name, toxic);
    for (const toxic of slow) await client.addToxic(name, toxic);
    if (enabled === true) await client.setEnabled(name, true);
    const stays = this.#chain.filter((there) => !removed.some((toxic) => toxic.name === there));
    return [...stays, ...first.map(nameOf), ...slow.map(nameOf)];
  }

  /**
   * There is no way to create a proxy with toxics at once, so it is enabled last.
   *
   * @returns the new chain
   */
  async #recreate({ enabled, toxics }: ProxyState, generation: number): Promise<readonly string[]> {
    const { client } = this.#toxiproxy;
    const { name } = this.#link;
    await this.#disable(generation);
    await client.delete(name);
    await client.create(this.#address, false);
    for (const toxic of toxics) await client.addToxic(name, toxic);
    if (enabled) await client.setEnabled(name, true);
    return toxics.map(nameOf);
  }

  /**
   * Deleting a disabled proxy cannot hang; disabling a wedged one can, but holds only its own lock.
   */
  async #disable(generation: number): Promise<void> {
    try {
      await this.#toxiproxy.disabling.setEnabled(this.#link.name, false);
    } catch (error) {
      if (!isInjectorError(error, "toxiproxy-timeout", "toxiproxy-refused")) throw error;
      // 404: it was deleted, or the server is a new one.
      if (error.code === "toxiproxy-timeout") await this.#toxiproxy.restart(generation);
    }
  }

  async #reasonToTryAgain(error: unknown, generation: number, attempt: number): Promise<string> {
    const { name } = this.#link;
    const replaced = await this.#toxiproxy.replaced(generation);
    // No answer, or a refusal: a new proxy may do better. A dead server does not.
    const mendable = isInjectorError(error, "toxiproxy-timeout", "toxiproxy-refused");
    if (!replaced && !mendable) throw error;
    if (attempt === ATTEMPTS) {
      const message = `link ${name} could not be brought into its state in ${ATTEMPTS} attempts`;
      throw new InjectorError("toxiproxy-wedged", message, { cause: error });
    }
    return replaced || !(error instanceof Error) ? RESTARTED : error.message;
  }
}

const nameOf = ({ name }: Toxic): string => name;
const isSlow = ({ type }: Toxic): boolean => PASSAGE[type] === "slow";
const isCutting = ({ type }: Toxic): boolean => PASSAGE[type] === "cutting";

interface Change {
  readonly added: readonly Toxic[];
  readonly removed: readonly Toxic[];
  readonly enabled: boolean | null;
}

function difference(installed: ProxyState, state: ProxyState): Change | null {
  const missing = (there: readonly Toxic[], here: readonly Toxic[]) =>
    there.filter(({ name }) => !here.some((toxic) => toxic.name === name));
  const added = missing(state.toxics, installed.toxics);
  const removed = missing(installed.toxics, state.toxics);
  const enabled = installed.enabled === state.enabled ? null : state.enabled;
  return added.length + removed.length === 0 && enabled === null
    ? null
    : { added, removed, enabled };
}

function isInjectorError(
  error: unknown,
  ...codes: readonly InjectorError["code"][]
): error is InjectorError {
  return error instanceof InjectorError && codes.includes(error.code);
}
