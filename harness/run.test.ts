import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Driver } from "./drivers/driver.ts";
import { localDriver } from "./drivers/local/driver.ts";
import { simulationDriver } from "./drivers/simulation/driver.ts";
import { planFor } from "./run.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bft-chaos-run-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** @returns the file */
function scenario(name: string, fault: string, workload = ""): string {
  const file = join(folder, `${name}.yaml`);
  const text = `apiVersion: bft-chaos/v1
kind: Scenario
metadata: { name: ${name} }
${workload}
phases: { warmup: 500ms, faults: 3s, quiet: 15s }
faults:
  - { name: it, ${fault}, at: 500ms, for: 1s, target: r2 }
expect: { verdict: PASS }
`;
  writeFileSync(file, text);
  return file;
}

const paused = () => scenario("paused", "fault: pause");
const throttled = () => scenario("throttled", "fault: throttle, share: 5%");

function loadedByK6(): string {
  writeFileSync(join(folder, "load.js"), "export default function () {}\n");
  const workload = "workload: { generator: k6, script: load.js, rate: 20/s }";
  return scenario("loaded-by-k6", "fault: pause", workload);
}

const refusing = { ...simulationDriver, offers: ["network", "process"] } satisfies Driver;
/** As on a machine without control groups. */
const lacking: Driver = { ...refusing, lacks: { cpu: "no control groups" } };

function planned(driver: Driver, ...paths: readonly string[]) {
  const told: string[] = [];
  const plans = planFor(driver, { paths, onLeftOut: (why) => told.push(why) });
  return { names: plans.map(({ plan }) => plan.scenario), told };
}

describe("of a folder, what its driver cannot do, here or anywhere", () => {
  test("is left out by name and with the reason, and the rest is planned", () => {
    paused();
    throttled();
    expect(planned(lacking, folder)).toEqual({
      names: ["paused"],
      told: [
        expect.stringMatching(
          /^throttled is left out: it: throttle needs a hold on the CPU time of replicas, which the driver simulation has not here: no control groups; allowed: --driver /,
        ),
      ],
    });
    expect(planned(refusing, folder)).toEqual({
      names: ["paused"],
      told: [expect.stringMatching(/^throttled is left out: it: throttle needs a hold on the CPU/)],
    });
    expect(planned(simulationDriver, folder)).toEqual({ names: ["paused", "throttled"], told: [] });
  });

  test("is no reason to play none of this project's own scenarios, as a night would", () => {
    const { names, told } = planned(localDriver, join(import.meta.dirname, "../scenarios"));
    expect(names.length).toBeGreaterThan(50);
    expect(told).toContainEqual(
      expect.stringMatching(/^corrupt-state is left out: .* simulation$/),
    );
  });

  test("is refused where it is all that the folder has: nothing would be run", () => {
    throttled();
    expect(() => planned(lacking, folder)).toThrow(
      "throttle needs a hold on the CPU time of replicas",
    );
  });

  test("is refused where its file is named", () => {
    const [one, other] = [paused(), throttled()];
    expect(() => planned(lacking, other)).toThrow("no control groups");
    expect(() => planned(lacking, one, other)).toThrow("no control groups");
  });

  test("does not excuse a mistake in a file", () => {
    paused();
    throttled();
    scenario("mistaken", "fault: pasue");
    expect(() => planned(lacking, folder)).toThrow(/^(?!.*throttle needs)[^]*mistaken\.yaml/);
  });
});

describe("where no k6 was built", () => {
  beforeEach(() => vi.stubEnv("BFT_CHAOS_K6", "/nowhere/k6"));
  afterEach(() => vi.unstubAllEnvs());

  test("a scenario of a folder that wants one is left out, with the reason", () => {
    paused();
    loadedByK6();
    expect(planned(localDriver, folder)).toEqual({
      names: ["paused"],
      told: [
        "loaded-by-k6 is left out: workload.generator: the driver local has no generator k6; " +
          "BFT_CHAOS_K6 names no program: /nowhere/k6",
      ],
    });
  });

  test("its file is refused before anything starts", () => {
    expect(() => planned(localDriver, loadedByK6())).toThrow("names no program: /nowhere/k6");
  });

  test("the command that builds it is said, and a k6 that is there is taken", () => {
    const file = loadedByK6();
    vi.stubEnv("BFT_CHAOS_K6", "");
    vi.stubEnv("XDG_CACHE_HOME", join(folder, "cache"));
    expect(() => planned(localDriver, file)).toThrow("npm run build:k6");
    vi.stubEnv("BFT_CHAOS_K6", process.execPath);
    expect(planned(localDriver, file).names).toEqual(["loaded-by-k6"]);
  });

  test("a driver that has none anywhere leaves it out of a folder as well", () => {
    paused();
    loadedByK6();
    expect(planned(simulationDriver, folder)).toEqual({
      names: ["paused"],
      told: [expect.stringMatching(/^loaded-by-k6 is left out: .*allowed: its built-in one$/)],
    });
  });
});

test("a partial driver leaves out of several files what it does not offer, also where they are named", () => {
  const partial: Driver = { ...refusing, isPartial: true };
  const [one, other] = [paused(), throttled()];
  expect(planned(partial, one, other).names).toEqual(["paused"]);
  expect(planned(partial, one, other).told).toHaveLength(1);
  expect(() => planned(partial, other)).toThrow(
    "throttle needs a hold on the CPU time of replicas",
  );
});

describe("a planted bug of what the simulator does not run", () => {
  const planted = () => scenario("planted", "fault: pause", "cluster: { mutant: no-fsync }");

  test("is refused where its file is named: that nothing is found would say nothing", () => {
    expect(() => planned(simulationDriver, planted())).toThrow(
      "cluster.mutant: no-fsync changes nodes/runtime/log.ts, which the driver simulation does not run",
    );
    expect(planned(localDriver, planted()).names).toEqual(["planted"]);
  });

  test("leaves the rest of a folder to be played", () => {
    paused();
    planted();
    expect(planned(simulationDriver, folder)).toEqual({
      names: ["paused"],
      told: [expect.stringMatching(/^planted is left out: cluster\.mutant: no-fsync changes /)],
    });
  });
});
