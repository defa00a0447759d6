/**
 * The load of a scenario (`workload: { generator: k6, script: scenario.js }`): writes, reads and
 * swaps on a few keys. `bft-chaos run` gives the client its options and its history, sets RATE,
 * CLIENTS, KEYS, SEED and DURATION from the scenario, and ends the load when the run does.
 */
import exec from "k6/execution";
import { Client } from "k6/x/bft";

const KEYS = Number(__ENV.KEYS || 8);

export const options = {
  scenarios: {
    load: {
      executor: "constant-arrival-rate",
      rate: Number(__ENV.RATE || 50),
      timeUnit: "1s",
      duration: __ENV.DURATION || "5s",
      // One for each operation that may wait: a view change takes seconds, and an arrival that finds
      // no virtual user is dropped.
      preAllocatedVUs: 200,
    },
  },
  thresholds: { dropped_iterations: ["count==0"] },
};

const client = new Client();

export default async function () {
  const number = exec.scenario.iterationInTest;
  const key = `k${number % KEYS}`;
  // No two operations write the same: a checker can tell whose value it was.
  const value = `v${number}`;
  const kind = (number * 7) % 10;
  if (kind < 5) return client.write(key, value);
  const read = await client.read(key);
  if (kind === 9) await client.cas(key, read.value, value);
}
