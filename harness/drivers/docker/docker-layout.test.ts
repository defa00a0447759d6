import { expect, test } from "vitest";
import { clusterWith, planWith } from "../../plan/plan.fixture.ts";
import { gatewayOf, layOut, networksFor } from "./docker-layout.ts";
import { overlap, parseSubnet, type Subnet, subnetAt } from "./subnets.ts";

const BASE = parseSubnet("10.1.0.0/16").first;

function placed(plan = planWith()) {
  const wanted = networksFor(plan);
  const subnets = new Map(
    wanted.map(({ part, bits }, index): [string, Subnet] => [
      part,
      subnetAt(BASE + index * 256, bits),
    ]),
  );
  return { subnets, layout: layOut(plan, subnets) };
}

test("each endpoint dials others at an address of Toxiproxy's in its own network", () => {
  const { subnets, layout } = placed();
  expect([...subnets.keys()]).toEqual(["r0", "r1", "r2", "r3", "c0", "control"]);
  expect(layout.links).toHaveLength(16);
  for (const { from, to, listen, upstream } of layout.links) {
    expect(parseSubnet(`${listen.host}/28`).text).toBe(subnets.get(from)?.text);
    expect(parseSubnet(`${upstream.host}/28`).text).toBe(subnets.get(to)?.text);
  }
});

test("no address is given twice, and Toxiproxy takes its orders where nobody else is", () => {
  const { subnets, layout } = placed();
  const seats = [...layout.seats.values(), ...(layout.toxiproxy?.seats ?? [])];
  const gateways = [...subnets.values()].map(gatewayOf);
  const all = [...seats.map(({ address }) => address), ...gateways];
  expect(new Set([...all, layout.toxiproxy?.api.address]).size).toBe(all.length + 1);
  expect(seats.map(({ part }) => part)).not.toContain(layout.toxiproxy?.api.part);
});

test("with direct links all share one network, which is large enough", () => {
  const { subnets, layout } = placed(planWith({ cluster: clusterWith({ links: "direct" }) }));
  const [shared] = subnets.values();
  expect(subnets.size).toBe(1);
  expect(layout.links).toEqual([]);
  const hosts = [...layout.seats.values()].map(({ address }) => address);
  expect(new Set(hosts).size).toBe(5);
  for (const host of hosts) expect(shared && overlap(shared, parseSubnet(`${host}/32`))).toBe(true);
});
