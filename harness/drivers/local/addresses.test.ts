import { createServer } from "node:net";
import { expect, test } from "vitest";
import { claimAddress, quietPorts, type RunAddress } from "./addresses.ts";

async function closing<T>(addresses: readonly RunAddress[], body: () => T): Promise<T> {
  try {
    return body();
  } finally {
    await Promise.all(addresses.map(({ release }) => release()));
  }
}

test("the ports lie below the ephemeral range, or above it where there is no room below", () => {
  expect(quietPorts({ low: 32_768, high: 60_999 }, 70)).toEqual({ first: 20_000, last: 32_767 });
  expect(quietPorts({ low: 15_000, high: 60_999 }, 70)).toEqual({ first: 1024, last: 14_999 });
  expect(quietPorts({ low: 1024, high: 60_999 }, 70)).toEqual({ first: 61_000, last: 65_535 });
});

test("a kernel that hands out every port is refused with what to change", () => {
  expect(() => quietPorts({ low: 1024, high: 65_535 }, 70)).toThrow("ip_local_port_range");
});

test("two runs at the same time get different addresses", async () => {
  const claims = await Promise.all([claimAddress(8), claimAddress(8)]);
  const [a, b] = claims;
  await closing(claims, () => expect(a?.host).not.toBe(b?.host));
});

test("on one shared address two runs get different blocks, because the first keeps a socket in its own", async () => {
  const first = await claimAddress(8, []);
  const second = await claimAddress(8, []);
  await closing([first, second], () => {
    expect([first.host, second.host]).toEqual(["127.0.0.1", "127.0.0.1"]);
    expect(second.basePort).toBeGreaterThanOrEqual(first.basePort + 8);
  });
});

test("where other addresses cannot be bound, 127.0.0.1 is taken", async () => {
  const claimed = await claimAddress(4, ["192.0.2.1"]);
  await closing([claimed], () => expect(claimed.host).toBe("127.0.0.1"));
});

test("a block with a taken port is passed over", async () => {
  const host = "127.99.7.3";
  const probe = await claimAddress(3, [host]);
  const taken = probe.basePort + 2;
  await probe.release();
  const server = createServer();
  await new Promise<void>((resolve) => server.listen({ host, port: taken }, resolve));
  const claimed = await claimAddress(3, [host]);
  server.close();
  await closing([claimed], () => expect(claimed.host).not.toBe(host));
});
