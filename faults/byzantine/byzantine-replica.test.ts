/** Whole clusters in the simulator's kernel, one replica of which lies. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fastAuthenticators } from "../../harness/drivers/simulation/authenticators.ts";
import { Kernel } from "../../harness/drivers/simulation/kernel.ts";
import { parametersWith } from "../../nodes/protocols/cluster-parameters.fixture.ts";
import type { Completion } from "../../nodes/protocols/contract/core.ts";
import { clientId } from "../../nodes/protocols/contract/core.ts";
import type { ClusterParameters } from "../../nodes/protocols/contract/protocol.ts";
import { pbftSig } from "../../nodes/protocols/pbft/variants/pbft-sig.ts";
import { kv } from "../../nodes/services/kv.ts";
import type { BehaviourState } from "../link-state.ts";
import { ByzantineReplica } from "./byzantine-replica.ts";

const SIZES = { argumentBytes: 0, resultBytes: 0 };
const CLIENTS = 4;

const parameters = parametersWith({
  timers: { requestMs: 200, statusMs: 50, clientMs: 150, clientCapMs: 600 },
  operationTimeoutMs: 20_000,
  checkpointInterval: 16,
  window: 32,
});

interface Cluster {
  readonly kernel: Kernel;
  /** The wrapped cores, newest per replica. */
  readonly wrapped: ReadonlyMap<number, ByzantineReplica>;
  /** One operation of every client at the same time, again and again; results in order. */
  run(rounds: number): readonly (readonly Completion[])[];
}

function cluster(
  seed: number,
  options: Partial<ClusterParameters> = {},
  cores: "wrapped" | "bare" = "wrapped",
): Cluster {
  const shared = { ...parameters, ...options };
  const ids = Array.from({ length: shared.replicas }, (_, id) => id);
  const clients = Array.from({ length: CLIENTS }, (_, i) => clientId({ host: 0, index: i + 1 }));
  const createAuthenticator = fastAuthenticators(seed, [...ids, ...clients]);
  const wrapped = new Map<number, ByzantineReplica>();
  const kernel = new Kernel({
    seed,
    protocol: pbftSig,
    cluster: shared,
    createService: () => kv.create(SIZES),
    createAuthenticator,
    clients: CLIENTS,
    durability: "group-commit",
    disk: { fsyncMinMs: 0.1, fsyncMaxMs: 1 },
    network: {
      delayMinMs: 0.2,
      delayMaxMs: 3,
      loss: 0,
      duplication: 0,
      reordering: 0,
      reconnectMaxMs: 50,
      queueMax: 1_000,
    },
    wrap(core, authenticator) {
      if (cores === "bare") return core;
      const id = authenticator.self;
      const replica = new ByzantineReplica(core, {
        protocol: pbftSig.name,
        id,
        cluster: shared,
        authenticator,
      });
      wrapped.set(id, replica);
      return replica;
    },
  });
  for (const id of ids) kernel.start(id);
  return { kernel, wrapped, run: (rounds) => run(kernel, rounds) };
}

function run(kernel: Kernel, rounds: number): readonly (readonly Completion[])[] {
  return Array.from({ length: rounds }, (_, round) => {
    const completions: Completion[] = [];
    for (let client = 0; client < CLIENTS; client += 1) {
      const key = "shared";
      const operation = { f: "write", key, value: `${round}.${client}` } as const;
      const read = { f: "read", key } as const;
      const bytes = kv.encode((round + client) % 2 === 0 ? operation : read, SIZES);
      kernel.invoke(client, bytes, (completion) => completions.push(completion));
    }
    kernel.runTo(kernel.now + 25_000, () => completions.length === CLIENTS);
    return completions;
  });
}

/** What each good replica executed, `sequence digest`, by replica. */
function executed({ kernel }: Cluster, liars: readonly number[]): readonly (readonly string[])[] {
  return kernel.replicas
    .filter(({ id }) => !liars.includes(id))
    .map(({ auditLog }) =>
      auditLog.flatMap((event) => (event.e === "executed" ? [`${event.n} ${event.d}`] : [])),
    );
}

function expectAgreement(of: Cluster, liars: readonly number[]): void {
  const logs = executed(of, liars);
  const byNumber = new Map<string, string>();
  for (const line of logs.flat()) {
    const [sequence = "", digest = ""] = line.split(" ");
    expect(byNumber.get(sequence) ?? digest, `number ${sequence}`).toBe(digest);
    byNumber.set(sequence, digest);
  }
  expect(byNumber.size).toBeGreaterThan(0);
}

const equivocating = (more: Readonly<Record<string, unknown>> = {}): readonly BehaviourState[] => [
  { behaviour: "equivocate", parameters: more },
];

test("without a behaviour the wrapper changes nothing: the same run, bit for bit", () => {
  const wrapped = cluster(3);
  const bare = cluster(3, {}, "bare");
  expect(wrapped.run(6)).toEqual(bare.run(6));
  expect(wrapped.kernel.traceHash).toBe(bare.kernel.traceHash);
  expect(wrapped.wrapped.size).toBe(4);
  expect(bare.wrapped.size).toBe(0);
});

test("an equivocating primary is seen to lie, and the good replicas agree all the same", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1_000_000 }),
      fc.constantFrom({}, { victims: 1 }, { victims: 3 }, { second: "null" }),
      (seed, more) => {
        const lying = cluster(seed);
        lying.wrapped.get(0)?.switchTo(equivocating(more));
        const rounds = lying.run(8);
        expect(rounds.flat().every(({ outcome }) => outcome === "ok")).toBe(true);
        expect(lying.wrapped.get(0)?.status().counters["byzantine.equivocate"]).toBeGreaterThan(0);
        expectAgreement(lying, [0]);
      },
    ),
    { numRuns: 40 },
  );
});

