/**
 * Where a run listens (harness §8.5): an address of its own, ports that the kernel never hands out.
 */
import { randomInt } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { DriverError } from "../driver.ts";

export interface RunAddress {
  readonly host: string;
  /** The first of the ports asked for; they follow each other. */
  readonly basePort: number;
  /**
   * Gives the block back; until then no other run takes it, because a socket of ours listens in it.
   */
  release(): Promise<void>;
}

interface Block {
  readonly host: string;
  readonly firstPort: number;
}

const ADDRESSES_TRIED = 16;
const PREFERRED_PORT = 20_000;

/**
 * Finds a block of free ports: on a loopback address of its own, or on 127.0.0.1 where the system
 * (macOS, for one) has no other.
 * @throws {DriverError} NO_PORTS with the last refusal
 */
export async function claimAddress(ports: number, hosts = randomHosts()): Promise<RunAddress> {
  const { first, last } = quietPorts(ephemeralRange(), ports + 1);
  let refused: unknown;
  for (const block of candidates({ first, last, size: ports + 1 }, hosts)) {
    try {
      return await claim(block, ports);
    } catch (error) {
      refused = error;
    }
  }
  throw new DriverError(
    "NO_PORTS",
    `no free block of ${ports + 1} ports on any loopback address between ${first} and ${last}`,
    { cause: refused },
  );
}

/**
 * A range of ports outside the ephemeral one: a dial to a refused ephemeral port can connect to
 * itself, and the impostor then holds the port.
 */
export function quietPorts(
  ephemeral: { readonly low: number; readonly high: number },
  size: number,
): { readonly first: number; readonly last: number } {
  if (ephemeral.low - size > PREFERRED_PORT)
    return { first: PREFERRED_PORT, last: ephemeral.low - 1 };
  if (ephemeral.low - size > 1024) return { first: 1024, last: ephemeral.low - 1 };
  if (65_535 - ephemeral.high > size) return { first: ephemeral.high + 1, last: 65_535 };
  throw new DriverError(
    "NO_PORTS",
    `the kernel hands out ports ${ephemeral.low} to ${ephemeral.high} and leaves no ${size} in a row; ` +
      "narrow net.ipv4.ip_local_port_range",
  );
}

function ephemeralRange(): { low: number; high: number } {
  try {
    const text = readFileSync("/proc/sys/net/ipv4/ip_local_port_range", "utf8");
    const [low = 32_768, high = 60_999] = text.trim().split(/\s+/).map(Number);
    return { low, high };
  } catch (error) {
    // No Linux: IANA's range is what the other systems use.
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return { low: 49_152, high: 65_535 };
    throw error;
  }
}

function randomHosts(): readonly string[] {
  return Array.from(
    { length: ADDRESSES_TRIED },
    () => `127.${randomInt(1, 255)}.${randomInt(1, 255)}.${randomInt(1, 255)}`,
  );
}

function* candidates(
  { first, last, size }: { first: number; last: number; size: number },
  hosts: readonly string[],
): Generator<Block> {
  for (const host of hosts) yield { host, firstPort: first };
  for (let port = first; port + size - 1 <= last; port += size) {
    yield { host: "127.0.0.1", firstPort: port };
  }
}

/** The first port is held as the claim; the others are tried and left free. */
async function claim({ host, firstPort }: Block, ports: number): Promise<RunAddress> {
  const held = await listen(host, firstPort);
  try {
    for (let port = firstPort + 1; port <= firstPort + ports; port++) {
      await close(await listen(host, port));
    }
  } catch (error) {
    await close(held);
    throw error;
  }
  return { host, basePort: firstPort + 1, release: () => close(held) };
}

function listen(host: string, port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once("error", reject);
    server.listen({ host, port, exclusive: true }, () => resolve(server));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error ? reject(error) : resolve()));
  });
}
