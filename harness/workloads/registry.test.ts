import { describe, expect, test } from "vitest";
import { z } from "zod";
import { kv } from "../../nodes/services/kv.ts";
import type { PlannedWorkload } from "../plan/plan.ts";
import { createChoices } from "./choices.ts";
import { Clients } from "./clients.ts";
import type { WorkloadExecutor } from "./executor.ts";
import { createGenerator } from "./generate.ts";
import { executors } from "./registry.ts";

const CLIENTS = 3;

function planned({ name, offered }: WorkloadExecutor): PlannedWorkload {
  const load = { clients: CLIENTS, keys: 8, skew: 0, mix: { write: 1 }, seed: 7 };
  return { executor: name, ...load, ...offered({}) };
}

describe.each(executors)("$name", (executor) => {
  test("its keys may be left out, and then count as not given", () => {
    const nothing = executor.schema.parse({});
    expect(Object.values(nothing).filter((value) => value !== undefined)).toEqual([]);
  });

  test("its keys are described, and mean the same to whoever else has them", () => {
    for (const [key, schema] of Object.entries(executor.schema.shape)) {
      expect(z.globalRegistry.get(schema)?.description, key).toMatch(/^[a-z]/);
      for (const other of executors) expect(other.schema.shape[key] ?? schema).toBe(schema);
    }
  });

  test("offers a rate if, and only if, arrivals wait for no answer", () => {
    const workload = planned(executor);
    const clients = new Clients(CLIENTS, createChoices(workload, kv));
    const generator = executor.create(workload, clients);
    let issued = generator.step({ kind: "start" }, 0).length;
    issued += generator.step({ kind: "tick" }, 10_000).length;
    expect(issued).toBe(CLIENTS);
    const offered = 10 * workload.ratePerSecond;
    // Give or take what arrives at both ends of the ten seconds.
    expect(Math.abs(generator.shed + issued - Math.max(offered, CLIENTS))).toBeLessThan(
      Math.max(1, 0.2 * offered),
    );
  });

  test("what it plans is plain data", () => {
    expect(JSON.parse(JSON.stringify(executor.offered({})))).toEqual(executor.offered({}));
  });
});

test("a plan of an executor that is not there is refused by name", () => {
  const [any] = executors;
  const workload = { ...(any && planned(any)), executor: "lunch-break" } as PlannedWorkload;
  expect(() => createGenerator(workload, kv)).toThrow("there is no executor lunch-break");
});
