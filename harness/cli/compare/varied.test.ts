import { expect, test } from "vitest";
import { ScenarioError } from "../../scenario/scenario.ts";
import { variedBy } from "./varied.ts";

test("the first value of every key makes one side, the second the other; the first key names them", () => {
  const { sides, sections } = variedBy([
    "cluster.protocol=pbft-sig, unreplicated",
    "faults[0].for=1s,3s",
  ]);
  expect(sides).toEqual({
    first: { name: "pbft-sig", sets: ["cluster.protocol=pbft-sig", "faults[0].for=1s"] },
    second: {
      name: "unreplicated",
      sets: ["cluster.protocol=unreplicated", "faults[0].for=3s"],
    },
  });
  expect([...sections]).toEqual(["cluster", "faults"]);
});

test("a value may be a list, a map, or have a comma in quotes", () => {
  const { sides } = variedBy([
    "faults[0].groups=[[r0], [r1, r2]],[[r0, r1]]",
    'metadata.labels={ a: "1,2" },{}',
  ]);
  expect(sides.first.sets).toEqual([
    "faults[0].groups=[[r0], [r1, r2]]",
    'metadata.labels={ a: "1,2" }',
  ]);
  expect(sides.second.sets).toEqual(["faults[0].groups=[[r0, r1]]", "metadata.labels={}"]);
});

test.each([
  [[], /what is to differ/],
  [["cluster.protocol"], /found no path=a,b/],
  [["cluster.protocol=pbft-sig"], /found 1 value; allowed: two/],
  [["cluster.f=1,2,3"], /found 3 values; allowed: two/],
  [["cluster.f=1,"], /found 1 value; allowed: two/],
  [["cluster.f=1,1"], /both sides are the same/],
  [["faults[0].groups=[r0,[r1]"], /found no end of a list/],
])("%j is refused by name", (varies, message) => {
  expect(() => variedBy(varies)).toThrow(ScenarioError);
  expect(() => variedBy(varies)).toThrow(message);
});

test("a key that is varied is not set besides: --vary would win without a word", () => {
  const varies = ["cluster.protocol=pbft-sig,pbft-mac"];
  expect(() => variedBy(varies, ["seed=3", "cluster.protocol=pbft-relay"])).toThrow(
    "--set cluster.protocol=pbft-relay: --vary says what cluster.protocol is on each side; allowed: ",
  );
  expect(variedBy(varies, ["cluster.f=2"]).sides.first.sets).toEqual(["cluster.protocol=pbft-sig"]);
});
