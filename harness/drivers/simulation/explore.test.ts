import { expect, test } from "vitest";
import { brokenPromises } from "../../cli/explore-oracle.ts";
import { drawSchedule } from "./draw-schedule.ts";
import { honest } from "./explore.fixture.ts";
import { explore, exploreSeed } from "./explore.ts";
import { play } from "./play.ts";

test("one seed gives one run, bit for bit, whatever was played before it", () => {
  const options = { ...honest(), signatures: "fast", judge: brokenPromises } as const;
  const first = exploreSeed(17, options).played;
  exploreSeed(18, options);
  const again = exploreSeed(17, options).played;
  expect(again.traceHash).toBe(first.traceHash);
  expect(again.history).toEqual(first.history);
  expect(again.audits).toEqual(first.audits);
  expect(exploreSeed(19, options).played.traceHash).not.toBe(first.traceHash);
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

test("a schedule is plain data: it survives JSON and plays the same", () => {
  const { protocol } = honest();
  const schedule = drawSchedule(23, protocol);
  expect(JSON.parse(JSON.stringify(schedule))).toEqual(schedule);
  expect(drawSchedule(23, protocol)).toEqual(schedule);
});

test("an exception in a core fails the seed instead of ending the exploration", () => {
  const { protocol, service } = honest();
  const broken = {
    ...protocol,
    createReplica: (options: Parameters<typeof protocol.createReplica>[0]) => {
      const core = protocol.createReplica(options);
      const step: typeof core.step = (input, now, effects) => {
        if (input.kind === "frame" && now > 100) throw new Error("a planted exception");
        core.step(input, now, effects);
      };
      const status = () => core.status();
      return { step, status, queues: () => ({}), stateDigest: () => core.stateDigest() };
    },
  };
  const { failures } = explore({
    protocol: broken,
    service,
    firstSeed: 1,
    seeds: 2,
    signatures: "fast",
    judge: () => [],
  });
  expect(failures.map(({ broken: [first] }) => first?.check)).toEqual(["exception", "exception"]);
});

test("a liar without an occasion is on record as ineffective, one that lied as installed", () => {
  const { protocol, service } = honest();
  const outcomes = new Map<string, unknown>();
  for (const behaviour of ["silent", "new-view-null"]) {
    const drawn = drawSchedule(23, protocol);
    const byzantine = { replica: 3, behaviour, parameters: {} };
    const schedule = { ...drawn, faults: [], absent: [], byzantine };
    const { ledger } = play(schedule, { protocol, service, signatures: "fast" });
    const line = ledger.find(({ kind }) => kind === "installed");
    outcomes.set(behaviour, line?.kind === "installed" ? line.outcome : null);
  }
  expect(Object.fromEntries(outcomes)).toEqual({
    silent: "installed",
    "new-view-null": "ineffective",
  });
});
