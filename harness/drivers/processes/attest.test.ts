import { expect, test } from "vitest";
import type { LinkState, ProcessState } from "../../../faults/link-state.ts";
import { PRISTINE_LINK } from "../../../faults/link-state.ts";
import { merge, type Part } from "../attestation.ts";
import { attestBehaviour, attestHonestAgain } from "./attest-behaviour.ts";
import { attestHealedLink, attestLink, type HealQuestion } from "./attest-link.ts";
import { attestHealedProcess, attestProcess } from "./attest-process.ts";
import type { Ground } from "./ground.ts";
import { countersSince } from "./link-evidence.ts";
import type { ProcessLook } from "./platform.ts";
import { type Peers, Sightings } from "./sightings.ts";

const PERIOD_MS = 150;
const drop: LinkState = { kind: "drop" };

type Counters = Peers[string];

const silent: Counters = {
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

const seenAs = (look: ProcessLook) => ({
  title: "process 4",
  look: async () => look,
  usage: async () => null,
});

/** Two replicas seen once a period; the test says what each counted at the k-th look. */
class Scene {
  readonly sightings = new Sightings();
  readonly states: Record<string, "running" | "paused" | "down"> = {};
  link: LinkState = drop;
  /** What all faults but the one in question ask for. */
  others: LinkState = PRISTINE_LINK;
  readonly otherProcesses: Record<string, ProcessState> = {};
  otherShare = 1;
  othersBeganLater = false;
  lieIsShared = false;
  settledNs = 0n;
  isSettled = (): boolean => true;
  looks = 0;

  readonly ground: Ground = {
    sightings: this.sightings,
    periodMs: PERIOD_MS,
    patienceMs: 50,
    processState: (endpoint) => this.states[endpoint] ?? "running",
    replica: () => seenAs({ state: "running", words: "process 4 is in state S" }),
    linkState: () => this.link,
    linkStateWithout: () => this.others,
    processStateWithout: (_, replica) => this.otherProcesses[replica] ?? "running",
    linkStateBefore: () => (this.othersBeganLater ? PRISTINE_LINK : this.others),
    processStateBefore: (_, replica) =>
      (this.othersBeganLater ? undefined : this.otherProcesses[replica]) ?? "running",
    shareWithout: () => this.otherShare,
    shareBefore: () => (this.othersBeganLater ? 1 : this.otherShare),
    isLieShared: () => this.lieIsShared,
    settledNs: () => this.settledNs,
    isSettled: () => this.isSettled(),
  };

  look(
    from: Partial<Counters>,
    to: Partial<Counters>,
    boots: { r0?: number; r1?: number } = {},
  ): void {
    this.looks += 1;
    this.#seen("r0", { r1: { ...silent, ...from } }, boots.r0 ?? 1);
    this.#seen("r1", { r0: { ...silent, ...to } }, boots.r1 ?? 1);
  }

  #seen(endpoint: string, peers: Peers, boot: number): void {
    const atNs = BigInt(this.looks * PERIOD_MS) * 1_000_000n;
    const status = { view: 0, active: true, lastExec: 0, stable: 0, rejected: {}, counters: {} };
    const answer = {
      replica: Number(endpoint.slice(1)),
      boot,
      status,
      peers,
      process: { rssBytes: 0, cpuSeconds: 0 },
    };
    this.sightings.add({ endpoint, askedNs: atNs - 1_000_000n, atNs, peers, answer });
  }
}

function question(over = new AbortController().signal) {
  return {
    entry: "fault",
    durationMs: 0,
    from: "r0",
    to: "r1",
    sinceNs: 0n,
    readBack: "enabled, upstream-timeout-0",
    signal: over,
  };
}

function healQuestion(scene: Scene, parts: Partial<HealQuestion> = {}): HealQuestion {
  const before = countersSince(scene.ground, { of: "r1", peer: "r0", sinceNs: 0n }).at(-1);
  const sinceNs = BigInt(scene.looks * PERIOD_MS) * 1_000_000n;
  const rest = { was: drop, recreatedBecause: null, before };
  return { ...question(), sinceNs, ...rest, ...parts };
}

