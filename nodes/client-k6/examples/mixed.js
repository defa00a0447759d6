/**
 * An open-loop load of all operations on a few keys, with a history for `bft-chaos check`:
 *
 *     k6 run -e HOST=c0.json -e HISTORY=history.jsonl mixed.js
 */
import { check } from "k6";
import exec from "k6/execution";
import { Client } from "k6/x/bft";

const KEYS = 8;

export const options = {
  scenarios: {
    load: {
      executor: "constant-arrival-rate",
      rate: Number(__ENV.RATE || 50),
      timeUnit: "1s",
      duration: __ENV.DURATION || "5s",
      preAllocatedVUs: 50,
    },
  },
  thresholds: {
    // Arrivals that nobody had time for would hide what slowness costs.
    dropped_iterations: ["count==0"],
    bft_op_failed: ["rate==0"],
    "bft_op_duration{phase:steady}": ["p(99)<2000"],
  },
};

const client = new Client({
  host: JSON.parse(open(__ENV.HOST)),
  history: __ENV.HISTORY,
  phases: [{ name: "warmup", duration: "1s" }, { name: "steady" }],
});

export default async function () {
  const number = exec.scenario.iterationInTest;
  const key = `k${number % KEYS}`;
  // No two operations write the same: a checker can tell whose value it was.
  const value = `v${number}`;
  const kind = (number * 7) % 10;
  if (kind < 4) await client.write(key, value);
  else if (kind < 7) await client.read(key);
  else if (kind < 8) await client.append(key, `+${number}`);
  else if (kind < 9) await swap(key, value);
  else await client.delete(key);
}

async function swap(key, to) {
  const { value } = await client.read(key);
  const { outcome, error } = await client.cas(key, value, to);
  // Somebody else may have been faster: that is an answer, too.
  check(outcome, { "a cas has an answer": () => outcome !== "unknown" && error === undefined });
}
