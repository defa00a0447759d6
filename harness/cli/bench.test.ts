/** The command on real processes, cut down to one operation and one round. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { z } from "zod";
import { protocols } from "../../nodes/registry.ts";
import { planScenarios } from "../run.ts";
import { register } from "./bench.ts";
import { commandUnderTest } from "./command.fixture.ts";

/** Each run is judged and written like any other, on a machine that may be busy. */
const TIMEOUT_MS = 180_000;
const MAIN = join(import.meta.dirname, "main.ts");
const command = commandUnderTest(register);

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bft-chaos-bench-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const overhead = z.object({
  format: z.literal(1),
  conditions: z.object({ durability: z.string(), links: z.string(), audit: z.string() }),
  rows: z.array(
    z.object({
      protocol: z.string(),
      clients: z.number(),
      rounds: z.array(z.object({ directory: z.string() })),
      median: z.object({
        p50Ms: z.number(),
        operations: z.number(),
        cpuSecondsPerOperation: z.number(),
      }),
      linearizable: z.object({ outcome: z.literal("valid"), judged: z.number() }),
      ratio: z.number(),
    }),
  ),
  published: z.object({ source: z.string() }),
});

test("one server and four replicas are measured under the same conditions, and compared", () => {
  const few = ["--rounds", "1", "--operation", "4/0", "--protocol", "pbft-mac"];
  const flags = ["--quick", ...few, "--out", folder];
  const ended = spawnSync(process.execPath, [MAIN, "bench", "overhead", ...flags], {
    encoding: "utf8",
  });
  expect([ended.stderr, ended.status]).toEqual(["", 0]);
  expect(ended.stdout).toContain("driver local, links direct, durability none, audit off");
  const file = join(folder, "bench-overhead", "latest", "overhead.json");
  const { rows, conditions } = overhead.parse(JSON.parse(readFileSync(file, "utf8")));
  expect(conditions).toEqual({ durability: "none", links: "direct", audit: "off" });
  expect(rows.map(({ protocol, clients }) => [protocol, clients])).toEqual([
    ["unreplicated", 1],
    ["pbft-mac", 1],
    ["unreplicated", 64],
    ["pbft-mac", 64],
  ]);
  expect(rows[0]?.ratio).toBe(1);
  // Five messages in a row take longer than two.
  expect(rows[1]?.ratio).toBeGreaterThan(1);
  for (const { rounds, median, linearizable } of rows) {
    // The keys are read once more at the end; besides there were reads and writes under load.
    expect(linearizable.judged).toBeGreaterThan(16);
    expect(median.operations).toBeGreaterThan(10);
    // Milliseconds taken for seconds would be a second and more.
    expect(median.cpuSecondsPerOperation).toBeGreaterThan(0);
    expect(median.cpuSecondsPerOperation).toBeLessThan(0.5);
    expect(rounds).toHaveLength(1);
    expect(existsSync(join(rounds[0]?.directory ?? "", "history.jsonl"))).toBe(true);
  }
});

test("an operation that nobody has measured is refused before anything starts", async () => {
  const odd = command.run("bench", "overhead", "--operation", "9/9", "--out", folder);
  await expect(odd).rejects.toThrow(/allowed: 0\/0, 4\/0, 0\/4/);
});

test("every protocol has a row of the null operation", () => {
  const paths = [join(import.meta.dirname, "../../scenarios/overhead")];
  const planned = planScenarios({ paths, driver: "local" });
  expect(planned.map(({ plan }) => plan.cluster.protocol).toSorted()).toEqual(
    protocols.map(({ name }) => name).toSorted(),
  );
});

const failover = z.object({
  format: z.literal(1),
  rows: z.array(
    z.object({
      protocol: z.string(),
      rounds: z.array(z.object({ seed: z.number(), outageMs: z.number(), verdict: z.string() })),
      asExpected: z.number(),
      outageMs: z.object({ median: z.number(), least: z.number(), most: z.number() }),
    }),
  ),
});

test(
  "the kill of a primary is measured of each protocol in turns, with a seed a round",
  async () => {
    const names = ["pbft-mac", "pbft-relay"];
    const flags = ["--rounds", "2", "--protocol", ...names, "--driver", "simulation"];
    expect(await command.run("bench", "failover", ...flags, "--out", folder)).toBe(0);
    const file = join(folder, "bench-failover", "latest", "failover.json");
    const { rows } = failover.parse(JSON.parse(readFileSync(file, "utf8")));
    expect(rows.map(({ protocol }) => protocol)).toEqual(names);
    for (const { rounds, asExpected, outageMs } of rows) {
      expect(rounds.map(({ seed }) => seed)).toEqual([2, 3]);
      expect(asExpected).toBe(2);
      // Nobody gives up on a primary before the timer, and the restart comes after three seconds.
      expect(outageMs.least).toBeGreaterThan(500);
      expect(outageMs.most).toBeLessThan(3_000);
    }
    expect(command.printed).toContain(
      "kill -9 of the primary to the next answer, 2 rounds in turns",
    );
    const order = Array.from(command.printed.matchAll(/^\d\/4 (\S+): /gm), ([, name]) => name);
    expect(order).toEqual([...names, ...names]);
  },
  TIMEOUT_MS,
);

test(
  "a round in which nobody was killed measured nothing, and is not as expected",
  async () => {
    const odd = ["--set", "faults.0.fault=pause", "--set", "expect.viewChanges.min=0"];
    const flags = ["--rounds", "1", "--protocol", "pbft-mac", "--driver", "simulation", ...odd];
    expect(await command.run("bench", "failover", ...flags, "--out", folder)).toBe(2);
    expect(command.printed).toMatch(/pbft-mac +4 +0 +– +– +– +0 of 1/);
  },
  TIMEOUT_MS,
);

test(
  "a round that was stopped is left out, whatever it had measured by then",
  async () => {
    let isStopped = false;
    vi.mocked(process.stdout.write).mockImplementation((text) => {
      // A line at every change of phase: by this one view 1 has answered.
      if (!isStopped && /quiet .* view 1 /.test(String(text))) {
        isStopped = process.emit("SIGINT", "SIGINT");
      }
      return true;
    });
    const flags = ["--rounds", "1", "--protocol", "pbft-mac", "--driver", "simulation"];
    expect(await command.run("bench", "failover", ...flags, "--out", folder)).toBe(3);
    const file = join(folder, "bench-failover", "latest", "failover.json");
    expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({
      rows: [{ rounds: [{ outageMs: null }], asExpected: 0, outageMs: null }],
    });
  },
  TIMEOUT_MS,
);

test("a server alone has no primary to lose, and is not among the choices", async () => {
  const alone = command.run("bench", "failover", "--protocol", "unreplicated", "--out", folder);
  await expect(alone).rejects.toThrow(/ is invalid\. allowed: pbft-sig/);
});
