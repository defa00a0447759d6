/**
 * From the states of the directed links that one proxy carries to what that proxy must look like.
 */
import type { CutKind, Shaping, ShapingKind } from "../link-condition.ts";
import { SHAPING_KINDS } from "../link-condition.ts";
import type { LinkShaping, LinkState } from "../link-state.ts";
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
  if (isRefused(forth) || isRefused(back)) return { enabled: false, toxics: [] };
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

type Unnamed = Toxic extends infer Kind
  ? Kind extends Toxic
    ? Pick<Kind, "type" | "attributes">
    : never
  : never;

/** What cuts a link; null = the proxy itself is disabled. */
const CUTTING: { readonly [Kind in CutKind]: Unnamed | null } = {
  refuse: null,
  reset: { type: "reset_peer", attributes: { timeout: 0 } },
  drop: { type: "timeout", attributes: { timeout: 0 } },
  hold: { type: "latency", attributes: { latency: HOLD_MS, jitter: 0 } },
};

const SHAPING: { readonly [Kind in ShapingKind]: (shaping: Shaping<Kind>) => Unnamed } = {
  delay: ({ latencyMs: latency, jitterMs: jitter }) => ({
    type: "latency",
    attributes: { latency, jitter },
  }),
  bandwidth: ({ kilobytesPerSecond: rate }) => ({ type: "bandwidth", attributes: { rate } }),
  trickle: ({ bytes, everyMs }) => ({
    type: "slicer",
    attributes: { average_size: bytes, size_variation: 0, delay: Math.round(everyMs * 1_000) },
  }),
  cutoff: ({ bytes }) => ({ type: "limit_data", attributes: { bytes } }),
};

function isRefused({ kind }: LinkState): boolean {
  return kind !== "open" && CUTTING[kind] === null;
}

function toxicsOf(state: LinkState, stream: Stream): readonly Toxic[] {
  const toxics =
    state.kind === "open"
      ? SHAPING_KINDS.map((kind) => shapingToxic(kind, state))
      : [CUTTING[state.kind]];
  return toxics.flatMap((toxic) => (toxic === null ? [] : [named(toxic, stream)]));
}

function shapingToxic<Kind extends ShapingKind>(kind: Kind, state: LinkShaping): Unnamed | null {
  const shaping = state[kind];
  return shaping === null ? null : SHAPING[kind](shaping);
}

/**
 * The name says everything, so a toxic with other values is another toxic: it is added and the old
 * one removed, never updated. (Updating `latency` sets free what it holds back.)
 */
function named(toxic: Unnamed, stream: Stream): Toxic {
  const name = [stream, toxic.type, ...Object.values(toxic.attributes)].join("-");
  return { ...toxic, name, stream, toxicity: 1 };
}
