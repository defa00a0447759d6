/** What `corrupt-state` does to a replica of the simulator, and how that is proven. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { protocols, services } from "../../../nodes/registry.ts";
import { planWith } from "../../plan/plan.fixture.ts";
import type { Plan } from "../../plan/plan.ts";
import { planScenarios, runPlanned } from "../../run.ts";
import { storedStates } from "../stored-states.ts";
import { fastDigest } from "./authenticators.ts";
import type { SimulatedReplica } from "./replica.ts";
import { clusterFor, type SimulatedCluster } from "./simulated-cluster.ts";

const R3 = { on: "state", replica: "r3", pick: 5 } as const;
const SCENARIO = join(import.meta.dirname, "../../../scenarios/byzantine/corrupt-state.yaml");

/** Some numbers are executed, and states stored; r3 is struck then. */
function cluster(change: Partial<Plan["cluster"]> = {}): SimulatedCluster {
  const plain = planWith();
  const plan = planWith({ cluster: { ...plain.cluster, ...change } });
  const made = clusterFor(plan, { nodes: { protocols, services } });
  const { kernel, service, serviceOptions } = made;
  for (const { id } of kernel.replicas) kernel.start(id);
  const operations = service.operations.includes("write")
    ? Array.from(
        { length: 40 },
        (_, n) => ({ f: "write", key: `k${n % 7}`, value: `${n}` }) as const,
      )
    : Array.from({ length: 40 }, () => ({ f: "null" }) as const);
  const next = () => {
    const operation = operations.shift();
    if (operation) kernel.invoke(0, service.encode(operation, serviceOptions), next);
  };
  kernel.at(10, next);
  kernel.runTo(5_000);
  expect(operations).toEqual([]);
  return made;
}

function r3({ kernel }: SimulatedCluster): SimulatedReplica {
  const found = kernel.replicas[3];
  if (found === undefined) throw new Error("there are four");
  return found;
}

function stored(replica: SimulatedReplica) {
  return storedStates(replica.disk.read(), { digestOf: fastDigest, protocol: "pbft-sig" });
}

const SMALL = { ...planWith().cluster.parameters, checkpointInterval: 16, window: 64 };

describe("a replica that runs", () => {
  test("holds another value and has it stored, all digests made anew", () => {
    const made = cluster({ parameters: SMALL });
    const replica = r3(made);
    const before = { held: replica.stateDigest(), stored: stored(replica) };
    const { outcome, evidence } = made.corrupt(R3);
    expect(outcome).toBe("installed");
    expect(evidence[0]).toMatch(
      /r3: k5 has another value: what it holds was .* what it has stored/,
    );
    expect(replica.stateDigest()).not.toBe(before.held);
    const after = stored(replica);
    expect(after.map(({ n }) => n)).toEqual(before.stored.map(({ n }) => n));
    for (const [index, { digest, found, values }] of after.entries()) {
      expect(found).toBe(digest);
      const was = before.stored[index];
      expect(digest).not.toBe(was?.digest);
      const changed = Object.keys(values).filter((key) => values[key] !== was?.values[key]);
      expect(changed).toEqual(["k5"]);
    }
  });

  test("struck twice at one value holds a third one", () => {
    const made = cluster({ parameters: SMALL });
    const digests = [0, 1, 2].map((strike) => {
      if (strike > 0) expect(made.corrupt(R3).outcome).toBe("installed");
      return r3(made).stateDigest();
    });
    expect(new Set(digests).size).toBe(3);
  });

  test("is alone with it: nothing of the others is touched", () => {
    const made = cluster({ parameters: SMALL });
    const others = () =>
      made.kernel.replicas.slice(0, 3).map((each) => [each.stateDigest(), each.disk.read()]);
    const before = others();
    made.corrupt(R3);
    expect(others()).toEqual(before);
  });
});

test("of a replica that is down the disk is struck, and it starts on that and says so", () => {
  const made = cluster({ parameters: SMALL });
  const { kernel } = made;
  kernel.kill(3);
  const { outcome, evidence } = made.corrupt(R3);
  expect(outcome).toBe("installed");
  expect(evidence[0]).not.toContain("what it holds");
  kernel.start(3);
  kernel.runTo(8_000);
  const lines = r3(made).auditLog.filter(({ boot }) => boot === 2);
  const events = lines.map(({ e }) => e).filter((e) => /boot|corrupt|installed|checkpoint/.test(e));
  expect(events).toEqual(["boot", "corrupt", "installed", "checkpoint"]);
  expect(r3(made).stateDigest()).toBe(kernel.replicas[0]?.stateDigest());
});

test("a replica whose service keeps no values has nothing to be changed", () => {
  const service = { name: "null", argumentBytes: 0, resultBytes: 0 };
  const { outcome, evidence } = cluster({ service }).corrupt(R3);
  expect(outcome).toBe("skipped");
  expect(evidence[0]).toContain("no value of the service");
});

test("an edited plan may name whom there is not, or a value counted from the end", () => {
  const made = cluster({ parameters: SMALL });
  for (const replica of ["r9", "c0"]) {
    const { outcome, evidence } = made.corrupt({ ...R3, replica });
    expect(outcome).toBe("skipped");
    expect(evidence[0]).toBe(`there is no replica ${replica}`);
  }
  expect(made.corrupt({ ...R3, pick: -1 }).outcome).toBe("installed");
});

describe("the scenario", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "bft-chaos-corrupt-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test.each(["pbft-sig", "pbft-mac", "pbft-mac-proof", "pbft-relay"])(
    "comes out as expected on %s: both strikes proven, found, mended, and judged by S-27",
    async (protocol) => {
      const sets = [`cluster.protocol=${protocol}`];
      const [one] = planScenarios({ paths: [SCENARIO], driver: "simulation", sets });
      if (one === undefined) throw new Error("it is one scenario");
      const { judged } = await runPlanned(one, {
        out: folder,
        mutantFolders: [],
        onProgress: () => {},
        onAbort: () => {},
        isUnreported: true,
      });
      expect(judged?.judgement.asExpected).toBe(true);
      expect(judged?.judgement.faults.map((each) => each.outcome)).toEqual(
        Array(3).fill("installed"),
      );
      const mended = judged?.judgement.checks.find(({ id }) => id === "S-27");
      expect(mended).toMatchObject({ outcome: "valid", judged: 1 });
      const lines = judged?.observations.audits.get(3) ?? [];
      const events = lines.map(({ e }) => e).filter((e) => e === "corrupt" || e === "installed");
      expect(events).toEqual(["corrupt", "installed", "corrupt", "installed"]);
    },
  );

  test("is refused by name where nobody reaches into a state", () => {
    expect(() => planScenarios({ paths: [SCENARIO], driver: "local" })).toThrow(
      /corrupt-state needs a hold on what a replica takes for its state, .*; allowed: --driver simulation$/,
    );
  });
});
