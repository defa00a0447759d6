import { expect, test } from "vitest";
import { promtool } from "../../harness/prometheus/prometheus.fixture.ts";
import { Metrics } from "./metrics.ts";

test("promtool has nothing to say against a replica's page", async () => {
  const metrics = new Metrics(
    {
      status: () => ({
        view: 1,
        active: true,
        lastExec: 5,
        stable: 4,
        rejected: { "PREPARE:signature": 1 },
        counters: { requests: 9 },
      }),
      queues: () => ({ requests: 1 }),
      heldBytes: () => 0,
      logBytes: () => 4_096,
      peers: () => ({}),
      refused: () => ({ "no-route": 1 }),
      authenticator: () => ({
        sign: { count: 1, ms: 1 },
        verify: { count: 2, ms: 3 },
        tag: { count: 4, ms: 0 },
        checkTag: { count: 5, ms: 0 },
      }),
    },
    { protocol: { name: "pbft-sig", messageTypes: { STATUS: 9 } }, replica: 0, others: 3 },
  );
  metrics.executed(3);
  metrics.observePersist(0.002);
  const page = await metrics.text();
  expect(page).toContain('bft_batch_size_bucket{le="4",protocol="pbft-sig",replica="r0"} 1\n');
  expect(promtool(["check", "metrics"], page)).toBe("");
  const misnamed = `${page}# HELP bft_x_total x\n# TYPE bft_x_total gauge\nbft_x_total 1\n`;
  expect(promtool(["check", "metrics"], misnamed)).toContain("_total");
});
