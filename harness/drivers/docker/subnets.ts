/** Private ranges of addresses: which are free, and what lies in one. */
import { randomInt } from "node:crypto";
import { DriverError } from "../driver.ts";

export interface Subnet {
  /** `10.213.4.16/28` */
  readonly text: string;
  readonly first: number;
  /** How many addresses it has, the first and the last of which are nobody's. */
  readonly size: number;
}

export const POOL_VARIABLE = "BFT_CHAOS_SUBNETS";
/** Seldom used, and far from each other: behind a VPN that takes 10/8 one of them is free. */
const POOLS = "10.213.0.0/16,172.29.0.0/16,192.168.224.0/20";

/** @throws {DriverError} NO_SUBNETS, for what is no range of addresses */
export function parseSubnet(text: string): Subnet {
  const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(text.trim());
  const parts = match?.slice(1).map(Number) ?? [];
  const [bits = 33] = parts.splice(4);
  if (bits > 32 || parts.some((part) => part > 255)) {
    throw new DriverError("NO_SUBNETS", `"${text}" is no range of addresses such as 10.213.0.0/16`);
  }
  const size = 2 ** (32 - bits);
  const address = parts.reduce((sum, part) => sum * 256 + part, 0);
  return subnetAt(address - (address % size), bits);
}

export function subnetAt(first: number, bits: number): Subnet {
  return { text: `${dotted(first)}/${bits}`, first, size: 2 ** (32 - bits) };
}

/** Its address number `index`, counted from 0. */
export function addressIn({ first }: Subnet, index: number): string {
  return dotted(first + index);
}

export function overlap(one: Subnet, other: Subnet): boolean {
  return one.first < other.first + other.size && other.first < one.first + one.size;
}

/** Where a run may take its subnets from, in order. */
export function poolsOf(env: Readonly<Record<string, string | undefined>>): readonly Subnet[] {
  return (env[POOL_VARIABLE] || POOLS).split(",").map(parseSubnet);
}

/**
 * A subnet of that length that none of the taken ones touches; which one is drawn, so that two runs
 * that choose at the same time seldom meet.
 * @throws {DriverError} NO_SUBNETS, naming the variable that gives others
 */
export function freeSubnet(
  bits: number,
  { pools, taken }: { readonly pools: readonly Subnet[]; readonly taken: readonly Subnet[] },
): Subnet {
  for (const pool of pools) {
    const size = 2 ** (32 - bits);
    const places = Math.floor(pool.size / size);
    const begin = places > 0 ? randomInt(places) : 0;
    for (let place = 0; place < places; place++) {
      const subnet = subnetAt(pool.first + ((begin + place) % places) * size, bits);
      if (!taken.some((other) => overlap(subnet, other))) return subnet;
    }
  }
  const where = pools.map(({ text }) => text).join(", ");
  const mend = `set ${POOL_VARIABLE} to private ranges that nobody uses`;
  throw new DriverError("NO_SUBNETS", `no free /${bits} in ${where}: ${mend}`);
}

/** The destinations of a routing table as the kernel shows it; the default route takes nothing. */
export function routedSubnets(table: string): readonly Subnet[] {
  return table
    .split("\n")
    .slice(1)
    .flatMap((line) => {
      const [, destination, , , , , , mask] = line.split("\t");
      if (!destination || !mask || destination === "00000000") return [];
      const bits = ones(Buffer.from(mask, "hex").readUInt32BE());
      return subnetAt(Buffer.from(destination, "hex").reverse().readUInt32BE(), bits);
    });
}

function ones(mask: number): number {
  return mask.toString(2).replaceAll("0", "").length;
}

function dotted(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");
}
