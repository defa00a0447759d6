import { expect, test } from "vitest";
import { expand } from "../plan/expand.ts";
import { plannedBudget } from "../plan/planned-budget.ts";
import { vocabulary } from "../run.ts";
import { loadScenario } from "../scenario/load.ts";
import { planText } from "./plan-text.ts";

function textOf(text: string): readonly string[] {
  const head = "apiVersion: bft-chaos/v1\nkind: Scenario\nmetadata: { name: shown }\n";
  const scenario = loadScenario({ text: head + text, file: "shown.yaml" }, vocabulary);
  const plan = expand(scenario, { vocabulary });
  return planText(scenario, plan, plannedBudget(plan, vocabulary.faults)).split("\n");
}

test("every value is shown, and a default is marked as one", () => {
  const lines = textOf("cluster: { f: 1 }\nphases: { faults: 3s }\n").map((line) => line.trim());
  expect(lines).toContainEqual(expect.stringMatching(/^cluster\.f +1$/));
  expect(lines).toContainEqual(expect.stringMatching(/^cluster\.n +4 +default$/));
  expect(lines).toContainEqual(expect.stringMatching(/^phases\.faults +3s$/));
  expect(lines).toContainEqual(expect.stringMatching(/^workload\.rate +200\/s +default$/));
});

test("what work costs is shown by the keys that a scenario has for it", () => {
  const lines = textOf("simulation: { costs: { verification: 0.8ms } }\n").map((line) =>
    line.trim(),
  );
  expect(lines).toContainEqual(
    expect.stringMatching(
      /^simulation\.costs +verification 0\.8ms, signature 0\.04ms, .*carried 0\.002ms a KiB, hashed /,
    ),
  );
});

test("a lie that says nothing to the protocol is not applicable, costs nothing, and says why", () => {
  const lines = textOf(
    "cluster: { protocol: unreplicated, n: 1 }\nfaults: [{ name: lie, fault: byzantine, " +
      "at: 500ms, for: 3s, target: r3, behaviour: equivocate }]\n",
  ).map((line) => line.trim());
  const why =
    "equivocate is no lie in unreplicated; it fits pbft-sig, pbft-mac, pbft-mac-proof, pbft-relay";
  expect(lines).toContainEqual(
    expect.stringMatching(new RegExp(`^500ms +1.5s +not applicable +lie +byzantine +${why}$`)),
  );
  expect(lines.filter((line) => /\b(inject|heal)\b/.test(line))).toEqual([]);
  expect(lines).toContainEqual(expect.stringMatching(/^0s +end +0 +0 +safety and liveness$/));
});

test("each fault begins and ends on the time line, with what it came to", () => {
  const lines = textOf(
    "faults: [{ name: slow, fault: delay, at: 500ms, for: 3s, to: r3, latency: 40ms }]\n",
  ).map((line) => line.trim());
  expect(lines).toContainEqual(
    expect.stringMatching(/^500ms +1\.5s +inject +slow +delay +to=r3 latency=40ms jitter=0s$/),
  );
  expect(lines).toContainEqual(expect.stringMatching(/^3\.5s +4\.5s +heal +slow$/));
});

test("what is done once has no heal, whenever it is done", () => {
  const lines = textOf(`faults:
  - { name: copy, fault: backup, at: 1s, job: take, target: r1 }
  - { name: look, fault: backup, when: { after: copy }, job: verify, target: r1 }
  - { name: roll, fault: rolling-restart, at: 2s, pause: 1s, target: r1 }
`).map((line) => line.trim());
  expect(lines).toContainEqual(
    expect.stringMatching(/^1s +2s +inject +copy +backup +targets=r1 job=take$/),
  );
  expect(lines).toContainEqual(
    expect.stringMatching(/ may inject +look .*; after copy has begun$/),
  );
  const healed = lines.filter((line) => line.includes(" heal "));
  expect(healed).toEqual([expect.stringMatching(/^2\.5s +3\.5s +heal +roll$/)]);
});

test("what strikes single messages is told by their name, and where it can be played", () => {
  const lines = textOf(
    "faults: [{ fault: loss, at: 500ms, for: 3s, from: r1, type: COMMIT }]\n",
  ).map((line) => line.trim());
  expect(lines).toContainEqual(
    expect.stringMatching(
      /^500ms +1\.5s +inject +loss +loss +from=r1 kind=loss share=1 type=COMMIT$/,
    ),
  );
  expect(lines).toContain(
    "mind: loss needs a hold on each single frame of a link: --driver simulation",
  );
});

