/**
 * Scenarios of the smoke suite, one of each kind, as they lie there: containers come to the verdict
 * that they ask for. The whole folder is `run scenarios/smoke --driver docker`.
 */
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Bench } from "../local/local-run.fixture.ts";

const SMOKE = fileURLToPath(new URL("../../../scenarios/smoke/", import.meta.url));

let bench: Bench;

beforeEach(() => {
  bench = new Bench();
});

afterEach(() => {
  bench.close();
});

test.each([
  "f-plus-one-crashed",
  "primary-crash-restart",
  "primary-partition-drop",
  "one-way-from-primary",
])("%s", async (name) => {
  // How much of the load a busy machine sends is not what this is about.
  const args = ["--driver", "docker", "--set", "expect.shed=100%"];
  const run = bench.run(`${SMOKE}${name}.yaml`, { args });
  expect(await run.exit(), run.said + run.complained).toBe(0);
});