test("a cut is proven when the receiver hears nothing for three periods while the sender beats on", async () => {
  const scene = new Scene();
  for (let k = 0; k < 5; k++) scene.look({ beatSent: k }, { received: 7 });
  const { outcome, evidence } = await attestLink(question(), scene.ground);
  expect(outcome).toBe("installed");
  expect(evidence).toEqual([expect.stringContaining("r1 received nothing for 599 ms")]);
});

test("two quiet periods prove nothing yet", async () => {
  const scene = new Scene();
  for (let k = 0; k < 3; k++) scene.look({ beatSent: k }, { received: 7 });
  const { outcome } = await attestLink(question(AbortSignal.abort()), scene.ground);
  expect(outcome).toBe("indeterminate");
});

test("a cut through which frames still come is ineffective", async () => {
  const scene = new Scene();
  for (let k = 0; k < 9; k++) scene.look({ beatSent: k }, { received: k });
  const { outcome } = await attestLink(question(AbortSignal.abort()), scene.ground);
  expect(outcome).toBe("ineffective");
});

test("a silent sender is no proof of a cut", async () => {
  const scene = new Scene();
  for (let k = 0; k < 6; k++) scene.look({ beatSent: 4 }, { received: 7 });
  const { outcome } = await attestLink(question(AbortSignal.abort()), scene.ground);
  expect(outcome).toBe("indeterminate");
});

test.each(["paused", "down"] as const)(
  "a cut of a link with an end that is %s as long as it lasts is left out, and no proof",
  async (state) => {
    const scene = new Scene();
    scene.states["r1"] = state;
    for (let k = 0; k < 9; k++) scene.look({ beatSent: k }, { received: 7 });
    const { outcome, evidence } = await attestLink(question(), scene.ground);
    expect(outcome).toBe("skipped");
    expect(evidence).toEqual([`r0-r1: left out: r1 is ${state} as long as it lasted`]);
  },
);

/** The end is up for so many looks before it is killed. */
async function cutBeforeAKill(looks: number, received: (look: number) => number): Promise<Part> {
  const scene = new Scene();
  const over = new AbortController();
  const proof = attestLink({ ...question(over.signal), durationMs: 60_000 }, scene.ground);
  for (let k = 0; k < looks; k++) scene.look({ beatSent: k }, { received: received(k) });
  scene.states["r1"] = "down";
  for (let k = looks; k < 9; k++) scene.look({ beatSent: k }, { received: 7 });
  over.abort();
  return proof;
}

test("a cut that had no time to show before its end was killed says nothing beside proven ones", async () => {
  const part = await cutBeforeAKill(3, (look) => look);
  expect(part.evidence).toEqual([
    "r0-r1: left out: r1 is down, but for 450 ms, too short for a proof",
  ]);
  const other = { outcome: "installed", evidence: ["r0-r2"] } as const;
  expect(merge([part, other]).outcome).toBe("installed");
  expect(merge([part]).outcome).toBe("indeterminate");
});

test("a cut through which frames came for seconds is not excused by a later kill", async () => {
  const part = await cutBeforeAKill(6, (look) => look);
  expect(part).toMatchObject({ outcome: "partial" });
  expect(part.isLeftOut).toBeUndefined();
});

const slow: LinkState = { ...PRISTINE_LINK, delay: { latencyMs: 40, jitterMs: 5 } };

test("a delay is proven by the one-way time of beats that left after it was set", async () => {
  const scene = new Scene();
  scene.link = slow;
  for (let k = 0; k < 4; k++) {
    scene.look({ beatSent: k }, { beatReceived: k, oneWayMs: k === 0 ? 0.2 : 41 });
  }
  const { outcome, evidence } = await attestLink(question(), scene.ground);
  expect(outcome).toBe("installed");
  expect(evidence[0]).toContain("41.0 ms");
});

