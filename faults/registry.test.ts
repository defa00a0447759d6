import { describe, expect, test } from "vitest";
import type { z } from "zod";
import type { FaultDefinition, InjectionContext, PlanningContext, Target } from "./fault.ts";
import { strikesLink } from "./fault.ts";
import { linkName } from "./link-state.ts";
import { faults } from "./registry.ts";

const replicas = ["r0", "r1", "r2", "r3"];
const clients = ["c0"];

/** A plain generator, the same draws for the same seed. */
function planning(seed: number): PlanningContext {
  let state = seed;
  const drawInteger = (min: number, max: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return min + (Math.floor(state / 65_536) % (max - min + 1));
  };
  const expand = (target: string): readonly Target[] => {
    if (target === "clients") return clients;
    if (target === "backup") return [`backup#${drawInteger(0, 2)}`];
    if (target === "random-f") return [`r${drawInteger(0, 3)}`];
    return [target];
  };
  return {
    replicas,
    clients,
    rooms: [{ name: "east", ac: "unit-1", replicas }],
    faultsMax: 1,
    drawInteger,
    expandTargets: (target) => [target].flat().flatMap(expand),
  };
}

const injection: InjectionContext = {
  replicas,
  clients,
  resolve(target) {
    if (target === "primary") return "r0";
    const rank = /^backup#(\d)$/.exec(target)?.[1];
    return rank === undefined ? target : (replicas[Number(rank) + 1] ?? "r1");
  },
};

function windows(fault: FaultDefinition, keys: unknown, seed = 7) {
  return fault.plan(fault.schema.parse(keys), planning(seed), { durationMs: 2_000 });
}

test("every kind is in the registry once", () => {
  const kinds = faults.map(({ kind }) => kind);
  expect(new Set(kinds).size).toBe(kinds.length);
});

describe.each(faults.map((fault) => [fault.kind, fault] as const))("%s", (kind, fault) => {
  const cases = fault.examples;

  test("has a kebab-case kind, a summary and a need", () => {
    expect(kind).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(fault.summary.length).toBeGreaterThan(20);
    expect(fault.needs.length).toBeGreaterThan(0);
  });

  test("has no key of its own that every fault has", () => {
    const common = ["name", "fault", "at", "when", "for", "repeat"];
    expect(Object.keys(fault.schema.shape).filter((key) => common.includes(key))).toEqual([]);
  });

  test("refuses an unknown key", () => {
    const issues = fault.schema.safeParse({ ...cases[0], latncy: "1s" }).error?.issues ?? [];
    expect(issues).toContainEqual(expect.objectContaining({ code: "unrecognized_keys" }));
  });

  test("lets the planner add the keys that every fault has", async () => {
    const { z } = await import("zod");
    const extended = fault.schema.extend({ name: z.string() });
    expect(extended.safeParse({ ...cases[0], name: "x" }).success).toBe(true);
  });

  test("plans plain data, the same for the same draws", () => {
    for (const keys of cases) {
      const planned = windows(fault, keys);
      expect(planned.length).toBeGreaterThan(0);
      expect(JSON.parse(JSON.stringify(planned))).toEqual(planned);
      expect(windows(fault, keys)).toEqual(planned);
      for (const { offsetMs, durationMs } of planned) {
        expect(offsetMs).toBeGreaterThanOrEqual(0);
        expect(durationMs).toBeGreaterThan(0);
      }
    }
  });

  test("reads back what it planned, and nothing besides", () => {
    for (const keys of cases) {
      for (const { resolved, deed } of windows(fault, keys)) {
        const { resolved: schema } = deed === undefined ? fault : definition(deed.fault);
        const stored: unknown = JSON.parse(JSON.stringify(resolved));
        expect(schema.parse(stored)).toEqual(stored);
        expect(schema.safeParse({ ...Object(stored), strange: 1 }).success).toBe(false);
        expect(schema.safeParse({}).success).toBe(false);
      }
    }
  });

  test("has effects, of declared needs only, on endpoints that exist, the same from the stored plan", () => {
    for (const keys of cases) {
      for (const { resolved, deed } of windows(fault, keys)) {
        const acting = deed === undefined ? fault : definition(deed.fault);
        const effects = acting.effects(JSON.parse(JSON.stringify(resolved)), injection);
        expect(effects.length).toBeGreaterThan(0);
        expect(acting.effects(resolved, injection)).toEqual(effects);
        for (const effect of effects) {
          expect(fault.needs).toContain(effect.on);
          const named = strikesLink(effect) ? [effect.from, effect.to] : [effect.replica];
          for (const endpoint of named) expect([...replicas, ...clients]).toContain(endpoint);
        }
      }
    }
  });
});

function definition(kind: string): FaultDefinition {
  const found = faults.find((fault) => fault.kind === kind);
  if (found === undefined) throw new Error(`no fault ${kind}`);
  return found;
}

function cut(keys: unknown, seed?: number): readonly string[] {
  return windows(definition("partition"), keys, seed).flatMap(({ resolved }) =>
    definition("partition")
      .effects(resolved, injection)
      .flatMap((effect) => (effect.on === "network" ? [linkName(effect.from, effect.to)] : [])),
  );
}

function errors(kind: string, keys: unknown): readonly z.core.$ZodIssue[] {
  return definition(kind).schema.safeParse(keys).error?.issues ?? [];
}

