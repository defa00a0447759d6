/**
 * Random sets of overlapping faults on one real Toxiproxy: at every moment each link is in the
 * state computed from the active set, and pristine at the end. A failing run prints its seed and
 * path.
 */
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { FaultEffect } from "../fault.ts";
import type { LinkCondition } from "../link-condition.ts";
import type { LinkState, OpenLink } from "../link-state.ts";
import { linkName, linkStates, PRISTINE_LINK } from "../link-state.ts";
import type { EndpointConditions, LinkInjector } from "./links.ts";
import { createLinkInjector } from "./links.ts";
import type { ProxiedLink } from "./proxy-state.ts";
import type { RealToxiproxy } from "./real-toxiproxy.ts";
import { ownAddress, PROVISIONING_MS, realToxiproxy } from "./real-toxiproxy.ts";
import type { ProxyReading, Stream } from "./toxics.ts";
import { ToxiproxyClient } from "./toxiproxy.ts";

const host = ownAddress();
const replicas = ["r0", "r1", "r2", "r3"];
const links: readonly ProxiedLink[] = [...replicas, "c0"]
  .flatMap((from) => replicas.filter((to) => to !== from).map((to) => [from, to] as const))
  .map(([from, to], index) => {
    const upstream = `${host}:${20_100 + replicas.indexOf(to)}`;
    return { name: linkName(from, to), from, to, listen: `${host}:${20_001 + index}`, upstream };
  });

let bed: RealToxiproxy;
let injector: LinkInjector;
let client: ToxiproxyClient;

beforeAll(async () => {
  bed = await realToxiproxy(host);
  client = new ToxiproxyClient(bed.server.url);
  injector = createLinkInjector(bed.server);
  await injector.create(links);
}, PROVISIONING_MS);

afterAll(() => bed?.end());

const condition: fc.Arbitrary<LinkCondition> = fc.oneof(
  fc.constantFrom<LinkCondition>(
    { kind: "refuse" },
    { kind: "reset" },
    { kind: "drop" },
    { kind: "hold" },
  ),
  fc.constantFrom<LinkCondition>(
    { kind: "delay", latencyMs: 40, jitterMs: 0 },
    { kind: "delay", latencyMs: 15, jitterMs: 5 },
    { kind: "bandwidth", kilobytesPerSecond: 10 },
    { kind: "bandwidth", kilobytesPerSecond: 100 },
    { kind: "trickle", bytes: 8, everyMs: 1 },
    { kind: "trickle", bytes: 64, everyMs: 2 },
    { kind: "cutoff", bytes: 500 },
    { kind: "cutoff", bytes: 9_000 },
  ),
);

/** A fault: one condition on some links; few links, so that faults do overlap. */
const fault: fc.Arbitrary<readonly FaultEffect[]> = fc
  .tuple(
    condition,
    fc.subarray(
      [...links.slice(0, 4), ...links.slice(-2)].flatMap(({ from, to }) => [
        [from, to] as const,
        ...(from === "c0" ? [[to, from] as const] : []),
      ]),
      { minLength: 1 },
    ),
  )
  .map(([shared, pairs]) =>
    pairs.map(([from, to]) => ({ on: "network" as const, from, to, condition: shared })),
  );

/**
 * Begin the fault in a slot, or heal the one that is there; the set of active ones is what counts.
 */
const steps = fc.array(
  fc.record({ slot: fc.integer({ min: 0, max: 3 }), fault, disturbed: fc.boolean() }),
  { minLength: 1, maxLength: 8 },
);

test("the state of every link is the one computed from the active set, and pristine at the end", async () => {
  let disturbances = 0;
  const endpoints: EndpointConditions = () => ({ running: true, disturbances });
  await fc.assert(
    fc.asyncProperty(steps, async (script) => {
      const active = new Map<number, readonly FaultEffect[]>();
      for (const step of script) {
        if (!active.delete(step.slot)) active.set(step.slot, step.fault);
        if (step.disturbed) disturbances += 1;
        await expectApplied([...active.values()].flat(), endpoints);
      }
      await expectApplied([], endpoints);
    }),
    { numRuns: 100, endOnFailure: true },
  );
  expect(await injector.inspect()).toEqual([]);
}, 60_000);

async function expectApplied(
  effects: readonly FaultEffect[],
  endpoints: EndpointConditions,
): Promise<void> {
  const desired = linkStates(effects);
  const outcomes = await injector.apply(desired, endpoints);
  expect(outcomes.flatMap(({ differences }) => differences)).toEqual([]);
  const readings = await Promise.all(links.map(({ name }) => client.read(name)));
  for (const [index, link] of links.entries()) {
    const reading = readings[index];
    if (reading === undefined) throw new Error(`no reading of ${link.name}`);
    const { from, to } = link;
    const forth = desired.get(linkName(from, to)) ?? PRISTINE_LINK;
    expect(stateRead(reading, "upstream"), linkName(from, to)).toEqual(forth);
    // Between replicas the other direction has a proxy of its own, and this one's downstream is
    // bare.
    const back = from === "c0" ? desired.get(linkName(to, from)) : undefined;
    const downstream = reading.enabled ? stateRead(reading, "downstream") : PRISTINE_LINK;
    const hidden = back?.kind === "refuse" ? PRISTINE_LINK : back;
    expect(downstream, linkName(to, from)).toEqual(hidden ?? PRISTINE_LINK);
  }
}

/**
 * The other way round than the injector goes: what Toxiproxy says, in the words of a link's state.
 */
function stateRead({ enabled, toxics }: ProxyReading, stream: Stream): LinkState {
  const found = toxics.filter((toxic) => toxic.stream === stream);
  if (!enabled) return toxics.length === 0 ? { kind: "refuse" } : PRISTINE_LINK;
  const types = found.map(({ type }) => type);
  if (types.includes("reset_peer")) return { kind: "reset" };
  if (types.includes("timeout")) return { kind: "drop" };
  let shaping: OpenLink = PRISTINE_LINK;
  for (const { type, attributes } of found) {
    if (type === "latency" && attributes.latency >= 3_600_000) return { kind: "hold" };
    if (type === "latency") {
      const delay = { latencyMs: attributes.latency, jitterMs: attributes.jitter };
      shaping = { ...shaping, delay };
    }
    if (type === "bandwidth") {
      shaping = { ...shaping, bandwidth: { kilobytesPerSecond: attributes.rate } };
    }
    if (type === "slicer") {
      const trickle = { bytes: attributes.average_size, everyMs: attributes.delay / 1_000 };
      shaping = { ...shaping, trickle };
    }
    if (type === "limit_data") shaping = { ...shaping, cutoff: { bytes: attributes.bytes } };
  }
  return shaping;
}
