/** What every protocol of the registry says of itself, held against what its replicas log. */
import { describe, expect, test } from "vitest";
import { MECHANISMS, type Mechanism } from "../../../nodes/protocols/contract/mechanism.ts";
import type { Protocol } from "../../../nodes/protocols/contract/protocol.ts";
import { protocolNamed, protocols } from "../../../nodes/registry.ts";
import { kv } from "../../../nodes/services/kv.ts";
import { drawPlan } from "./draw-plan.ts";
import { normalCaseOf } from "./normal-case.ts";
import { playPlan } from "./play-plan.ts";

const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8];

function logsOf(protocol: Protocol) {
  return SEEDS.flatMap((seed) => {
    const plan = drawPlan(seed, protocol, kv);
    const nodes = { protocols: [protocol], services: [kv] };
    const { observations } = playPlan(plan, { nodes, rerun: "" });
    const { replicas } = plan.cluster.parameters;
    return [...observations.audits.values()].flat().map((record) => ({ record, replicas }));
  });
}

/** Mechanisms that are claimed and never seen, or seen and not claimed. */
function misclaimed(protocol: Protocol, logs: ReturnType<typeof logsOf>): readonly string[] {
  const seen = new Set<string>(logs.map(({ record }) => record.e));
  return (Object.keys(MECHANISMS) as Mechanism[]).filter((mechanism) => {
    const acts = MECHANISMS[mechanism].some((event) => seen.has(event));
    return acts !== protocol.mechanisms.includes(mechanism);
  });
}

/** Views in which somebody else proposed than who leads them. */
function mislead(protocol: Protocol, logs: ReturnType<typeof logsOf>): readonly number[] {
  return logs.flatMap(({ record, replicas }) => {
    if (record.e !== "preprepared" || record.as !== "primary") return [];
    return record.replica === protocol.leaderOf(record.v, replicas) ? [] : [record.v];
  });
}

/** Sizes for which its normal case takes other delays, messages or bytes than it says. */
function misreckoned(protocol: Protocol): readonly string[] {
  const { traits } = protocol;
  return [1, 2, 3].flatMap((faults) => {
    const { delays, messages, bytes } = normalCaseOf(protocol, faults);
    const replicas = protocol.replicasFor(faults);
    const reckoned = { messages: traits.messages(replicas), bytes: traits.bytes(replicas) };
    const isRight =
      delays === traits.delays && messages === reckoned.messages && bytes === reckoned.bytes;
    if (isRight) return [];
    return [`f = ${faults}: ${delays} delays, ${messages} messages, ${bytes} bytes`];
  });
}

describe.each(protocols)("$name", (protocol) => {
  const logs = logsOf(protocol);

  test("logs the events of the mechanisms it claims, and of no other", () => {
    expect(misclaimed(protocol, logs)).toEqual([]);
  });

  test("whoever proposes leads the view", () => {
    expect(mislead(protocol, logs)).toEqual([]);
  });

  test("its normal case takes the delays, messages and bytes that it says", () => {
    expect(misreckoned(protocol)).toEqual([]);
  });

  test("the smallest cluster for f tolerates f, and is led by its own", () => {
    for (const faults of [1, 2, 3]) {
      const replicas = protocol.replicasFor(faults);
      const { byzantine, crashed } = protocol.tolerates(replicas);
      expect(byzantine).toBeLessThanOrEqual(crashed);
      expect([0, faults]).toContain(crashed);
      const leaders = Array.from({ length: 2 * replicas }, (_, view) =>
        protocol.leaderOf(view, replicas),
      );
      expect(leaders.every((leader) => leader === null || leader < replicas)).toBe(true);
    }
  });
});

test("a claim too many, one too few and a wrong leader are found", () => {
  const [pbft] = protocols;
  if (pbft === undefined) throw new Error("there is no protocol");
  const logs = logsOf(pbft);
  expect(misclaimed({ ...pbft, mechanisms: [] }, logs)).toEqual(Object.keys(MECHANISMS));
  const silent = logs.filter(({ record }) => record.e !== "viewchange" && record.e !== "newview");
  expect(misclaimed(pbft, silent)).toEqual(["views"]);
  expect(mislead({ ...pbft, leaderOf: () => null }, logs)).not.toEqual([]);
});

test("a delay, a message and a byte too many are found", () => {
  const [pbft] = protocols;
  if (pbft === undefined) throw new Error("there is no protocol");
  const { traits } = pbft;
  const counted = ["29 messages, 4248", "92 messages, 13530", "191 messages, 28032"].map(
    (messages, f) => `f = ${f + 1}: 5 delays, ${messages} bytes`,
  );
  expect(misreckoned({ ...pbft, traits: { ...traits, delays: 6 } })).toEqual(counted);
  const messages = (replicas: number) => traits.messages(replicas) + 1;
  expect(misreckoned({ ...pbft, traits: { ...traits, messages } })).toEqual(counted);
  const bytes = (replicas: number) => traits.bytes(replicas) + 1;
  expect(misreckoned({ ...pbft, traits: { ...traits, bytes } })).toEqual(counted);
});

test("protocols §21.3: requests at K2 cost a delay and their relays, signed ones neither", () => {
  const [relay, mac] = [protocolNamed("pbft-relay"), protocolNamed("pbft-mac")];
  expect(normalCaseOf(relay, 1, { requestAt: "K2" })).toMatchObject({
    delays: 6,
    messages: 32 + 12,
  });
  expect(normalCaseOf(mac, 1, { clientAuth: "signature" })).toMatchObject({
    delays: 5,
    messages: 29,
  });
});
