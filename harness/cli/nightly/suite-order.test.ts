import { describe, expect, test } from "vitest";
import { suiteOrder } from "./suite-order.ts";

const run = (suite: string, name: string) => ({ suite, name });
const runs = [
  ...["a", "b", "c"].map((name) => run("byzantine", name)),
  ...["a", "b"].map((name) => run("canaries", name)),
  ...["a", "b"].map((name) => run("incidents", name)),
  ...["a", "b", "c", "d"].map((name) => run("operator", name)),
  ...["a", "b", "c", "d"].map((name) => run("smoke", name)),
];

describe("the suites of a night", () => {
  test("take turns, those that say most first, and a suite that is done is passed over", () => {
    const first = ["smoke", "operator", "incidents", "byzantine", "canaries"];
    const last = ["smoke", "operator", "byzantine", "smoke", "operator"];
    expect(suiteOrder(runs, 1).map(({ suite }) => suite)).toEqual([...first, ...first, ...last]);
  });

  test("are all there, each once, in the same order for the same seed", () => {
    const ordered = suiteOrder(runs, 7);
    expect(new Set(ordered)).toEqual(new Set(runs));
    expect(ordered).toHaveLength(runs.length);
    expect(suiteOrder(runs, 7)).toEqual(ordered);
  });

  test("begin with another scenario each night, so that none is missed for ever", () => {
    const firsts = Array.from({ length: 50 }, (_, seed) => suiteOrder(runs, seed)[0]?.name);
    expect(new Set(firsts)).toEqual(new Set(["a", "b", "c", "d"]));
  });

  test("may be none", () => {
    expect(suiteOrder([], 1)).toEqual([]);
  });
});
