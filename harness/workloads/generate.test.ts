import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type {
  Operation,
  OperationKind,
  OperationResult,
  ServiceDefinition,
} from "../../nodes/protocols/contract/service.ts";
import type { PlannedWorkload } from "../plan/plan.ts";
import { createGenerator } from "./generate.ts";
import type { Issue, WorkloadGenerator } from "./generator.ts";
import { executors } from "./registry.ts";

/** Only the list of operations matters here; the generator never runs the service. */
function serviceWith(operations: readonly OperationKind[]): ServiceDefinition {
  return {
    name: "store",
    summary: "",
    operations,
    model: null,
    create: () => {
      throw new RangeError("not run");
    },
    encode: () => new Uint8Array(),
    decode: () => null,
  };
}

const STORE = serviceWith(["read", "write", "append", "cas", "delete", "null"]);

function workload(changes: Partial<PlannedWorkload> = {}): PlannedWorkload {
  return {
    executor: "constant-arrival-rate",
    ratePerSecond: 100,
    clients: 2,
    keys: 8,
    skew: 0,
    mix: { write: 0.5, read: 0.4, cas: 0.1 },
    operationsMax: null,
    seed: 7,
    ...changes,
  };
}

const CLOSED = { executor: "closed-loop", ratePerSecond: 0 } as const;

/** Answers everything at once, tick by tick. */
function run(generator: WorkloadGenerator, untilMs: number): readonly Issue[] {
  const issues: Issue[] = [];
  let pending = [...generator.step({ kind: "start" }, 0)];
  for (let nowMs = 0; nowMs <= untilMs; nowMs = generator.nextWakeMs() ?? nowMs + 1) {
    pending.push(...generator.step({ kind: "tick" }, nowMs));
    issues.push(...pending);
    const answered = pending;
    pending = [];
    for (const { client } of answered) {
      pending.push(...generator.step({ kind: "completed", client }, nowMs));
    }
  }
  return issues;
}

describe("open loop", () => {
  test("arrivals are evenly spaced at the rate, whatever the tick", () => {
    const generator = createGenerator(workload({ clients: 8 }), STORE);
    expect(generator.step({ kind: "start" }, 1_000).map((issue) => issue.intendedMs)).toEqual([
      1_000,
    ]);
    expect(generator.nextWakeMs()).toBe(1_010);
    const late = generator.step({ kind: "tick" }, 1_035);
    expect(late.map((issue) => issue.intendedMs)).toEqual([1_010, 1_020, 1_030]);
  });

  test("an arrival that finds no free client waits its turn and keeps its intended time", () => {
    const generator = createGenerator(workload(), STORE);
    generator.step({ kind: "start" }, 0);
    generator.step({ kind: "tick" }, 50);
    expect(generator.shed).toBe(4);
    const served = generator.step({ kind: "completed", client: 1 }, 55);
    expect(served).toMatchObject([{ client: 1, intendedMs: 20 }]);
    expect(generator.shed).toBe(3);
  });

  test("arrivals still waiting at the stop are shed, and idle comes with the last answer", () => {
    const generator = createGenerator(workload(), STORE);
    generator.step({ kind: "start" }, 0);
    generator.step({ kind: "tick" }, 50);
    expect(generator.step({ kind: "stop" }, 50)).toEqual([]);
    expect(generator.nextWakeMs()).toBeNull();
    expect(generator.shed).toBe(4);
    expect(generator.step({ kind: "completed", client: 0 }, 60)).toEqual([]);
    expect(generator.idle).toBe(false);
    generator.step({ kind: "completed", client: 1 }, 60);
    expect(generator.idle).toBe(true);
    expect(generator.shed).toBe(4);
  });

  test("where clients are free nothing is shed: not at the very stop, and not by a late tick", () => {
    const generator = createGenerator(workload({ clients: 8 }), STORE);
    generator.step({ kind: "start" }, 0);
    const last = generator.step({ kind: "stop" }, 30);
    expect(last.map((issue) => issue.intendedMs)).toEqual([10, 20]);
    expect(generator.shed).toBe(0);
  });

  test("load that comes back starts a new row of arrivals and keeps the old count of shed", () => {
    const generator = createGenerator(workload(), STORE);
    generator.step({ kind: "start" }, 0);
    generator.step({ kind: "tick" }, 50);
    generator.step({ kind: "stop" }, 50);
    generator.step({ kind: "completed", client: 0 }, 60);
    expect(generator.step({ kind: "start" }, 500)).toMatchObject([{ intendedMs: 500 }]);
    expect(generator.idle).toBe(false);
    expect(generator.shed).toBe(4);
  });
});

describe("closed loop", () => {
  test("each client asks again as soon as it is answered", () => {
    const generator = createGenerator(workload({ ...CLOSED, clients: 3 }), STORE);
    expect(generator.step({ kind: "start" }, 0)).toHaveLength(3);
    expect(generator.step({ kind: "completed", client: 2 }, 9)).toMatchObject([
      { client: 2, intendedMs: 9 },
    ]);
    expect(generator.nextWakeMs()).toBeNull();
  });

  test("operationsMax is issued exactly and then the generator is idle", () => {
    const generator = createGenerator(workload({ ...CLOSED, operationsMax: 25 }), STORE);
    expect(run(generator, 100)).toHaveLength(25);
    expect(generator.idle).toBe(true);
  });

  test("after the stop nothing is issued, and it is idle only once all answers are in", () => {
    const generator = createGenerator(workload(CLOSED), STORE);
    generator.step({ kind: "start" }, 0);
    generator.step({ kind: "stop" }, 1);
    expect(generator.step({ kind: "completed", client: 0 }, 2)).toEqual([]);
    expect(generator.idle).toBe(false);
    generator.step({ kind: "completed", client: 1 }, 2);
    expect(generator.idle).toBe(true);
  });
});