test("a delay that the beats do not feel is ineffective", async () => {
  const scene = new Scene();
  scene.link = slow;
  for (let k = 0; k < 4; k++) scene.look({ beatSent: k }, { beatReceived: k, oneWayMs: 0.3 });
  const { outcome } = await attestLink(question(AbortSignal.abort()), scene.ground);
  expect(outcome).toBe("ineffective");
});

test("a bandwidth limit above the traffic is partial: only the proxy says that it is there", async () => {
  const scene = new Scene();
  const wide: LinkState = { ...PRISTINE_LINK, bandwidth: { kilobytesPerSecond: 1000 } };
  scene.link = wide;
  for (let k = 0; k < 8; k++) scene.look({ sentBytes: k * 100 }, { receivedBytes: k * 100 });
  const { outcome } = await attestLink(question(AbortSignal.abort()), scene.ground);
  expect(outcome).toBe("partial");
});

test("a bandwidth limit below the traffic is proven by what arrives", async () => {
  const scene = new Scene();
  const narrow: LinkState = { ...PRISTINE_LINK, bandwidth: { kilobytesPerSecond: 30 } };
  scene.link = narrow;
  // 150 KB/s offered, 20 KB/s arrive.
  for (let k = 0; k < 8; k++) scene.look({ sentBytes: k * 22_500 }, { receivedBytes: k * 3_000 });
  const { outcome } = await attestLink(question(), scene.ground);
  expect(outcome).toBe("installed");
});

test("a healed link is proven by a beat that left after the heal, with the number of those lost", async () => {
  const scene = new Scene();
  scene.look({ beatSent: 5 }, { beatReceived: 5, beatsReceived: 5 });
  const heal = healQuestion(scene);
  scene.link = PRISTINE_LINK;
  scene.look({ beatSent: 9 }, { beatReceived: 5, beatsReceived: 5 });
  scene.look({ beatSent: 10 }, { beatReceived: 10, beatsReceived: 6, oneWayMs: 0.2 });
  const { outcome, evidence } = await attestHealedLink(heal, scene.ground);
  expect(outcome).toBe("installed");
  expect(evidence[0]).toContain("4 beats never arrived");
});

test("a beat that was under way before the heal does not prove it", async () => {
  const scene = new Scene();
  scene.look({ beatSent: 5 }, { beatReceived: 5, beatsReceived: 5 });
  const heal = healQuestion(scene);
  scene.link = PRISTINE_LINK;
  scene.look({ beatSent: 9 }, { beatReceived: 7, beatsReceived: 7 });
  scene.look({ beatSent: 10 }, { beatReceived: 8, beatsReceived: 8 });
  const { outcome } = await attestHealedLink(heal, scene.ground);
  expect(outcome).toBe("ineffective");
});

test("a hold that lost what it held on a whole connection is only partly healed", async () => {
  const scene = new Scene();
  const hold: LinkState = { kind: "hold" };
  scene.look({ beatSent: 5 }, { beatReceived: 5, beatsReceived: 5 });
  const heal = healQuestion(scene, { was: hold });
  scene.link = PRISTINE_LINK;
  scene.look({ beatSent: 9 }, { beatReceived: 5, beatsReceived: 5 });
  scene.look({ beatSent: 10 }, { beatReceived: 10, beatsReceived: 6 });
  expect((await attestHealedLink(heal, scene.ground)).outcome).toBe("partial");
  const recreated = { ...heal, recreatedBecause: "r1 is not running" };
  expect((await attestHealedLink(recreated, scene.ground)).outcome).toBe("installed");
});

test("the end of a fault under another one that cuts the link is not seen", async () => {
  const scene = new Scene();
  scene.look({}, {});
  scene.link = { kind: "refuse" };
  const { outcome, evidence } = await attestHealedLink(healQuestion(scene), scene.ground);
  expect(outcome).toBe("partial");
  expect(evidence[0]).toContain("another fault keeps it at refuse");
});

