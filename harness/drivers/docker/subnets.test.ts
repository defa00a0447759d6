import { expect, test } from "vitest";
import { addressIn, freeSubnet, overlap, parseSubnet, poolsOf, routedSubnets } from "./subnets.ts";

test("a subnet begins where its length says, and its addresses follow each other", () => {
  const subnet = parseSubnet("10.213.4.30/28");
  expect(subnet).toMatchObject({ text: "10.213.4.16/28", size: 16 });
  expect([1, 15].map((index) => addressIn(subnet, index))).toEqual(["10.213.4.17", "10.213.4.31"]);
  expect(addressIn(parseSubnet("223.255.255.0/24"), 255)).toBe("223.255.255.255");
});

test.each(["10.0.0.0", "10.0.0.0/33", "10.0.0.256/24", "ten"])("%s is no subnet", (text) => {
  expect(() => parseSubnet(text)).toThrow(/no range of addresses/);
});

test("what overlaps is not drawn, however little is left", () => {
  const pools = [parseSubnet("10.1.0.0/26")];
  const taken = ["10.1.0.0/28", "10.1.0.40/29", "10.1.0.63/32"].map(parseSubnet);
  for (let draw = 0; draw < 20; draw++) {
    expect(freeSubnet(28, { pools, taken }).text).toBe("10.1.0.16/28");
  }
});

test("the next pool is used when one is taken whole, and at last it is told which to set", () => {
  const pools = poolsOf({ BFT_CHAOS_SUBNETS: "10.1.0.0/24, 172.16.9.0/28" });
  const all = parseSubnet("10.0.0.0/8");
  expect(freeSubnet(28, { pools, taken: [all] }).text).toBe("172.16.9.0/28");
  expect(() => freeSubnet(24, { pools, taken: [all] })).toThrow(/BFT_CHAOS_SUBNETS/);
});

test("unless told otherwise, private ranges that do not touch each other are used", () => {
  const pools = poolsOf({});
  expect(pools.length).toBeGreaterThan(1);
  const rest = pools.slice(1);
  expect(pools[0] && rest.some((pool) => pools[0] && overlap(pool, pools[0]))).toBe(false);
});

test("routes of this machine are read from the kernel's table, without the default one", () => {
  const table = [
    "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT",
    "eth0\t00000000\t010011AC\t0003\t0\t0\t0\t00000000\t0\t0\t0",
    "eth0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0",
    "br-1\t1004D50A\t00000000\t0001\t0\t0\t0\tF0FFFFFF\t0\t0\t0",
    "",
  ].join("\n");
  expect(routedSubnets(table).map(({ text }) => text)).toEqual(["172.17.0.0/16", "10.213.4.16/28"]);
});