test("what waits for something is told with its earliest moment, and what it waits for", () => {
  const lines = textOf(`faults:
  - { name: cut, fault: partition, when: { event: new-view, from: 1s, delay: 50ms }, for: 2s, isolate: r3 }
  - { name: next, fault: crash, when: { healed: cut }, for: 1s, target: r3 }
`).map((line) => line.trim());
  expect(lines).toContainEqual(
    expect.stringMatching(
      /^1\.05s on +2\.05s on +may inject +cut +partition +.*; at new-view, from 1s on, 50ms later; for 2s from then on$/,
    ),
  );
  expect(lines).toContainEqual(
    expect.stringMatching(
      /^3\.05s on +4\.05s on +may inject +next +crash +targets=r3; after cut is healed; /,
    ),
  );
  expect(lines).toContain("cut: when it begins, and whether, depends on what happens");
});

test("the budget is shown over time and says when it is an upper bound", () => {
  const named = textOf("faults: [{ fault: crash, at: 1s, for: 1s, target: [r0, r1] }]\n");
  expect(named).toContain("Budget against f = 1");
  expect(named).toContainEqual(expect.stringMatching(/^ +1s +2s +0 +2 +safety$/));
  const symbolic = textOf("faults: [{ fault: crash, at: 1s, for: 1s, target: primary }]\n");
  expect(symbolic).toContainEqual(expect.stringMatching(/^Budget against f = 1, upper bounds/));
});

test("who lies is known later where the target is a role or whose event it was", () => {
  const lie = "fault: byzantine, for: 1s, behaviour: silent";
  const lines = textOf(
    `faults:\n  - { name: a, at: 1s, ${lie}, target: r3 }\n` +
      `  - { name: b, at: 3s, ${lie}, target: primary }\n`,
  ).map((line) => line.trim());
  expect(lines).toContainEqual(expect.stringMatching(/^1s +3s +1 \(r3\)/));
  expect(lines).toContainEqual(expect.stringMatching(/^3s +\S+ +2 \(r3 1 known later\)/));
});

test("what only the simulator has is told to be so", () => {
  const told = expect.stringMatching(/^ {2}simulation: is only for --driver simulation/);
  expect(textOf("simulation: { padding: 1KB }\n")).toContainEqual(told);
  expect(textOf("seed: 1\n")).not.toContainEqual(told);
});

test("a verdict that the budget rules out is told, and one that it allows is not", () => {
  const mindOf = (verdict: string, fault: string) =>
    textOf(`faults: [{ ${fault} }]\nexpect: { verdict: ${verdict} }\n`)
      .filter((line) => line.includes("mind:"))
      .map((line) => line.trim());
  const three = "fault: crash, at: 1s, for: 1s, target: [r0, r1, r2]";
  const one = "fault: crash, at: 1s, for: 1s, target: r1";
  const named = "fault: crash, at: 1s, for: 1s, target: primary";
  const liars = "fault: byzantine, at: 1s, target: [r1, r2], behaviour: silent";
  expect(mindOf("PASS", three)).toEqual([
    "mind: PASS is expected, but more are away than f = 1: HALTED_SAFELY, unless somebody is " +
      "answered meanwhile",
  ]);
  expect(mindOf("PASS", liars)[0]).toContain("it will be OUT_OF_CONTRACT");
  expect(mindOf("HALTED_SAFELY", one)[0]).toContain("liveness is owed all the time");
  expect(mindOf("HALTED_SAFELY", named)[0]).toContain("liveness is owed all the time");
  expect(mindOf("OUT_OF_CONTRACT", three)[0]).toContain("safety is owed all the time");
  for (const [verdict, fault] of [
    ["PASS", one],
    ["PASS", named],
    ["HALTED_SAFELY", three],
    ["OUT_OF_CONTRACT", liars],
  ] as const) {
    expect(mindOf(verdict, fault)).toEqual([]);
  }
});

test("the largest messages and the rate that a timely link needs are shown", () => {
  const lines = textOf("");
  expect(lines).toContainEqual(expect.stringMatching(/^ +largest NEW-VIEW +\d{6}$/));
  expect(lines).toContainEqual(expect.stringMatching(/^ +between replicas +100454 +503KB\/s$/));
  expect(lines).toContainEqual(
    expect.stringMatching(/^ +CPU time +\d+ms in 200ms +a share of \d+%$/),
  );
});

test("the recovery bound is shown with its parts", () => {
  const lines = textOf("");
  expect(lines).toContain("Recovery bound (L-2): 4.97s");
  expect(lines).toContainEqual(expect.stringMatching(/^ +clientBackoff +2s +a client has just/));
  const slowWire = "simulation: { network: { delayMax: 300ms, loss: 1% } }\n";
  const slow = "faults: [{ fault: throttle, at: 0s, for: 1s, target: r3, share: 80% }]\n";
  for (const text of ["", slowWire, slow]) {
    const all = textOf(`phases: { quiet: 60s }\n${text}`);
    const first = all.findIndex((line) => line.startsWith("Recovery bound")) + 1;
    const parts = all.slice(first, all.indexOf("", first));
    expect(parts.filter((line) => !/^ +\w+ +\S+ {2,}\w/.test(line))).toEqual([]);
  }
});