test("counts of a process that was restarted are not mixed with those of the one before", () => {
  const scene = new Scene();
  scene.look({ beatSent: 90 }, {}, { r0: 1 });
  scene.look({ beatSent: 2 }, {}, { r0: 2 });
  const counters = countersSince(scene.ground, { of: "r0", peer: "r1", sinceNs: 0n });
  expect(counters.map(({ beatSent }) => beatSent)).toEqual([2]);
});

function processQuestion(wanted: ProcessState, signal = new AbortController().signal) {
  return { entry: "fault", replica: "r0", wanted, signal, durationMs: 0 };
}

test.each<ProcessState>(["down", "paused", "power-cut"])(
  "a process that runs on is no %s process",
  async (wanted) => {
    const { outcome } = await attestProcess(processQuestion(wanted), new Scene().ground);
    expect(outcome).toBe("ineffective");
  },
);

const gone = { replica: () => seenAs({ state: "gone", words: "process 4 is gone" }) };

test("a process that is gone from /proc was killed, not stopped", async () => {
  const ground = { ...new Scene().ground, ...gone };
  expect((await attestProcess(processQuestion("down"), ground)).outcome).toBe("installed");
  expect((await attestProcess(processQuestion("paused"), ground)).outcome).toBe("ineffective");
});

test.each<[wanted: ProcessState, by: ProcessState, why: string]>([
  ["paused", "down", "another fault keeps it down"],
  ["down", "down", "another fault keeps it down"],
  ["down", "power-cut", "another fault keeps it down"],
  ["paused", "paused", "another fault has stopped it as well"],
])(
  "%s is not proven by a process that another fault has %s, but pointless",
  async (wanted, by, why) => {
    const scene = new Scene();
    scene.otherProcesses["r0"] = by;
    const ground = { ...scene.ground, ...gone };
    expect(await attestProcess(processQuestion(wanted), ground)).toEqual({
      outcome: "skipped",
      evidence: [`r0: left out: ${why} as long as it lasted`],
    });
  },
);

test("the first of two alike is not pointless: one of them is what happened", async () => {
  const scene = new Scene();
  scene.othersBeganLater = true;
  scene.others = { kind: "hold" };
  scene.otherProcesses["r0"] = "down";
  for (let k = 0; k < 5; k++) scene.look({ beatSent: k }, { received: 7 });
  const ground = { ...scene.ground, ...gone };
  expect((await attestLink(question(), ground)).outcome).toBe("indeterminate");
  expect((await attestProcess(processQuestion("down"), ground)).outcome).toBe("indeterminate");
});

test("a power cut of a process that another fault has down takes from its log: nobody can tell", async () => {
  const scene = new Scene();
  scene.otherProcesses["r0"] = "down";
  const ground = { ...scene.ground, ...gone };
  expect(await attestProcess(processQuestion("power-cut"), ground)).toEqual({
    outcome: "indeterminate",
    evidence: ["r0: another fault keeps it down"],
  });
});

test("a process that another fault has down is asked again when that one is healed", async () => {
  const scene = new Scene();
  scene.otherProcesses["r0"] = "down";
  const ground = { ...scene.ground, ...gone, patienceMs: 60_000 };
  const proof = attestProcess(processQuestion("down"), ground);
  scene.look({}, {});
  scene.otherProcesses["r0"] = "running";
  scene.look({}, {});
  expect((await proof).outcome).toBe("installed");
});

test("a cut of a link that another fault has cut already is not proven by its silence", async () => {
  const scene = new Scene();
  scene.others = { kind: "hold" };
  for (let k = 0; k < 5; k++) scene.look({ beatSent: k }, { received: 7 });
  expect(await attestLink(question(), scene.ground)).toEqual({
    outcome: "skipped",
    evidence: ["r0-r1: left out: another fault keeps it at hold as well as long as it lasted"],
  });
});

