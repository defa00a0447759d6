import { expect, test } from "vitest";
import { type LinkState, PRISTINE_LINK } from "../../../faults/link-state.ts";
import { attestLinkWithK6 } from "./attest-k6.ts";
import type { Ground } from "./ground.ts";
import { type Peers, Sightings } from "./sightings.ts";

const PERIOD_MS = 150;
const LOOKS = 8;

const silent: Peers[string] = {
  sent: 0,
  received: 0,
  sentBytes: 0,
  receivedBytes: 0,
  dropped: 0,
  beatSent: 0,
  beatReceived: 0,
  beatsReceived: 0,
  oneWayMs: null,
  connected: true,
  connects: 1,
};

interface Scene {
  readonly link: LinkState;
  /** What r1 has counted of k6 at the k-th look; nothing: it does not know k6. */
  readonly ofK6: ((look: number) => Partial<Peers[string]>) | null;
  readonly towardsClients?: true;
}

/** A fault on a link of the client host, whose own connection proves it. */
function attested({ link, ofK6, towardsClients }: Scene) {
  const sightings = new Sightings();
  const ownBeats = link.kind === "open" ? { oneWayMs: 100 } : {};
  for (let look = 0; look < LOOKS; look += 1) {
    const atNs = BigInt(look * PERIOD_MS) * 1_000_000n;
    const arrived = link.kind === "open" ? { beatReceived: look, received: look } : {};
    const own = { ...silent, beatSent: look, ...ownBeats, ...arrived };
    const k6 = ofK6 === null ? {} : { c1: { ...silent, ...ofK6(look) } };
    sightings.add({ endpoint: "r1", askedNs: atNs, atNs, peers: { c0: own, ...k6 } });
    sightings.add({ endpoint: "c0", askedNs: atNs, atNs, peers: { r1: own } });
  }
  const ground: Ground = {
    sightings,
    periodMs: PERIOD_MS,
    patienceMs: 30,
    processState: () => "running",
    replica: () => undefined,
    linkState: () => link,
    linkStateWithout: () => PRISTINE_LINK,
    processStateWithout: () => "running",
    shareWithout: () => 1,
    shareBefore: () => 1,
    linkStateBefore: () => PRISTINE_LINK,
    processStateBefore: () => "running",
    isLieShared: () => false,
    settledNs: () => 0n,
    isSettled: () => true,
  };
  const ends = towardsClients ? { from: "r1", to: "c0" } : { from: "c0", to: "r1" };
  const { signal } = new AbortController();
  const asked = { entry: "cut", sinceNs: 0n, readBack: "enabled", signal, durationMs: 30 };
  return attestLinkWithK6({ ...asked, ...ends }, ground);
}

const drop: LinkState = { kind: "drop" };
const late: LinkState = { ...PRISTINE_LINK, delay: { latencyMs: 100, jitterMs: 0 } };

test("a cut is proven of k6, too, by what the replica no longer receives of it", async () => {
  const part = await attested({ link: drop, ofK6: () => ({ received: 7 }) });
  expect(part.outcome).toBe("installed");
  expect(part.evidence.join("\n")).toContain("c0-r1: r1 received nothing of k6 (c1) for 1050 ms");
});

test("a k6 that comes through all the same has found a way around the fault", async () => {
  const part = await attested({ link: drop, ofK6: (look) => ({ received: look }) });
  expect(part.outcome).toBe("partial");
  expect(part.evidence[0]).toMatch(/r1 received 7 frames of k6 \(c1\)/);
});

test("a replica that knows nothing of k6 proves nothing of it", async () => {
  expect(await attested({ link: drop, ofK6: null })).toMatchObject({ outcome: "indeterminate" });
});

test("a delay is proven of k6's own beats, and denied by prompt ones", async () => {
  const beat = (oneWayMs: number) => (look: number) => ({ beatReceived: look, oneWayMs });
  const slow = await attested({ link: late, ofK6: beat(101) });
  expect(slow.outcome).toBe("installed");
  expect(slow.evidence.join("\n")).toContain("a beat of k6 (c1) took 101.0 ms one way");
  const prompt = await attested({ link: late, ofK6: beat(1) });
  expect(prompt.outcome).not.toBe("installed");
});

test("of what k6 receives nobody counts anything, and the evidence says so", async () => {
  const part = await attested({ link: drop, ofK6: null, towardsClients: true });
  expect(part.outcome).toBe("installed");
  expect(part.evidence.join("\n")).toContain("what k6 receives is not counted");
});
