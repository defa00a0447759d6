/** The command in the simulator, and once on real processes. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { nothingLeft } from "../drivers/local/local-run.fixture.ts";
import { type Comparison, runsOf, SIDES } from "../reports/comparison/comparison.ts";
import { commandUnderTest } from "./command.fixture.ts";
import { register } from "./compare.ts";

/** Real clusters start slowly on a machine that is busy. */
const TIMEOUT_MS = 180_000;
const MAIN = join(import.meta.dirname, "main.ts");
const cli = commandUnderTest(register);

let folder = "";
let child: ChildProcess | null = null;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bft-chaos-compare-"));
});
afterEach(() => {
  child?.kill("SIGKILL");
  child = null;
  rmSync(folder, { recursive: true });
});

function scenario(...more: readonly string[]): string {
  const file = join(folder, "short.yaml");
  const lines = [
    "apiVersion: bft-chaos/v1",
    "kind: Scenario",
    "metadata: { name: short }",
    "seed: 11",
    "workload: { rate: 50/s, clients: 64 }",
    "phases: { warmup: 200ms, faults: 1s, quiet: 15s }",
    "expect: { shed: 100% }",
    ...more,
  ];
  writeFileSync(file, lines.join("\n"));
  return file;
}

const place = (...parts: readonly string[]) => join(folder, "compare", "latest", ...parts);
const written = () => JSON.parse(readFileSync(place("compare.json"), "utf8")) as Comparison;
const PROTOCOLS = ["--vary", "cluster.protocol=pbft-sig,unreplicated"];
const compare = (file: string, ...options: readonly string[]) =>
  cli.run("compare", file, "--driver", "simulation", "--out", folder, ...options);

test("pairs have one plan, take turns, and both run stores are kept and linked", async () => {
  expect(await compare(scenario(), ...PROTOCOLS, "--repeat", "2", "--seed", "20")).toBe(0);
  const { scenarios, sides, exitCode } = written();
  expect([sides.first.name, sides.second.name, exitCode]).toEqual(["pbft-sig", "unreplicated", 0]);
  expect(scenarios[0]?.notes).toEqual(["n: 4 | 1", "f: 1 | 0"]);
  const page = readFileSync(place("compare.html"), "utf8");
  for (const [index, pair] of (scenarios[0]?.pairs ?? []).entries()) {
    const plans = SIDES.map((side) => {
      const { directory = null } = pair[side] ?? {};
      expect(page).toContain(`href="${directory}/report.html"`);
      expect(existsSync(place(directory ?? "", "report.html"))).toBe(true);
      const text = readFileSync(place(directory ?? "", "plan.json"), "utf8");
      const { seed, workload, entries, phases } = JSON.parse(text);
      return { seed, workload, entries, phases };
    });
    expect(plans[1]).toEqual(plans[0]);
    expect(pair).toMatchObject({ repetition: index + 1, seed: 20 + index });
  }
  const order = Array.from(cli.printed.matchAll(/^\d\/4 (\S+): PASS$/gm), ([, side]) => side);
  expect(order.join(" ")).toBe("pbft-sig unreplicated unreplicated pbft-sig");
});

test("in the simulator one server is quicker with fewer messages, and CPU is not measured", async () => {
  await compare(scenario(), ...PROTOCOLS, "--repeat", "2");
  const rows = Object.fromEntries(
    (written().scenarios[0]?.figures ?? []).map((row) => [row.figure, row]),
  );
  expect(rows["p50Ms"]?.interval?.high).toBeLessThan(0);
  expect(rows["messagesPerOperation"]).toMatchObject({ pairs: 2 });
  expect(rows["messagesPerOperation"]?.difference).toBeLessThan(-15);
  expect(rows["availability"]).toMatchObject({ first: 1, second: 1, difference: 0 });
  expect(rows["cpuMsPerOperation"]).toMatchObject({ pairs: 0, interval: null });
  expect(cli.printed).toMatch(/latency p50 .* better/);
});

