import { expect, test } from "vitest";
import { brokenPromises } from "../../cli/explore-oracle.ts";
import { honest } from "./explore.fixture.ts";
import { drawnPlan, explore, judgePlan } from "./explore.ts";

const HONEST = { ...honest(), signatures: "fast", judge: brokenPromises } as const;
const play = (seed: number) => judgePlan(drawnPlan(seed, HONEST), HONEST).played;

test("one seed gives one run, bit for bit, whatever was played before it", () => {
  const first = play(17);
  play(18);
  const again = play(17);
  expect(again.traceHash).toBe(first.traceHash);
  expect(again.observations).toEqual(first.observations);
  expect(play(19).traceHash).not.toBe(first.traceHash);
});

test("a failing seed names the check and the line that runs it again", () => {
  const judge = () => [{ check: "S-1", what: "two digests at n=3" }];
  const { failures } = explore({ ...honest(), firstSeed: 7, seeds: 1, signatures: "fast", judge });
  expect(failures).toEqual([
    {
      seed: 7,
      broken: [{ check: "S-1", what: "two digests at n=3" }],
      rerun: "npx bft-chaos explore --seed 7 --seeds 1 --protocol pbft-sig",
    },
  ]);
});

test("a plan is plain data: it survives JSON, and is drawn again as it was", () => {
  const plan = drawnPlan(23, HONEST);
  expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
  expect(drawnPlan(23, HONEST)).toEqual(plan);
});

test("an exception in a core is a replica that ended by itself, and not the exploration", () => {
  const { protocol, service } = honest();
  const broken = {
    ...protocol,
    createReplica: (options: Parameters<typeof protocol.createReplica>[0]) => {
      const core = protocol.createReplica(options);
      const step: typeof core.step = (input, now, effects) => {
        if (input.kind === "frame" && now > 1_000) throw new Error("a planted exception");
        core.step(input, now, effects);
      };
      const status = () => core.status();
      return { step, status, queues: () => ({}), stateDigest: () => core.stateDigest() };
    },
  };
  const plan = { ...drawnPlan(1, HONEST), entries: [] };
  const options = { protocol: broken, service, judge: brokenPromises };
  const uptime = judgePlan(plan, options).broken.find(({ check }) => check === "uptime");
  expect(uptime?.what).toMatch(/^r\d ended by itself: Error: a planted exception/);
});

test("replicas that go on without end are broken off, and that is told", () => {
  const { protocol, service } = honest();
  const restless = {
    ...protocol,
    createReplica: (options: Parameters<typeof protocol.createReplica>[0]) => {
      const core = protocol.createReplica(options);
      const step: typeof core.step = (input, now, effects) => {
        core.step(input, now, effects);
        // Each frame is answered by two.
        if (input.kind === "frame" && now > 1_000 && input.from < 4) {
          for (const _ of ["once", "twice"]) effects.send(input.from, input.bytes);
        }
      };
      const status = () => core.status();
      return { step, status, queues: () => ({}), stateDigest: () => core.stateDigest() };
    },
  };
  const plan = { ...drawnPlan(1, HONEST), entries: [] };
  const { broken } = judgePlan(plan, { protocol: restless, service, judge: brokenPromises });
  expect(broken.map(({ check }) => check)).toContain("uptime");
  const told = broken.find(({ check }) => check === "uptime")?.what;
  const [, inputs] = told?.match(/^(\d+) inputs, and no end of them/) ?? [];
  // It was half a million while the bound was a constant.
  expect(Number(inputs)).toBeLessThan(100_000);
});

test("a liar without an occasion is on record as ineffective, one that lied as installed", () => {
  const outcomes = new Map<string, unknown>();
  for (const behaviour of ["silent", "new-view-null"]) {
    const drawn = drawnPlan(23, { ...HONEST, behaviour });
    const entries = drawn.entries
      .filter(({ fault }) => fault === "byzantine")
      .map((entry) => ({ ...entry, resolved: { targets: ["r3"], behaviour, parameters: {} } }));
    const { ledger } = judgePlan({ ...drawn, entries }, HONEST).played.observations;
    const line = ledger.find(({ kind }) => kind === "installed");
    outcomes.set(behaviour, line?.kind === "installed" ? line.outcome : null);
  }
  expect(Object.fromEntries(outcomes)).toEqual({
    silent: "installed",
    "new-view-null": "ineffective",
  });
});
