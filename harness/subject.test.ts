/** A service that nobody knew: it needs no more than its own definition to be played and judged. */
import { expect, test } from "vitest";
import type { Model } from "../nodes/protocols/contract/model.ts";
import type { Operation, ServiceDefinition } from "../nodes/protocols/contract/service.ts";
import { pbftSig } from "../nodes/protocols/pbft/variants/pbft-sig.ts";
import { nullService } from "../nodes/services/null.ts";
import { checkerInput } from "./checkers/checker-input.ts";
import { runCheckers } from "./checkers/verdict/judge.ts";
import { drawPlan } from "./drivers/simulation/draw-plan.ts";
import { playPlan } from "./drivers/simulation/play-plan.ts";

const text = new TextDecoder();
const bytes = new TextEncoder();

const boardModel: Model = {
  name: "board",
  summary: "the last note that was pinned to each key",
  stepOf({ f, value }, answer) {
    if (f === "write") return { kind: "set", value: String(value) };
    if (answer === null) return null;
    return { kind: "read", value: typeof answer.value === "string" ? answer.value : null };
  },
};

/** Notes on a board, in JSON: nothing of `kv` is in it. */
const board: ServiceDefinition = {
  name: "board",
  summary: "reads and writes only",
  operations: ["read", "write"],
  model: boardModel,
  create() {
    const notes = new Map<string, string>();
    let touched = new Set<string>();
    const entry = (key: string) => ({ key: bytes.encode(key), value: noteAt(key) });
    const noteAt = (key: string) => bytes.encode(notes.get(key) ?? "");
    return {
      execute(operation) {
        const [f, key, value] = JSON.parse(text.decode(operation)) as [string, string, string?];
        if (f === "read") return bytes.encode(JSON.stringify(notes.get(key) ?? null));
        touched.add(key);
        notes.set(key, value ?? "");
        return bytes.encode("true");
      },
      entries: () => [...notes.keys()].map(entry),
      takeChanges() {
        const changes = [...touched].map(entry);
        touched = new Set();
        return changes;
      },
      restore(entries) {
        notes.clear();
        touched.clear();
        for (const { key, value } of entries) notes.set(text.decode(key), text.decode(value));
      },
    };
  },
  encode: (operation) => bytes.encode(JSON.stringify(partsOf(operation))),
  decode({ f }, result) {
    const answer: unknown = JSON.parse(text.decode(result));
    return { ok: true, value: f === "read" && typeof answer === "string" ? answer : null };
  },
};

function partsOf(operation: Operation): readonly unknown[] {
  if (operation.f === "null") return ["null"];
  return "value" in operation
    ? [operation.f, operation.key, operation.value]
    : [operation.f, operation.key];
}

function checksOf(seed: number, service: ServiceDefinition) {
  const plan = drawPlan(seed, pbftSig, service);
  const nodes = { protocols: [pbftSig], services: [service] };
  const { observations } = playPlan(plan, { nodes, rerun: "" });
  expect(observations.run.harness).toEqual({ state: "ok" });
  const { replicas } = plan.cluster.parameters;
  const leaderOf = (view: number) => pbftSig.leaderOf(view, replicas);
  const subject = { protocol: pbftSig, service, leaderOf };
  const checks = runCheckers(checkerInput(observations, subject));
  return new Map(checks.map((check) => [check.id, check]));
}

test("it is played with the operations it has, and every safety check judges it", () => {
  for (const seed of [1, 2, 3, 4]) {
    const checks = checksOf(seed, board);
    for (const id of ["S-1", "S-3", "S-5", "S-6", "S-16"]) {
      expect(checks.get(id)).toMatchObject({ outcome: "valid" });
      expect(checks.get(id)?.judged, id).toBeGreaterThan(0);
    }
  }
});

test("one that keeps nothing is played as well, and says why S-6 does not judge it", () => {
  const checks = checksOf(3, nullService);
  expect(checks.get("S-3")).toMatchObject({ outcome: "valid" });
  const because = "the service null keeps nothing that could be read";
  expect(checks.get("S-6")).toMatchObject({ outcome: "not-applicable", because });
});

test("S-6 looks at it through its own model", () => {
  const forgetful: Model = { ...boardModel, stepOf: () => ({ kind: "read", value: "else" }) };
  expect(checksOf(1, { ...board, model: forgetful }).get("S-6")?.outcome).toBe("invalid");
});

test("S-3 turns red for an encoding that is not one to one", () => {
  const blurred: ServiceDefinition = {
    ...board,
    encode: (operation) => bytes.encode(JSON.stringify(partsOf(operation).slice(0, 2))),
  };
  const outcomes = [1, 2, 3, 4].map((seed) => checksOf(seed, blurred).get("S-3")?.outcome);
  expect(outcomes).toContain("invalid");
});
