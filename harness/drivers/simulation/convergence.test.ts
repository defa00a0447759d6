import { expect, test } from "vitest";
import { convergence } from "./convergence.ts";

const CLUSTER = { replicas: 4, tolerates: { byzantine: 1, crashed: 1 } };

interface Seen {
  readonly view?: number;
  readonly active?: boolean;
  readonly lastExec?: number;
  readonly digest?: string;
  readonly state?: "running" | "paused" | "down";
}

function clusterOf(...seen: readonly Seen[]) {
  return seen.map(({ view = 0, active = true, lastExec = 9, digest = "d", state }, id) => ({
    id,
    state: state ?? "running",
    status: () => ({ view, active, lastExec, stable: 8, rejected: {}, counters: {} }),
    stateDigest: () => digest,
  }));
}

test("equal state and a quorum active in one view is convergence", () => {
  const digests = { r0: "d", r1: "d", r2: "d", r3: "d" };
  expect(convergence(clusterOf({}, {}, {}, {}), CLUSTER)).toEqual({
    view: 0,
    lastExec: 9,
    digests,
  });
});

test.each([
  { what: "one has executed less", last: { lastExec: 8 } },
  { what: "one has another state at the same number", last: { digest: "e" } },
  { what: "one is down", last: { state: "down" } },
  { what: "one is paused", last: { state: "paused" } },
] as const)("it is none while $what", ({ last }) => {
  expect(convergence(clusterOf({}, {}, {}, last), CLUSTER)).toBeNull();
});

test("f replicas may be a view ahead, f+1 may not", () => {
  const ahead = { view: 1, active: false };
  expect(convergence(clusterOf({}, {}, {}, ahead), CLUSTER)?.view).toBe(0);
  expect(convergence(clusterOf({}, {}, ahead, ahead), CLUSTER)).toBeNull();
});

test("of a liar and of an absent replica nothing is asked", () => {
  const cluster = clusterOf({}, {}, {}, { lastExec: 0, digest: "x", state: "down" });
  expect(convergence(cluster, CLUSTER, { lying: [3] })?.lastExec).toBe(9);
  expect(convergence(cluster, CLUSTER, { absent: [3] })?.lastExec).toBe(9);
});
