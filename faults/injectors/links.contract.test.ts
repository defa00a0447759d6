/**
 * faults §5.3: every network fault x {nothing, receiver killed, receiver stopped, sender killed,
 * link refused} heals in 3 s, and Toxiproxy's API lives. On a real Toxiproxy, with real processes
 * at the ends of the links, sending all the time.
 */
import type { ChildProcess } from "node:child_process";
import { fork } from "node:child_process";
import { once } from "node:events";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LinkCondition } from "../link-condition.ts";
import type { LinkState } from "../link-state.ts";
import { linkName, linkState } from "../link-state.ts";
import type { PeerPlan, PeerReport } from "./frame-peer.fixture.ts";
import { monotonicMs } from "./frame-peer.fixture.ts";
import type { EndpointConditions, LinkInjector } from "./links.ts";
import { createLinkInjector } from "./links.ts";
import type { ProxiedLink } from "./proxy-state.ts";
import type { RealToxiproxy } from "./real-toxiproxy.ts";
import { ownAddress, PROVISIONING_MS, realToxiproxy } from "./real-toxiproxy.ts";
import { identify, kill, resume, stop } from "./signals.ts";
import { ToxiproxyClient } from "./toxiproxy.ts";
import { until } from "./until.ts";

const HEALED_MS = 3_000;
const TICK_MS = 25;
const FLOOD_BYTES = 65_536;

interface Case {
  readonly conditions: readonly LinkCondition[];
  readonly frameBytes?: number;
  /** The condition lies on the downstream too, as on a client link. */
  readonly duplex?: true;
}

const delayed = (latencyMs: number): LinkCondition => ({ kind: "delay", latencyMs, jitterMs: 0 });

const cases: Readonly<Record<string, Case>> = {
  refuse: { conditions: [{ kind: "refuse" }] },
  reset: { conditions: [{ kind: "reset" }] },
  drop: { conditions: [{ kind: "drop" }] },
  hold: { conditions: [{ kind: "hold" }] },
  delay: { conditions: [delayed(300)] },
  longdelay: { conditions: [delayed(5_000)] },
  jitter: { conditions: [{ kind: "delay", latencyMs: 200, jitterMs: 100 }] },
  flooded: { conditions: [delayed(200)], frameBytes: FLOOD_BYTES },
  bandwidth: { conditions: [{ kind: "bandwidth", kilobytesPerSecond: 1 }] },
  narrow: { conditions: [{ kind: "bandwidth", kilobytesPerSecond: 8 }], frameBytes: FLOOD_BYTES },
  trickle: { conditions: [{ kind: "trickle", bytes: 8, everyMs: 1 }] },
  cutoff: { conditions: [{ kind: "cutoff", bytes: 1_000 }] },
  shaped: {
    conditions: [
      delayed(100),
      { kind: "bandwidth", kilobytesPerSecond: 50 },
      { kind: "trickle", bytes: 32, everyMs: 1 },
    ],
  },
  "client-drop": { conditions: [{ kind: "drop" }], duplex: true },
  "client-hold": { conditions: [{ kind: "hold" }], duplex: true },
  "client-refuse": { conditions: [{ kind: "refuse" }], duplex: true },
};
const names = Object.keys(cases);

/** One peer process: started, heard, signalled, started again. */
class Peer {
  readonly plan: PeerPlan;
  readonly newest = new Map<string, { sentAt: number; readAt: number }>();
  disturbances = 0;
  running = false;
  ticks = 0;
  #child: ChildProcess | null = null;

  constructor(plan: PeerPlan) {
    this.plan = plan;
  }