describe("operations", () => {
  test("the same seed asks the same, another seed something else", () => {
    const once = run(createGenerator(workload(), STORE), 2_000);
    expect(run(createGenerator(workload(), STORE), 2_000)).toEqual(once);
    expect(run(createGenerator(workload({ seed: 8 }), STORE), 2_000)).not.toEqual(once);
  });

  test("every written value is unique", () => {
    const mix = { write: 0.4, append: 0.3, cas: 0.3 };
    const issues = run(
      createGenerator(workload({ ...CLOSED, mix, operationsMax: 2_000 }), STORE),
      5_000,
    );
    const values = issues.flatMap(({ operation }) => {
      if (operation.f === "cas") return [operation.value[1]];
      return operation.f === "write" || operation.f === "append" ? [operation.value] : [];
    });
    expect(new Set(values).size).toBe(2_000);
  });

  test("the mix is kept to within a few percent and unmixed kinds never come", () => {
    const issues = run(
      createGenerator(workload({ ...CLOSED, operationsMax: 4_000 }), STORE),
      9_000,
    );
    const share = (f: OperationKind) =>
      issues.filter(({ operation }) => operation.f === f).length / issues.length;
    expect(share("write")).toBeCloseTo(0.5, 1);
    expect(share("read")).toBeCloseTo(0.4, 1);
    expect(share("cas")).toBeCloseTo(0.1, 1);
    expect(share("delete")).toBe(0);
  });

  test("without skew every key comes about as often, with skew k0 leads by rank", () => {
    const counts = (skew: number) => {
      const mix = { read: 1 };
      const issues = run(
        createGenerator(workload({ ...CLOSED, mix, skew, operationsMax: 8_000 }), STORE),
        9_000,
      );
      const count = (key: string) =>
        issues.filter(({ operation }) => operation.f === "read" && operation.key === key).length;
      return [count("k0"), count("k7")] as const;
    };
    const [uniformFirst, uniformLast] = counts(0);
    expect(uniformFirst / uniformLast).toBeCloseTo(1, 0);
    const [first, last] = counts(1);
    expect(first / last).toBeGreaterThan(6);
  });

  /** One client, one key: what each cas expected beside what the client knew just before. */
  function casExpectations(
    mix: PlannedWorkload["mix"],
    answer: (operation: Operation, count: number) => OperationResult,
    know: (operation: Operation, result: OperationResult) => string | null,
  ): readonly (readonly [expected: string | null, known: string | null])[] {
    const generator = createGenerator(workload({ ...CLOSED, clients: 1, keys: 1, mix }), STORE);
    const pairs: (readonly [string | null, string | null])[] = [];
    let known: string | null = null;
    let issues = generator.step({ kind: "start" }, 0);
    for (let count = 0; count < 200; count += 1) {
      const operation = issues[0]?.operation ?? { f: "null" };
      if (operation.f === "cas") pairs.push([operation.value[0], known]);
      const result = answer(operation, count);
      known = know(operation, result);
      issues = generator.step({ kind: "completed", client: 0, result }, count);
    }
    return pairs;
  }

  test("cas expects what this client last wrote", () => {
    const pairs = casExpectations(
      { write: 0.5, cas: 0.5 },
      () => ({ ok: true, value: null }),
      (operation) => {
        if (operation.f === "cas") return operation.value[1];
        return operation.f === "write" ? operation.value : null;
      },
    );
    expect(pairs.length).toBeGreaterThan(50);
    expect(pairs.map(([expected]) => expected)).toEqual(pairs.map(([, known]) => known));
  });

  test("cas expects what this client last read, and nothing after a failed cas", () => {
    const pairs = casExpectations(
      { read: 0.5, cas: 0.5 },
      ({ f }, count) => ({ ok: f === "read", value: f === "read" ? `seen-${count}` : null }),
      (_, result) => result.value,
    );
    expect(pairs.some(([expected]) => expected !== null)).toBe(true);
    expect(pairs.map(([expected]) => expected)).toEqual(pairs.map(([, known]) => known));
  });

  test("a mix the service does not have is refused", () => {
    const nullOnly = serviceWith(["null"]);
    expect(() => createGenerator(workload(), nullOnly)).toThrow("no operation write");
    expect(
      run(createGenerator(workload({ mix: { null: 1 } }), nullOnly), 50)[0]?.operation,
    ).toEqual({
      f: "null",
    });
  });
});

test("whatever the answers, no client has two operations and none is lost or invented", () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ passMs: fc.nat(60), answers: fc.nat(3) }), { maxLength: 60 }),
      fc.constantFrom(...executors),
      (steps, { name: executor, offered }) => {
        const asked = workload({ executor, clients: 3, ...offered({}) });
        const generator = createGenerator(asked, STORE);
        const busy = new Set<number>();
        let intended = Number.NEGATIVE_INFINITY;
        let nowMs = 0;
        const take = (issues: readonly Issue[]) => {
          for (const { client, intendedMs } of issues) {
            expect(busy.has(client)).toBe(false);
            expect(intendedMs).toBeGreaterThanOrEqual(intended);
            expect(intendedMs).toBeLessThanOrEqual(nowMs);
            busy.add(client);
            intended = intendedMs;
          }
        };
        take(generator.step({ kind: "start" }, nowMs));
        for (const { passMs, answers } of steps) {
          nowMs += passMs;
          take(generator.step({ kind: "tick" }, nowMs));
          for (const client of [...busy].slice(0, answers)) {
            busy.delete(client);
            take(generator.step({ kind: "completed", client }, nowMs));
          }
        }
        take(generator.step({ kind: "stop" }, nowMs));
        expect(generator.idle).toBe(busy.size === 0);
      },
    ),
  );
});
