/**
 * Scenarios of the smoke suite, one of each kind, and every protocol that bears faults, paired so
 * that each occurs: containers come to the verdict that the scenario asks for. The whole folder is
 * `run scenarios/smoke --driver docker`.
 */
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { bearsFaults } from "../../../nodes/protocols/contract/protocol.ts";
import { protocols } from "../../../nodes/registry.ts";
import { Bench } from "../local/local-run.fixture.ts";

const SMOKE = fileURLToPath(new URL("../../../scenarios/smoke/", import.meta.url));

let bench: Bench;

beforeEach(() => {
  bench = new Bench();
});

afterEach(() => {
  bench.close();
});

const SCENARIOS = [
  "f-plus-one-crashed",
  "primary-crash-restart",
  "primary-partition-drop",
  "one-way-from-primary",
];
const PROTOCOLS = protocols.filter(bearsFaults).map(({ name }) => name);
// As many pairs as the longer list has entries; the shorter one begins again.
const PAIRS = Array.from({ length: Math.max(SCENARIOS.length, PROTOCOLS.length) }, (_, index) => [
  SCENARIOS.at(index % SCENARIOS.length),
  PROTOCOLS.at(index % PROTOCOLS.length),
]);

test.each(PAIRS)("%s on %s", async (name, protocol) => {
  // How much of the load a busy machine sends is not what this is about.
  const sets = ["expect.shed=100%", `cluster.protocol=${protocol}`];
  const args = ["--driver", "docker", ...sets.flatMap((set) => ["--set", set])];
  const run = bench.run(`${SMOKE}${name}.yaml`, { args });
  expect(await run.exit(), run.said + run.complained).toBe(0);
});
