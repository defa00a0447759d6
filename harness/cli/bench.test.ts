/** The command on real processes, cut down to one operation and one round. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { register } from "./bench.ts";
import { commandUnderTest } from "./command.fixture.ts";

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
      ratio: z.number(),
    }),
  ),
  published: z.object({ source: z.string() }),
});

test("one server and four replicas are measured under the same conditions, and compared", () => {
  const flags = ["--quick", "--rounds", "1", "--operation", "4/0", "--out", folder];
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
    ["pbft-sig", 1],
    ["unreplicated", 64],
    ["pbft-sig", 64],
  ]);
  expect(rows[0]?.ratio).toBe(1);
  // Five messages in a row take longer than two.
  expect(rows[1]?.ratio).toBeGreaterThan(1);
  for (const { rounds, median } of rows) {
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
