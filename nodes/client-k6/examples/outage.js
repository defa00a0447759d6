/**
 * What a script sees of a cluster that does not answer: operations that end `unknown`, and nothing
 * thrown.
 *
 *     k6 run -e HOST=c0.json outage.js
 */
import { check } from "k6";
import { Client } from "k6/x/bft";

export const options = { vus: 2, iterations: 4, thresholds: { checks: ["rate==1"] } };

const client = new Client({ host: JSON.parse(open(__ENV.HOST)), history: __ENV.HISTORY });

export default async function () {
  const ending = await client.write("k", `v${__VU}.${__ITER}`);
  check(ending, {
    "nobody knows": ({ outcome }) => outcome === "unknown",
    "nothing is said of a view": ({ view, value }) => view === null && value === null,
  });
}