  start(): void {
    const program = new URL("frame-peer.fixture.ts", import.meta.url);
    this.#child = fork(program, [JSON.stringify(this.plan)], { execArgv: [] });
    this.#child.on("message", (report: PeerReport) => {
      this.ticks += 1;
      for (const [link, arrival] of Object.entries(report.arrived)) this.newest.set(link, arrival);
    });
    this.running = true;
  }

  async #identity() {
    const identity = await identify(this.#child?.pid ?? 0);
    if (identity === null) throw new Error("the peer is not running");
    return identity;
  }

  async kill(): Promise<void> {
    this.disturbances += 1;
    this.running = false;
    await kill(await this.#identity());
  }

  async stop(): Promise<void> {
    this.disturbances += 1;
    this.running = false;
    await stop(await this.#identity());
  }

  async resume(): Promise<void> {
    await resume(await this.#identity());
    this.running = true;
  }

  async end(): Promise<void> {
    const child = this.#child;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  }

  /** So many rounds of sending lie behind it, counted from now. */
  async rounds(count: number): Promise<void> {
    const goal = this.ticks + count;
    await eventually(`${count} rounds of sending`, () => this.ticks >= goal);
  }
}

async function eventually(what: string, holds: () => boolean): Promise<void> {
  const look = () => Promise.resolve(holds() ? true : null);
  const seen = await until(look, { withinMs: 15_000, everyMs: 5 });
  if (seen === null) throw new Error(`not within 15 s: ${what}`);
}

const host = ownAddress();
let bed: RealToxiproxy;
let nextPort = 20_001;

beforeAll(async () => {
  bed = await realToxiproxy(host);
}, PROVISIONING_MS);

afterAll(async () => {
  printMeasured();
  await bed?.end();
});

interface Scene {
  readonly injector: LinkInjector;
  readonly sender: Peer;
  readonly receiver: Peer;
  readonly links: readonly ProxiedLink[];
  readonly endpoints: EndpointConditions;
  readonly faulty: ReadonlyMap<string, LinkState>;
}

/** A proxy for every case; one process sends on all of them, one receives. */
async function playing(
  disturbance: string,
  played: Readonly<Record<string, { readonly frameBytes?: number }>> = cases,
): Promise<Scene> {
  const names = Object.keys(played);
  const links: ProxiedLink[] = [];
  const listen: Record<string, number> = {};
  const dial: Record<string, { port: number; frameBytes: number }> = {};
  for (const name of names) {
    const [from, to] = [`s-${disturbance}-${name}`, `t-${disturbance}-${name}`];
    const [proxyPort, port] = [nextPort, nextPort + 1];
    nextPort += 2;
    const address = { listen: `${host}:${proxyPort}`, upstream: `${host}:${port}` };
    links.push({ name: linkName(from, to), from, to, ...address });
    listen[name] = port;
    dial[name] = { port: proxyPort, frameBytes: played[name]?.frameBytes ?? 200 };
  }
  const sender = new Peer({ host, listen: {}, dial, everyMs: TICK_MS });
  const receiver = new Peer({ host, listen, dial: {}, everyMs: TICK_MS });
  const endpoints: EndpointConditions = (endpoint) =>
    endpoint.startsWith("s") ? sender : receiver;
  const injector = createLinkInjector(bed.server);
  await injector.create(links);
  receiver.start();
  sender.start();
  await eventually("frames pass on every link", () => receiver.newest.size === names.length);
  return { injector, sender, receiver, links, endpoints, faulty: statesOf(links) };
}

function statesOf(links: readonly ProxiedLink[]): ReadonlyMap<string, LinkState> {
  const states = new Map<string, LinkState>();
  for (const [index, { from, to }] of links.entries()) {
    const { conditions, duplex } = cases[names[index] ?? ""] ?? { conditions: [] };
    states.set(linkName(from, to), linkState(conditions));
    if (duplex) states.set(linkName(to, from), linkState(conditions));
  }
  return states;
}

/** @returns ms from the call to a frame that was sent after it and arrived, by case */
async function healing(scene: Scene, meanwhile: () => Promise<void>) {
  const { injector, receiver, endpoints } = scene;
  const called = monotonicMs();
  const times = new Map<string, number>();
  const everywhere = eventually("a frame sent after the heal on every link", () => {
    for (const name of names) {
      const newest = receiver.newest.get(name);
      if (newest === undefined || newest.sentAt < called || times.has(name)) continue;
      times.set(name, newest.readAt - called);
    }
    return times.size === names.length;
  });
  const applied = injector.apply(new Map(), endpoints);
  const [outcomes] = await Promise.all([applied, meanwhile(), everywhere]);
  return { outcomes, times };
}

type Disturbance = readonly [
  name: string,
  disturb: (scene: Scene) => Promise<void>,
  mend: (scene: Scene) => Promise<void>,
];

const nothing = () => Promise.resolve();

const disturbances: readonly Disturbance[] = [
  ["nothing", nothing, nothing],
  [
    "receiver-killed",
    async ({ receiver, sender }) => {
      await receiver.kill();
      await sender.rounds(10);
    },
    async ({ receiver }) => receiver.start(),
  ],
  [
    "receiver-restarted",
    async ({ receiver }) => {
      await receiver.kill();
      receiver.start();
      await receiver.rounds(10);
    },
    nothing,
  ],
  [
    "receiver-stopped",
    async ({ receiver, sender }) => {
      await receiver.stop();
      await sender.rounds(40);
    },
    ({ receiver }) => receiver.resume(),
  ],
  ["sender-killed", ({ sender }) => sender.kill(), async ({ sender }) => sender.start()],
  [
    "link-refused",
    async ({ injector, links, endpoints, sender }) => {
      const refused = links.map(
        ({ from, to }) => [linkName(from, to), linkState([{ kind: "refuse" }])] as const,
      );
      await injector.apply(new Map(refused), endpoints);
      await sender.rounds(10);
    },
    nothing,
  ],
];

describe.each(disturbances)("%s", (disturbance, disturb, mend) => {
  test("every network fault heals in 3 s, as read back, and the API lives", async () => {
    const scene = await playing(disturbance);
    const { injector, sender, receiver, endpoints, faulty } = scene;
    try {
      const installed = await injector.apply(faulty, endpoints);
      expect(installed.flatMap(({ differences }) => differences)).toEqual([]);
      expect(installed).toHaveLength(names.length);
      await sender.rounds(20);
      await disturb(scene);

      const { outcomes, times } = await healing(scene, () => mend(scene));
      expect(outcomes.flatMap(({ differences }) => differences)).toEqual([]);
      expect(await injector.inspect()).toEqual([]);
      for (const [name, ms] of times) expect(ms, name).toBeLessThan(HEALED_MS);
      expect(await new ToxiproxyClient(bed.server.url).version()).toContain("version");
      measure(times);
    } finally {
      await Promise.all([sender.end(), receiver.end()]);
      await injector.close();
    }
  });
});

const overlapping: Readonly<Record<string, LinkCondition>> = {
  reset: { kind: "reset" },
  drop: { kind: "drop" },
  hold: { kind: "hold" },
  delay: delayed(100),
  bandwidth: { kind: "bandwidth", kilobytesPerSecond: 4 },
  trickle: { kind: "trickle", bytes: 32, everyMs: 5 },
  cutoff: { kind: "cutoff", bytes: 1_000 },
};
const WRITTEN_TO: Omit<Case, "conditions"> = { frameBytes: 2_000 };

/** Each link comes into the state of its conditions, and no call to Toxiproxy is in vain. */
async function change(
  { injector, links, endpoints }: Scene,
  conditions: readonly (readonly LinkCondition[])[],
): Promise<void> {
  const states = links.map(
    ({ name }, index) => [name, linkState(conditions[index] ?? [])] as const,
  );
  const outcomes = await injector.apply(new Map(states), endpoints);
  expect(outcomes.flatMap(({ differences }) => differences)).toEqual([]);
  for (const { link, recreatedBecause } of outcomes) {
    expect(recreatedBecause ?? "", link).not.toMatch(/no answer|restarted/);
  }
}

/** Heals every link; frames that are sent after that arrive. */
async function healed(scene: Scene, played: readonly string[]): Promise<void> {
  const called = monotonicMs();
  await change(scene, []);
  const silent = () =>
    played.filter((name) => (scene.receiver.newest.get(name)?.sentAt ?? 0) <= called);
  await eventually("frames pass on every link", () => silent().length === 0).catch(() => {});
  expect(silent()).toEqual([]);
}

async function closed({ injector, sender, receiver }: Scene): Promise<void> {
  await Promise.all([sender.end(), receiver.end()]);
  await injector.close();
}

test("of two faults on a link that is written to, either heals without a time-out", async () => {
  const pairs = Object.entries(overlapping).flatMap(([first, a]) =>
    Object.entries(overlapping).flatMap(([second, b]) =>
      first === second ? [] : [[`${first}-then-${second}`, { a, b }] as const],
    ),
  );
  const played = pairs.map(([name]) => name);
  const scene = await playing("pair", Object.fromEntries(played.map((name) => [name, WRITTEN_TO])));
  try {
    for (const which of [["a"], ["a", "b"], ["b"], ["a", "b"], ["a"]] as const) {
      await change(
        scene,
        pairs.map(([, pair]) => which.map((each) => pair[each])),
      );
      await scene.sender.rounds(20);
    }
    await healed(scene, played);
    expect(await scene.injector.inspect()).toEqual([]);
  } finally {
    await closed(scene);
  }
});

/** Another one looks elsewhere: `BFT_CHAOS_WALK=7 npx vitest run faults/injectors/links`. */
const WALK_SEED = Number(process.env["BFT_CHAOS_WALK"] ?? 1);
const WALKED = Array.from({ length: 12 }, (_, index) => `walk-${index}`);

/** For each link a fault that begins, or ends if it is active; on some, all end. */
const steps = fc.array(
  fc.record({
    toggled: fc.array(
      fc.option(
        fc.constantFrom<LinkCondition>(
          ...Object.values(overlapping),
          { kind: "refuse" },
          { kind: "bandwidth", kilobytesPerSecond: 50 },
          delayed(10),
        ),
      ),
      { minLength: WALKED.length, maxLength: WALKED.length },
    ),
    endAllOn: fc.nat(WALKED.length - 1),
    roundsOfSending: fc.integer({ min: 1, max: 8 }),
  }),
  { minLength: 5, maxLength: 20 },
);

test("whatever overlaps on links that are written to, no change meets a time-out", async () => {
  const scene = await playing("walk", Object.fromEntries(WALKED.map((name) => [name, WRITTEN_TO])));
  try {
    await fc.assert(
      fc.asyncProperty(steps, async (script) => {
        const active = WALKED.map(() => new Set<LinkCondition>());
        for (const { toggled, endAllOn, roundsOfSending } of script) {
          for (const [index, set] of active.entries()) {
            const condition = toggled[index] ?? null;
            if (condition !== null && !set.delete(condition)) set.add(condition);
          }
          active[endAllOn]?.clear();
          await change(
            scene,
            active.map((set) => [...set]),
          );
          await scene.sender.rounds(roundsOfSending);
        }
        await healed(scene, WALKED);
      }),
      { seed: WALK_SEED, numRuns: 8, endOnFailure: true },
    );
    expect(await scene.injector.inspect()).toEqual([]);
  } finally {
    await closed(scene);
  }
}, 120_000);

const unaware: EndpointConditions = () => ({ running: true, disturbances: 0 });

/** The 2 s time-out, the one of disabling, a restart of the server, and a busy machine. */
const LAST_RESORT_MS = 6_000;

test.each(disturbances.slice(1, 5))(
  "a driver that does not know of `%s` is saved by the time-outs and a new server",
  async (disturbance, disturb, mend) => {
    const scene = { ...(await playing(`unaware-${disturbance}`)), endpoints: unaware };
    const { injector, sender, receiver, faulty } = scene;
    try {
      await injector.apply(faulty, unaware);
      await sender.rounds(20);
      await disturb(scene);
      const { times } = await healing(scene, () => mend(scene));
      expect(await injector.inspect()).toEqual([]);
      for (const [name, ms] of times) expect(ms, name).toBeLessThan(LAST_RESORT_MS);
    } finally {
      await Promise.all([sender.end(), receiver.end()]);
      await injector.close();
    }
  },
);

/** Heal times by fault, over all disturbances. */
const measured = new Map<string, number[]>();

function measure(times: ReadonlyMap<string, number>): void {
  for (const [name, ms] of times) measured.set(name, [...(measured.get(name) ?? []), ms]);
}

/** `BFT_CHAOS_MEASURE=1 npx vitest run faults/injectors/links.contract.test.ts` */
function printMeasured(): void {
  if (process.env["BFT_CHAOS_MEASURE"] === undefined) return;
  for (const [name, times] of measured) {
    const sorted = times.toSorted((a, b) => a - b).map((ms) => ms.toFixed(0));
    const [low, middle, high] = [sorted[0], sorted[Math.floor(sorted.length / 2)], sorted.at(-1)];
    process.stderr.write(`${name}: healed in ${low} / ${middle} / ${high} ms (min/median/max)\n`);
  }
}
