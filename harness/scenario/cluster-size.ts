import type { Protocol, Tolerance } from "../../nodes/protocols/contract/protocol.ts";

export interface PlannedSize {
  readonly replicas: number;
  readonly tolerates: Tolerance;
}

interface AskedSize {
  readonly protocol: string;
  readonly n?: number | undefined;
  readonly f?: number | undefined;
}

/**
 * What n or f come to with this protocol; without both, the smallest cluster that tolerates one
 * fault where the protocol tolerates any.
 * @throws RangeError in words for the user where they cannot be
 */
export function clusterSize(
  { protocol, n, f }: AskedSize,
  protocols: readonly Protocol[],
): PlannedSize {
  const chosen = protocols.find(({ name }) => name === protocol);
  if (chosen === undefined) throw new RangeError(`unknown protocol ${protocol}`);
  const replicas = n ?? chosen.replicasFor(f ?? 1);
  const tolerates = chosen.tolerates(replicas);
  if (f !== undefined && f !== tolerates.crashed) {
    const smallest = chosen.replicasFor(f);
    const needed = chosen.tolerates(smallest).crashed === f ? smallest : null;
    const allowed = needed === null ? "leave f out" : `f: ${f} needs n: ${needed}`;
    throw new RangeError(
      `found f: ${f}, but ${protocol} with n: ${replicas} tolerates ${tolerates.crashed}; allowed: ${allowed}`,
    );
  }
  return { replicas, tolerates };
}