test("a delay is not proven by the delay of another fault, but by what it adds", async () => {
  const scene = new Scene();
  scene.others = { ...PRISTINE_LINK, delay: { latencyMs: 100, jitterMs: 0 } };
  scene.link = { ...PRISTINE_LINK, delay: { latencyMs: 110, jitterMs: 0 } };
  const looks = async (oneWayMs: number) => {
    for (let k = 0; k < 4; k++)
      scene.look({ beatSent: scene.looks }, { beatReceived: scene.looks, oneWayMs });
    const since = { ...question(), sinceNs: BigInt((scene.looks - 4) * PERIOD_MS) * 1_000_000n };
    return (await attestLink(since, scene.ground)).outcome;
  };
  expect(await looks(101)).toBe("ineffective");
  expect(await looks(111)).toBe("installed");
});

test("a bandwidth limit is not proven by the delay of another fault", async () => {
  const scene = new Scene();
  const delay = { latencyMs: 40, jitterMs: 0 };
  scene.others = { ...PRISTINE_LINK, delay };
  scene.link = { ...PRISTINE_LINK, delay, bandwidth: { kilobytesPerSecond: 1000 } };
  for (let k = 0; k < 4; k++) scene.look({ beatSent: k }, { beatReceived: k, oneWayMs: 41 });
  expect((await attestLink(question(), scene.ground)).outcome).toBe("partial");
});

test("the end of the fault itself is not taken for another fault's doing", async () => {
  const scene = new Scene();
  const over = new AbortController();
  for (let k = 0; k < 2; k++) scene.look({ beatSent: k }, { received: 7 });
  const proof = attestLink({ ...question(over.signal), durationMs: 60_000 }, scene.ground);
  over.abort();
  scene.link = PRISTINE_LINK;
  scene.look({ beatSent: 2 }, { received: 8 });
  const { outcome, evidence } = await proof;
  expect(outcome).not.toBe("installed");
  expect(evidence.join()).not.toContain("another fault");
});

test("what was seen before another fault was out of the way does not count", async () => {
  const scene = new Scene();
  for (let k = 0; k < 5; k++) scene.look({ beatSent: k }, { received: 7 });
  scene.settledNs = BigInt(4 * PERIOD_MS) * 1_000_000n;
  const { outcome } = await attestLink(question(AbortSignal.abort()), scene.ground);
  expect(outcome).toBe("indeterminate");
});

test("a liar is not proven by another fault that has it lie in the same way", async () => {
  const scene = new Scene();
  scene.lieIsShared = true;
  const lie = { replica: "r0", behaviour: "silent" };
  const asked = { ...lie, entry: "fault", sinceNs: 0n, durationMs: -950 };
  const proof = attestBehaviour({ ...asked, signal: new AbortController().signal }, scene.ground);
  expect((await proof).outcome).toBe("indeterminate");
});

/** What the bad client of c0 has counted at each look after the heal. */
async function endOf(counts: readonly number[]) {
  const scene = new Scene();
  const { signal } = new AbortController();
  const heal = { entry: "fault", replica: "c0", behaviour: "valid-for-one", sinceNs: 1n, signal };
  const proof = attestHonestAgain(heal, scene.ground);
  for (const [look, count] of counts.entries()) {
    const atNs = BigInt((look + 1) * PERIOD_MS) * 1_000_000n;
    const acts = { "byzantine.valid-for-one": count };
    scene.sightings.add({ endpoint: "c0", askedNs: atNs, atNs, peers: {}, acts });
  }
  return proof;
}

test("the end of a bad client is proven by its count standing still for three periods", async () => {
  const { outcome, evidence } = await endOf([8, 12, 12, 12, 12]);
  expect(outcome).toBe("installed");
  expect(evidence).toEqual([expect.stringContaining("stood still at 12 frames for 450 ms")]);
});

test("a bad client that goes on after its heal was not switched off", async () => {
  expect((await endOf([8, 12, 16, 20, 24, 28])).outcome).toBe("ineffective");
  expect((await endOf([])).outcome).toBe("indeterminate");
});

test("a restarted process is proven by its answer, a silent one is not", async () => {
  const scene = new Scene();
  const heal = { entry: "fault", replica: "r0", sinceNs: 0n, notes: [] };
  const { signal } = new AbortController();
  expect((await attestHealedProcess({ ...heal, signal }, scene.ground)).outcome).toBe(
    "ineffective",
  );
  scene.look({}, {});
  expect((await attestHealedProcess({ ...heal, signal }, scene.ground)).outcome).toBe("installed");
});

