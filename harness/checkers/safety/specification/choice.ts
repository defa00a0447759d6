/** What a NEW-VIEW has to select, as a function of the VIEW-CHANGEs that it names. */
import type { Voted } from "./replica-model.ts";
import type { Cluster } from "./step.ts";
import type { Claims } from "./witnesses.ts";

export interface Choice {
  readonly base: number;
  /** Ascending from the base, no gaps. */
  readonly selected: readonly (readonly [n: number, d: string])[];
}

/** Null where the VIEW-CHANGEs leave something undecided, so that there is no NEW-VIEW yet. */
export type Chooser = (claims: readonly Claims[], cluster: Cluster) => Choice | null;

const NULL_REQUEST = "0".repeat(64);

/** protocols §9.3: certificates prove what they say, so that of the highest view counts. */
export const byCertificates: Chooser = (claims) => {
  const base = Math.max(...claims.map(({ h }) => h));
  const chosen = new Map([...latestPrepared(claims)].map(([n, { d }]) => [n, d] as const));
  return { base, selected: filledUp(base, chosen) };
};

/** By number what is said to be prepared in the highest view; a tie is broken by the digest. */
export function latestPrepared(claims: readonly Claims[]): ReadonlyMap<number, Voted> {
  const latest = new Map<number, Voted>();
  for (const { p } of claims) {
    for (const [n, d, v] of p) {
      const known = latest.get(n);
      if (known === undefined || v > known.v || (v === known.v && d < known.d)) {
        latest.set(n, { v, d });
      }
    }
  }
  return latest;
}

/** protocols §20.4: nothing is proved, so what counts is how many agree. */
export const byClaims: Chooser = (claims, cluster) => {
  const base = baseOf(claims, cluster);
  if (base === null) return null;
  const chosen = new Map<number, string>();
  for (const n of new Set(claims.flatMap(({ p }) => p.map(([number]) => number)))) {
    if (n <= base) continue;
    const d = preparedAt(n, claims, cluster);
    if (d !== null) chosen.set(n, d);
    else if (!mayBeNull(n, claims, cluster)) return null;
  }
  return { base, selected: filledUp(base, chosen) };
};

/** The highest that W have and Q are not beyond. */
function baseOf(claims: readonly Claims[], { quorum, weakQuorum }: Cluster): number | null {
  let base: number | null = null;
  for (const { c = [] } of claims) {
    for (const [n, d] of c) {
      if (n <= (base ?? -1)) continue;
      const holders = claims.filter((other) => other.c?.some(([m, e]) => m === n && e === d));
      const notBeyond = claims.filter(({ h }) => h <= n);
      if (holders.length >= weakQuorum && notBeyond.length >= quorum) base = n;
    }
  }
  return base;
}

/** Rule A: nothing newer can have committed (A1), and a good replica did accept it then (A2). */
function preparedAt(
  n: number,
  claims: readonly Claims[],
  { quorum, weakQuorum }: Cluster,
): string | null {
  const entries = claims
    .flatMap(({ p }) => p.filter(([number]) => number === n))
    .toSorted(([, d, v], [, e, w]) => w - v || (d < e ? -1 : 1));
  for (const [, d, v] of entries) {
    const noNewer = claims.filter(
      ({ h, p }) =>
        h < n && p.every(([number, e, w]) => number !== n || w < v || (w === v && e === d)),
    );
    const accepted = claims.filter(({ q = [] }) =>
      q.some(([number, e, w]) => number === n && e === d && w >= v),
    );
    if (noNewer.length >= quorum && accepted.length >= weakQuorum) return d;
  }
  return null;
}

/** Rule B: nothing can have committed there. */
function mayBeNull(n: number, claims: readonly Claims[], { quorum }: Cluster): boolean {
  const without = claims.filter(({ h, p }) => h < n && p.every(([number]) => number !== n));
  return without.length >= quorum;
}

/** Up to the highest that was chosen; what nobody prepared below it is the null request. */
function filledUp(base: number, chosen: ReadonlyMap<number, string>): Choice["selected"] {
  const last = Math.max(base, ...chosen.keys());
  return Array.from({ length: last - base }, (_, index) => {
    const n = base + 1 + index;
    return [n, chosen.get(n) ?? NULL_REQUEST] as const;
  });
}
