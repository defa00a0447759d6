/**
 * What one replicated operation costs: null operations, one after the other, against a cluster
 * whose service is `null`.
 *
 *     k6 run -e HOST=c0.json null-operation.js
 */
import { check } from "k6";
import { Client } from "k6/x/bft";

export const options = { vus: 1, iterations: Number(__ENV.ITERATIONS || 200) };

const client = new Client({ host: JSON.parse(open(__ENV.HOST)), history: __ENV.HISTORY });
const argument = new Uint8Array(Number(__ENV.BYTES || 0));

export default async function () {
  const { outcome, value, view } = await client.invoke(argument);
  check(outcome, {
    "it is ok": () => outcome === "ok",
    "its answer is bytes": () => value instanceof ArrayBuffer,
    "it has a view": () => view >= 0,
  });
}