test("a replica that was started again and would not run prevented the heal, no other fault did", async () => {
  const scene = new Scene();
  scene.states["r0"] = "down";
  const { signal } = new AbortController();
  const heal = { entry: "fault", replica: "r0", sinceNs: 0n, notes: ["did not start"], signal };
  expect(await attestHealedProcess(heal, scene.ground)).toEqual({
    outcome: "prevented",
    evidence: ["did not start", "r0: it was started again and ended by itself"],
  });
});

test("the first of two kills that end at once waits for the start that the second one has made", async () => {
  const scene = new Scene();
  scene.states["r0"] = "down";
  scene.isSettled = () => false;
  const { signal } = new AbortController();
  const heal = { entry: "fault", replica: "r0", sinceNs: 0n, notes: [], signal };
  const proof = attestHealedProcess(heal, scene.ground);
  scene.sightings.add({ endpoint: "r0", askedNs: 1n, atNs: 2n });
  scene.states["r0"] = "running";
  scene.isSettled = () => true;
  scene.look({}, {});
  expect((await proof).outcome).toBe("installed");
});

test("a start that takes longer than an answer may is waited for, and the answer after it", async () => {
  const scene = new Scene();
  let asked = 0;
  scene.isSettled = () => {
    asked += 1;
    if (asked === 3) scene.look({}, {});
    return asked >= 3;
  };
  const { signal } = new AbortController();
  const heal = { entry: "fault", replica: "r0", sinceNs: 0n, notes: [], signal };
  expect((await attestHealedProcess(heal, scene.ground)).outcome).toBe("installed");
});

test("a start that was waited for and came to nothing prevented the heal of both", async () => {
  const scene = new Scene();
  scene.states["r0"] = "down";
  scene.isSettled = () => false;
  const { signal } = new AbortController();
  const heal = { entry: "fault", replica: "r0", sinceNs: 0n, notes: [], signal };
  const proof = attestHealedProcess(heal, scene.ground);
  scene.isSettled = () => true;
  scene.sightings.add({ endpoint: "r0", askedNs: 1n, atNs: 2n });
  expect((await proof).outcome).toBe("prevented");
});

test("a proof that a failing run cuts short says so, and blames nobody", async () => {
  const scene = new Scene();
  scene.look({}, {});
  const heal = { ...healQuestion(scene), signal: AbortSignal.abort() };
  scene.link = PRISTINE_LINK;
  expect((await attestHealedLink(heal, scene.ground)).outcome).toBe("indeterminate");
  const process = {
    entry: "fault",
    replica: "r0",
    sinceNs: 10n ** 18n,
    notes: [],
    signal: AbortSignal.abort(),
  };
  expect((await attestHealedProcess(process, scene.ground)).outcome).toBe("indeterminate");
});

test("of several proofs the weakest decides, and one without effect among proven ones is partial", () => {
  const part = (
    outcome: "installed" | "ineffective" | "indeterminate" | "partial" | "skipped",
  ) => ({
    outcome,
    evidence: [outcome],
  });
  expect(merge([part("installed"), part("installed")]).outcome).toBe("installed");
  expect(merge([part("installed"), part("ineffective")]).outcome).toBe("partial");
  expect(merge([part("ineffective"), part("indeterminate")]).outcome).toBe("ineffective");
  expect(merge([part("installed"), part("indeterminate")]).outcome).toBe("indeterminate");
  expect(merge([part("installed"), part("partial")]).outcome).toBe("partial");
  expect(merge([]).outcome).toBe("skipped");
  expect(merge([part("installed"), part("skipped")]).outcome).toBe("installed");
  expect(merge([part("ineffective"), part("skipped")]).outcome).toBe("ineffective");
  expect(merge([part("skipped"), part("skipped")]).outcome).toBe("skipped");
  expect(merge([part("installed"), part("partial")]).evidence).toEqual(["partial", "installed"]);
});