test("a side that is not as expected makes it 2, whatever its verdict; --set is for both", async () => {
  const crash = "{ name: kill, fault: crash, at: 100ms, for: 700ms, target: primary }";
  const file = scenario(`faults: [${crash}]`);
  const timers = ["--set", "cluster.timers.request=400ms", "--repeat", "1"];
  expect(await compare(file, ...PROTOCOLS, ...timers)).toBe(2);
  const [pair] = written().scenarios[0]?.pairs ?? [];
  expect(pair?.first).toMatchObject({ verdict: "PASS", asExpected: true });
  expect(pair?.second).toMatchObject({ verdict: "HALTED_SAFELY", asExpected: false });
  expect(cli.printed).toContain("✗ Not as expected");
  const text = readFileSync(place(pair?.second?.directory ?? "", "plan.json"), "utf8");
  expect(JSON.parse(text)).toMatchObject({
    cluster: { parameters: { timers: { requestMs: 400 } } },
  });
});

test("each side may have an expectation of its own", async () => {
  const crash = "{ name: kill, fault: crash, at: 100ms, for: 700ms, target: primary }";
  const file = scenario(`faults: [${crash}]`);
  const own = ["--vary", "expect.verdict=PASS,HALTED_SAFELY", "--repeat", "1"];
  expect(await compare(file, ...PROTOCOLS, ...own)).toBe(0);
});

test("an unexpected FAIL is an answer too, and a planted bug is stamped", async () => {
  const canary = join(import.meta.dirname, "../../scenarios/canaries/reply-validity.yaml");
  const checks = ["--vary", "expect.check=S-5,S-10", "--repeat", "1"];
  expect(await compare(canary, ...checks)).toBe(2);
  const [pair] = written().scenarios[0]?.pairs ?? [];
  expect([pair?.first?.asExpected, pair?.second?.asExpected]).toEqual([true, false]);
  expect(pair?.second?.verdict).toBe("FAIL");
  expect(readFileSync(place("compare.html"), "utf8")).toContain("PLANTED BUG");
});

test.each([
  ["seed", ["seed=1,2"], /the sides differ: seed: 1 \| 2/],
  ["another load", ["cluster.service=kv,null"], /the sides differ: workload\.mix/],
  [
    "a value that is none",
    ["cluster.protocol=pbft-sig,paxos"],
    /--vary cluster.protocol=paxos: .*found "paxos"/s,
  ],
])(
  "what cannot be compared is refused by name and starts nothing: %s",
  async (_, varies, message) => {
    const given = varies.flatMap((vary) => ["--vary", vary]);
    await expect(compare(scenario(), ...given)).rejects.toThrow(message);
    expect(readdirSync(folder)).toEqual(["short.yaml"]);
  },
);

test(
  "on real processes CPU is measured, too, and Ctrl-C leaves a page of what there is",
  async () => {
    const flags = ["--repeat", "2", "--out", folder, "--driver", "local"];
    child = spawn(process.execPath, [MAIN, "compare", scenario(), ...PROTOCOLS, ...flags], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    let said = "";
    const { promise: ended, resolve: ends } = Promise.withResolvers<number | null>();
    const { promise: begun, resolve: begins } = Promise.withResolvers<null>();
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (part: Buffer) => {
        said += part.toString();
        if (said.includes("3/4 unreplicated: short")) begins(null);
      });
    }
    child.on("close", ends);
    // However long a busy machine takes for the first pair.
    await Promise.race([begun, ended]);
    child.kill("SIGINT");
    expect([await ended, said]).toEqual([3, expect.stringContaining("Not a whole comparison")]);
    const { scenarios, stopped } = written();
    expect(stopped).toContain("Ctrl-C");
    const cpu = scenarios[0]?.figures.find(({ figure }) => figure === "cpuMsPerOperation");
    expect(cpu?.pairs).toBe(1);
    expect(cpu?.first).toBeGreaterThan(0);
    expect(cpu?.second).toBeLessThan(cpu?.first ?? 0);
    expect(existsSync(place("compare.html"))).toBe(true);
    for (const { directory } of SIDES.flatMap((side) =>
      scenarios.flatMap((each) => runsOf(each, side)),
    )) {
      await nothingLeft(directory?.split("-").at(-1) ?? "");
    }
  },
  TIMEOUT_MS,
);

test("a refusal stands once, however many pairs were asked for", async () => {
  const asked = compare(scenario(), "--vary", "seed=1,2", "--repeat", "5");
  const refused = await asked.then(
    () => "",
    (error: unknown) => String(error),
  );
  expect(refused.match(/the sides differ: seed/g)).toHaveLength(1);
});
