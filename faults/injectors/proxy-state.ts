/**
 * From the states of the directed links that one proxy carries to what that proxy must look like.
 */
import type { LinkState, OpenLink } from "../link-state.ts";
import { linkName, PRISTINE_LINK } from "../link-state.ts";
import type { ProxyReading, Stream, Toxic } from "./toxics.ts";

/** A proxy: `from` dials `listen`, and what it sends goes to `upstream`, which is `to`. */
export interface ProxiedLink {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  /** `host:port` */
  readonly listen: string;
  readonly upstream: string;
}

export interface ProxyState {
  readonly enabled: boolean;
  readonly toxics: readonly Toxic[];
}

/** Nothing is held longer than this: far beyond any run. */
const HOLD_MS = 3_600_000;

/**
 * @param duplex the proxy carries both directions (a client link); otherwise its downstream carries
 * only the handshake and is left alone
 */
export function proxyState(
  { from, to }: ProxiedLink,
  desired: ReadonlyMap<string, LinkState>,
  duplex: boolean,
): ProxyState {
  const forth = desired.get(linkName(from, to)) ?? PRISTINE_LINK;
  const back = duplex ? (desired.get(linkName(to, from)) ?? PRISTINE_LINK) : PRISTINE_LINK;
  // Refused links carry no toxics: what a toxic holds on a closed connection wedges its removal.
  if (forth.kind === "refuse" || back.kind === "refuse") return { enabled: false, toxics: [] };
  return {
    enabled: true,
    toxics: [...toxicsOf(forth, "upstream"), ...toxicsOf(back, "downstream")],
  };
}

/** @returns what differs, in words; empty if the proxy is as it should be */
export function differences(
  { listen, upstream }: ProxiedLink,
  state: ProxyState,
  reading: ProxyReading,
): readonly string[] {
  const found: string[] = [];
  const compare = (what: string, expected: unknown, actual: unknown) => {
    if (expected !== actual) found.push(`${what} is ${String(actual)}, not ${String(expected)}`);
  };
  compare("listen", listen, reading.listen);
  compare("upstream", upstream, reading.upstream);
  compare("enabled", state.enabled, reading.enabled);
  compare("toxics", described(state.toxics), described(reading.toxics));
  return found;
}

function described(toxics: readonly Toxic[]): string {
  const each = toxics.map(({ name, type, stream, attributes }) => {
    const sorted = Object.entries(attributes).toSorted(([a], [b]) => (a < b ? -1 : 1));
    return `${name}=${type}/${stream}${JSON.stringify(sorted)}`;
  });
  return each.toSorted().join(" ") || "none";
}

function toxicsOf(state: LinkState, stream: Stream): readonly Toxic[] {
  switch (state.kind) {
    case "refuse":
      return [];
    case "reset":
      return [named({ type: "reset_peer", attributes: { timeout: 0 } }, stream)];
    case "drop":
      return [named({ type: "timeout", attributes: { timeout: 0 } }, stream)];
    case "hold":
      return [named({ type: "latency", attributes: { latency: HOLD_MS, jitter: 0 } }, stream)];
    case "open":
      return shapingToxics(state).map((toxic) => named(toxic, stream));
    default:
      return state satisfies never;
  }
}

type Unnamed = Toxic extends infer Kind
  ? Kind extends Toxic
    ? Pick<Kind, "type" | "attributes">
    : never
  : never;

function shapingToxics(state: OpenLink): readonly Unnamed[] {
  const { latencyMs: latency, jitterMs: jitter, kilobytesPerSecond, trickle, cutoffBytes } = state;
  const toxics: Unnamed[] = [];
  if (latency > 0) toxics.push({ type: "latency", attributes: { latency, jitter } });
  if (kilobytesPerSecond !== null) {
    toxics.push({ type: "bandwidth", attributes: { rate: kilobytesPerSecond } });
  }
  if (trickle !== null) {
    const delay = Math.round(trickle.everyMs * 1_000);
    const attributes = { average_size: trickle.bytes, size_variation: 0 as const, delay };
    toxics.push({ type: "slicer", attributes });
  }
  if (cutoffBytes !== null) {
    toxics.push({ type: "limit_data", attributes: { bytes: cutoffBytes } });
  }
  return toxics;
}

/**
 * The name says everything, so a toxic with other values is another toxic: it is added and the old
 * one removed, never updated. (Updating `latency` sets free what it holds back.)
 */
function named(toxic: Unnamed, stream: Stream): Toxic {
  const name = [stream, toxic.type, ...Object.values(toxic.attributes)].join("-");
  return { ...toxic, name, stream, toxicity: 1 };
}