test("with n = 7 two primaries in a row may equivocate", () => {
  const lying = cluster(11, { replicas: 7, faultsMax: 2 });
  for (const liar of [0, 1]) lying.wrapped.get(liar)?.switchTo(equivocating());
  const rounds = lying.run(8);
  expect(rounds.flat().every(({ outcome }) => outcome === "ok")).toBe(true);
  expectAgreement(lying, [0, 1]);
});

test("backups hold two PRE-PREPAREs for one number: both stories are really told", () => {
  const lying = cluster(5);
  lying.wrapped.get(0)?.switchTo(equivocating({ victims: 2 }));
  lying.run(4);
  const told = new Map<string, Set<string>>();
  for (const { id, auditLog } of lying.kernel.replicas) {
    if (id === 0) continue;
    for (const event of auditLog) {
      if (event.e !== "preprepared" || event.v !== 0) continue;
      const digests = told.get(`${event.n}`) ?? new Set<string>();
      told.set(`${event.n}`, digests.add(event.d));
    }
  }
  expect([...told.values()].some((digests) => digests.size === 2)).toBe(true);
});

test("wrong replies are well-formed and signed, and f+1 equal ones outvote them", () => {
  const lying = cluster(7);
  const honest = cluster(7);
  lying.wrapped.get(2)?.switchTo([{ behaviour: "wrong-reply", parameters: {} }]);
  const results = (of: Cluster) => of.run(12).flat();
  const truth = results(honest);
  const heard = results(lying);
  expect(lying.wrapped.get(2)?.status().counters["byzantine.wrong-reply"]).toBeGreaterThan(10);
  expect(heard.every(({ outcome }) => outcome === "ok")).toBe(true);
  expect(heard.flatMap((one) => (one.outcome === "ok" ? one.repliers : []))).not.toContain(2);
  expect(heard.length).toBe(truth.length);
});

test("a behaviour is switched off during the run, and the replica is honest again", () => {
  const lying = cluster(9);
  const liar = lying.wrapped.get(2);
  liar?.switchTo([{ behaviour: "wrong-reply", parameters: {} }]);
  lying.run(4);
  const acts = liar?.status().counters["byzantine.wrong-reply"] ?? 0;
  liar?.switchTo([]);
  const after = lying.run(4);
  expect(liar?.status().counters["byzantine.wrong-reply"]).toBe(acts);
  expect(after.flat().flatMap((one) => (one.outcome === "ok" ? one.repliers : []))).toContain(2);
});

const replaying = (everyMs: number): readonly BehaviourState[] => [
  { behaviour: "replayed-messages", parameters: { everyMs } },
];

describe("a behaviour with a clock of its own", () => {
  const acts = ({ wrapped }: Cluster, name = "replayed-messages") =>
    wrapped.get(3)?.status().counters[`byzantine.${name}`] ?? 0;

  test("speaks at its own pace, the same in every run, and the good replicas agree", () => {
    const runs = [5, 5, 10].map((everyMs) => {
      const lying = cluster(21);
      lying.wrapped.get(3)?.switchTo(replaying(everyMs));
      const rounds = lying.run(6);
      expect(rounds.flat().every(({ outcome }) => outcome === "ok")).toBe(true);
      expectAgreement(lying, [3]);
      return { hash: lying.kernel.traceHash, acts: acts(lying) };
    });
    expect(runs[0]).toEqual(runs[1]);
    expect(runs[0]?.acts).toBeGreaterThan(1.5 * (runs[2]?.acts ?? 0));
  });

  test("speaks while nobody asks for anything, until it is switched off, and after a new start", () => {
    const lying = cluster(22);
    const { kernel, wrapped } = lying;
    lying.run(1);
    const spoken = (ms: number) => {
      const before = acts(lying);
      kernel.runTo(kernel.now + ms);
      return acts(lying) - before;
    };
    expect(spoken(500)).toBe(0);
    wrapped.get(3)?.switchTo(replaying(10));
    expect(spoken(500)).toBeGreaterThan(100);
    wrapped.get(3)?.switchTo([]);
    expect(spoken(500)).toBe(0);
    wrapped.get(3)?.switchTo(replaying(10));
    expect(spoken(500)).toBeGreaterThan(100);
    kernel.kill(3);
    kernel.start(3);
    wrapped.get(3)?.switchTo(replaying(10));
    expect(spoken(500)).toBeGreaterThan(100);
  });

  test("what it says goes through the behaviours after it: a silent one lets nothing out", () => {
    const lying = cluster(23);
    const silent = { behaviour: "silent", parameters: {} };
    lying.wrapped.get(3)?.switchTo([...replaying(10), silent]);
    lying.kernel.runTo(lying.kernel.now + 50);
    const sent = () => lying.kernel.link("r3", "r0").counters.sent;
    const before = sent();
    lying.kernel.runTo(lying.kernel.now + 500);
    expect(sent()).toBe(before);
    expect(acts(lying)).toBeGreaterThan(100);
    expect(acts(lying, "silent")).toBeGreaterThan(100);
  });
});

test("a name that is not registered is refused by name", () => {
  const { wrapped } = cluster(1);
  expect(() => wrapped.get(0)?.switchTo([{ behaviour: "nice", parameters: {} }])).toThrow(
    /no behaviour nice; there is: equivocate, wrong-reply/,
  );
});
