/**
 * The conditions of a directed link, one row for each kind. What is true of a kind in every world
 * stands here; what a world makes of it (`injectors/proxy-state.ts`, the simulated link, the proofs
 * of the drivers) are tables over the same kinds. So a new kind does not compile before each of
 * them has an answer: none can take it for an open link.
 */

/** What happens to the bytes that are sent over the link, by kind; and how much of it. */
interface ConditionParameters {
  /** Connections closed and refused. */
  readonly refuse: object;
  /** Live connections get FIN, new ones RST. */
  readonly reset: object;
  /** Accepted and lost; the connection dies at heal. */
  readonly drop: object;
  /** Held back, delivered in order at heal. */
  readonly hold: object;
  readonly delay: { readonly latencyMs: number; readonly jitterMs: number };
  readonly bandwidth: { readonly kilobytesPerSecond: number };
  readonly trickle: { readonly bytes: number; readonly everyMs: number };
  /** The connection closes after this many bytes. */
  readonly cutoff: { readonly bytes: number };
}

export type ConditionKind = keyof ConditionParameters;

export type LinkCondition<Kind extends ConditionKind = ConditionKind> = {
  [Each in Kind]: { readonly kind: Each } & ConditionParameters[Each];
}[Kind];

interface Cut {
  /** What becomes of the bytes that are sent while it lasts. */
  readonly bytes: "unsent" | "lost" | "held";
  /** A client and a replica share one connection: whether one direction takes the other with it. */
  readonly takes: "one direction" | "the connection";
}

/**
 * Nothing passes. The strongest comes first: `reset` stands below `refuse` because a refused link
 * has nothing left to reset, and above `drop` and `hold` because a connection that is cut has
 * nothing left to lose or to hold back.
 */
export const CUTS = {
  refuse: { bytes: "unsent", takes: "the connection" },
  reset: { bytes: "unsent", takes: "one direction" },
  drop: { bytes: "lost", takes: "one direction" },
  hold: { bytes: "held", takes: "one direction" },
} as const satisfies { readonly [Kind in ConditionKind]?: Cut };

export type CutKind = keyof typeof CUTS;

export const CUT_KINDS = Object.keys(CUTS) as readonly CutKind[];

export function isCut(condition: LinkCondition): condition is LinkCondition<CutKind> {
  return condition.kind in CUTS;
}

/** Every kind that is no cut: something passes, but not as on an open link. */
export type ShapingKind = Exclude<ConditionKind, CutKind>;

export type Shaping<Kind extends ShapingKind> = ConditionParameters[Kind];

/** What the two ends of a link can see of it. */
export type ShapingSign =
  /** Frames take longer. */
  | "lateness"
  /** Less arrives than is sent. */
  | "throughput"
  /** The connection is closed and made anew. */
  | "closing";

interface ShapingRules<Kind extends ShapingKind> {
  /** Several on one link; null = together they change nothing. */
  readonly combine: (all: readonly Shaping<Kind>[]) => Shaping<Kind> | null;
  /** How long so many bytes are held up by it, at the very least. */
  readonly leastMs: (shaping: Shaping<Kind>, bytes: number) => number;
  /** At most; Infinity where they may never arrive. */
  readonly mostMs: (shaping: Shaping<Kind>, bytes: number) => number;
  /** The surest sign first. */
  readonly signs: readonly ShapingSign[];
}

/** In the order in which a chunk meets them on a proxy. */
export const SHAPINGS: { readonly [Kind in ShapingKind]: ShapingRules<Kind> } = {
  delay: {
    combine(all) {
      const latencyMs = sum(all.map((each) => each.latencyMs));
      return latencyMs === 0
        ? null
        : { latencyMs, jitterMs: sum(all.map((each) => each.jitterMs)) };
    },
    leastMs: ({ latencyMs, jitterMs }) => Math.max(0, latencyMs - jitterMs),
    mostMs: ({ latencyMs, jitterMs }) => latencyMs + jitterMs,
    signs: ["lateness"],
  },
  bandwidth: {
    combine: (all) => ({
      kilobytesPerSecond: Math.min(...all.map((each) => each.kilobytesPerSecond)),
    }),
    // Less than a millisecond is nothing to a proxy's clock.
    leastMs({ kilobytesPerSecond }, bytes) {
      const paceMs = bytes / kilobytesPerSecond;
      return paceMs >= 1 ? paceMs : 0;
    },
    mostMs: ({ kilobytesPerSecond }, bytes) => bytes / kilobytesPerSecond,
    signs: ["lateness", "throughput"],
  },
  trickle: {
    combine: (all) => ({
      bytes: Math.min(...all.map((each) => each.bytes)),
      everyMs: Math.max(...all.map((each) => each.everyMs)),
    }),
    // The waits are between slices: one is certain as soon as two slices are needed.
    leastMs: (slice, bytes) => (bytes > slice.bytes ? slice.everyMs : 0),
    mostMs: (slice, bytes) => Math.ceil(bytes / slice.bytes) * slice.everyMs,
    signs: ["lateness"],
  },
  cutoff: {
    combine: (all) => ({ bytes: Math.min(...all.map((each) => each.bytes)) }),
    leastMs: () => 0,
    // A connection that closes in the middle of every frame or two is as good as cut.
    mostMs: () => Number.POSITIVE_INFINITY,
    signs: ["closing"],
  },
};

export const SHAPING_KINDS = Object.keys(SHAPINGS) as readonly ShapingKind[];

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