describe("partition", () => {
  test("isolate cuts the endpoint from replicas and clients, in both directions", () => {
    expect(cut({ isolate: "primary" }).toSorted()).toEqual(
      ["r0-r1", "r0-r2", "r0-r3", "r0-c0", "r1-r0", "r2-r0", "r3-r0", "c0-r0"].toSorted(),
    );
  });

  test("groups cut between groups; who is in none keeps every link", () => {
    expect(cut({ groups: [["r0"], ["r1", "r2"]] }).toSorted()).toEqual(
      ["r0-r1", "r0-r2", "r1-r0", "r2-r0"].toSorted(),
    );
  });

  test("halves cut two against two", () => {
    expect(cut({ topology: "halves" })).toHaveLength(8);
  });

  test("bridge leaves one replica that reaches everyone", () => {
    const links = cut({ topology: "bridge" });
    const bridges = replicas.filter((replica) => !links.some((link) => link.includes(replica)));
    expect(bridges).toHaveLength(1);
    expect(links).toHaveLength(4);
  });

  test("in a ring each of four loses one peer, in a chain the ends lose two", () => {
    expect(cut({ topology: "ring" })).toHaveLength(4);
    expect(cut({ topology: "chained" })).toHaveLength(6);
  });

  test("the order of a topology is drawn", () => {
    const drawn = new Set(
      Array.from({ length: 20 }, (_, seed) => cut({ topology: "ring" }, seed).toSorted().join()),
    );
    expect(drawn.size).toBeGreaterThan(1);
  });

  test("one-way cuts one direction only", () => {
    expect(cut({ topology: "one-way", from: "r0", to: ["r1", "c0"] })).toEqual(["r0-r1", "r0-c0"]);
  });

  test("says what is wrong with its shape", () => {
    expect(errors("partition", {})[0]?.message).toContain("exactly one");
    expect(errors("partition", { isolate: "r0", topology: "ring" })[0]?.message).toContain(
      "one of",
    );
    expect(errors("partition", { groups: [["r0"]] })[0]?.message).toContain("at least 2");
    expect(errors("partition", { groups: [["r0"], ["r0"]] })[0]?.message).toContain("two groups");
    expect(errors("partition", { topology: "one-way" })[0]?.message).toContain("needs from");
    expect(errors("partition", { topology: "ring", from: "r0" })[0]?.path).toEqual(["from"]);
  });
});

describe("delay", () => {
  test("a spread draws every link once, inside latency ± spread", () => {
    const planned = windows(definition("delay"), { latency: "50ms", spread: "20ms" });
    const effects = definition("delay").effects(planned[0]?.resolved, injection);
    const latencies = effects.flatMap((effect) =>
      effect.on === "network" && effect.condition.kind === "delay"
        ? [effect.condition.latencyMs]
        : [],
    );
    expect(latencies).toHaveLength(20);
    expect(new Set(latencies).size).toBeGreaterThan(3);
    expect(Math.min(...latencies)).toBeGreaterThanOrEqual(30);
    expect(Math.max(...latencies)).toBeLessThanOrEqual(70);
  });

  test("to alone delays what reaches the target, not what it sends", () => {
    const planned = windows(definition("delay"), { to: "r3", latency: "50ms" });
    const effects = definition("delay").effects(planned[0]?.resolved, injection);
    const links = effects.map((effect) =>
      effect.on === "network" ? linkName(effect.from, effect.to) : "",
    );
    expect(links).toEqual(["r0-r3", "r1-r3", "r2-r3", "c0-r3"]);
  });

  test("refuses target beside from, a spread or jitter beyond the latency, and half milliseconds", () => {
    expect(errors("delay", { target: "r0", from: "r1", latency: "1ms" })).toHaveLength(1);
    expect(errors("delay", { latency: "10ms", spread: "11ms" })).toHaveLength(1);
    expect(errors("delay", { latency: "10ms", jitter: "11ms" })).toHaveLength(1);
    expect(errors("delay", { latency: "0.5ms" })).toHaveLength(1);
  });
});

describe("byzantine", () => {
  test("refuses an unknown behaviour, and names those there are", () => {
    const [issue] = errors("byzantine", { target: "r3", behaviour: "nice" });
    expect(issue?.message).toMatch(/equivocate.*wrong-reply/);
  });

  test("refuses parameters that the behaviour does not have", () => {
    const keys = { target: "r3", behaviour: "equivocate", parameters: { victims: 0, victim: 1 } };
    const messages = errors("byzantine", keys).map(
      ({ path, message }) => `${path.join(".")} ${message}`,
    );
    expect(messages).toHaveLength(2);
    expect(messages.join()).toMatch(
      /parameters.victim no parameter of equivocate; allowed: victims/,
    );
  });
});

test("bandwidth is a whole number of KB/s: a smaller one would stall or crash the proxy", () => {
  expect(errors("bandwidth", { rate: "0KB/s" })).toHaveLength(1);
  expect(errors("bandwidth", { rate: "1500B/s" })).toHaveLength(1);
});

test("trickle and cutoff count whole bytes from 1", () => {
  expect(errors("trickle", { bytes: "0B", every: "1ms" })).toHaveLength(1);
  expect(errors("cutoff", { bytes: "0B" })).toHaveLength(1);
});

test("rolling-restart takes one replica after the other, `pause` apart", () => {
  const planned = windows(definition("rolling-restart"), { down: "300ms", pause: "700ms" });
  expect(planned.map(({ offsetMs, durationMs }) => [offsetMs, durationMs])).toEqual([
    [0, 300],
    [1_000, 300],
    [2_000, 300],
    [3_000, 300],
  ]);
});
