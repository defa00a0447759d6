/**
 * Puts links into their desired states on a real Toxiproxy, and never depends on its good will
 * (DESIGN 5). Removing a toxic from a connection whose receiver is dead or stopped wedges 2.12: the
 * proxy's lock is never let go. So a toxic is removed in place only while both ends have run
 * undisturbed since it was installed; in every other case, and when a call has not answered in 2 s,
 * the proxy is deleted and created again on the same port: disabled, toxics, enabled.
 */
import type { LinkState } from "../link-state.ts";
import { InjectorError } from "./injector-error.ts";
import type { ProxiedLink, ProxyState } from "./proxy-state.ts";
import { differences, proxyState } from "./proxy-state.ts";
import type { ProxyReading, Toxic } from "./toxics.ts";
import type { ToxiproxyClient } from "./toxiproxy.ts";

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

export interface LinkInjector {
  /** Every proxy enabled and without toxics. */
  create(links: readonly ProxiedLink[]): Promise<void>;
  /**
   * @param desired all links that are not pristine, by name; those left out become pristine
   * @returns the proxies that had to change
   * @throws {InjectorError} when not even creating a proxy again helps
   */
  apply(
    desired: ReadonlyMap<string, LinkState>,
    endpoints: EndpointConditions,
  ): Promise<readonly LinkOutcome[]>;
  /** Of every proxy by name: what is not as last applied, one line each. */
  inspect(): Promise<readonly string[]>;
  /** Deletes every proxy. */
  close(): Promise<void>;
}

interface LinkRecord {
  readonly link: ProxiedLink;
  readonly duplex: boolean;
  installed: ProxyState;
  /** The disturbances of both ends when the first of the toxics now installed came. */
  disturbances: number;
  /** The end of the queue: one change at a time. */
  last: Promise<unknown>;
}

/** A proxy's port may still be closing; a call that timed out may still take effect. */
const RECREATE_ATTEMPTS = 3;

export function createLinkInjector(client: ToxiproxyClient): LinkInjector {
  const records: LinkRecord[] = [];

  const each = <Result>(work: (record: LinkRecord) => Promise<Result>) =>
    Promise.all(records.map((record) => inTurn(record, () => work(record))));

  return {
    async create(links) {
      const carried = new Set(links.map(({ from, to }) => `${from} ${to}`));
      for (const link of links) {
        const duplex = !carried.has(`${link.to} ${link.from}`);
        const installed = { enabled: true, toxics: [] };
        records.push({ link, duplex, installed, disturbances: 0, last: Promise.resolve() });
      }
      await each(({ link }) => client.create(address(link), true));
    },

    async apply(desired, endpoints) {
      const outcomes = await each((record) => {
        const state = proxyState(record.link, desired, record.duplex);
        return settle(client, record, state, endpoints);
      });
      return outcomes.filter((outcome) => outcome !== null);
    },

    async inspect() {
      const found = await each(async ({ link, installed }) =>
        differences(link, installed, await client.read(link.name)).map(
          (difference) => `${link.name}: ${difference}`,
        ),
      );
      return found.flat();
    },

    async close() {
      await each(({ link }) => client.delete(link.name));
      records.length = 0;
    },
  };
}

function inTurn<Result>(record: LinkRecord, work: () => Promise<Result>): Promise<Result> {
  const result = record.last.then(work, work);
  record.last = result;
  return result;
}

async function settle(
  client: ToxiproxyClient,
  record: LinkRecord,
  state: ProxyState,
  endpoints: EndpointConditions,
): Promise<LinkOutcome | null> {
  const change = difference(record.installed, state);
  if (change === null) return null;
  const since = performance.now();
  let recreatedBecause = unsafe(record, change, endpoints);
  if (recreatedBecause === null) {
    try {
      await changeInPlace(client, record, change);
    } catch (error) {
      if (!isMendable(error)) throw error;
      recreatedBecause = error.message;
    }
  }
  if (recreatedBecause !== null) await recreate(client, record.link, state);
  const fresh = recreatedBecause !== null || record.installed.toxics.length === 0;
  if (fresh) record.disturbances = disturbancesOf(record.link, endpoints);
  record.installed = state;

  let readBack: ProxyReading;
  try {
    readBack = await client.read(record.link.name);
  } catch (error) {
    // A wedge shows at the first look: reading a proxy needs the lock of its toxics too.
    if (!isMendable(error)) throw error;
    recreatedBecause ??= error.message;
    await recreate(client, record.link, state);
    readBack = await client.read(record.link.name);
  }
  return {
    link: record.link.name,
    readBack,
    differences: differences(record.link, state, readBack),
    recreatedBecause,
    tookMs: performance.now() - since,
  };
}

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

/** @returns why this change would risk a wedge, or null */
function unsafe(
  record: LinkRecord,
  { removed, enabled }: Change,
  endpoints: EndpointConditions,
): string | null {
  if (removed.length === 0) return null;
  if (enabled === false) return "a refused link carries no toxics";
  const { from, to } = record.link;
  for (const end of [from, to]) {
    if (!endpoints(end).running) return `${end} is not running`;
  }
  return disturbancesOf(record.link, endpoints) === record.disturbances
    ? null
    : `${from} or ${to} was stopped or killed since the toxic was installed`;
}

function disturbancesOf({ from, to }: ProxiedLink, endpoints: EndpointConditions): number {
  return endpoints(from).disturbances + endpoints(to).disturbances;
}

/**
 * New toxics go in before old ones come out, so that what an old one sets free meets the new one:
 * nothing held back slips through between a `hold` and a `drop`.
 */
async function changeInPlace(
  client: ToxiproxyClient,
  { link: { name } }: LinkRecord,
  { added, removed, enabled }: Change,
): Promise<void> {
  if (enabled === false) return client.setEnabled(name, false);
  for (const toxic of added) await client.addToxic(name, toxic);
  for (const toxic of removed) await client.removeToxic(name, toxic);
  if (enabled === true) await client.setEnabled(name, true);
}

/** There is no way to create a proxy with toxics at once, so it is enabled last. */
async function recreate(
  client: ToxiproxyClient,
  link: ProxiedLink,
  { enabled, toxics }: ProxyState,
): Promise<void> {
  let failure: unknown;
  for (let attempt = 0; attempt < RECREATE_ATTEMPTS; attempt += 1) {
    try {
      await client.delete(link.name);
      await client.create(address(link), false);
      for (const toxic of toxics) await client.addToxic(link.name, toxic);
      if (enabled) await client.setEnabled(link.name, true);
      return;
    } catch (error) {
      if (!isMendable(error)) throw error;
      failure = error;
    }
  }
  const message = `link ${link.name} could not be created again`;
  throw new InjectorError("toxiproxy-wedged", message, { cause: failure });
}

function address({ name, listen, upstream }: ProxiedLink) {
  return { name, listen, upstream };
}

/** No answer, or a refusal: another proxy may do better. A dead server does not. */
function isMendable(error: unknown): error is InjectorError {
  return (
    error instanceof InjectorError &&
    (error.code === "toxiproxy-timeout" || error.code === "toxiproxy-refused")
  );
}
