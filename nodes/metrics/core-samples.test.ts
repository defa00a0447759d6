import { describe, expect, test } from "vitest";
import { fastAuthenticators } from "../../harness/drivers/simulation/authenticators.ts";
import { parametersWith } from "../protocols/cluster-parameters.fixture.ts";
import type { CoreStatus } from "../protocols/contract/core.ts";
import { protocols } from "../registry.ts";
import { nullService } from "../services/null.ts";
import { coreCounters, coreSamples } from "./core-samples.ts";

/** The runtime counts these itself, handshakes included. */
const COUNTED_ELSEWHERE = ["verifications", "checks"];

/** Counters of a core that no metric shows. */
function unshown({ counters }: Pick<CoreStatus, "counters">): readonly string[] {
  return Object.keys(counters).filter(
    (name) => !(name in coreCounters) && !COUNTED_ELSEWHERE.includes(name),
  );
}

describe.each(protocols)("$name", (protocol) => {
  test("counts nothing that no metric shows", () => {
    const replicas = protocol.replicasFor(1);
    const core = protocol.createReplica({
      id: 0,
      cluster: parametersWith({ replicas, faultsMax: protocol.tolerates(replicas).crashed }),
      service: nullService.create({ argumentBytes: 0, resultBytes: 0 }),
      authenticator: fastAuthenticators(1, [0])(0),
    });
    expect(unshown(core.status())).toEqual([]);
  });
});

test("a counter without a metric is found", () => {
  expect(unshown({ counters: { requests: 1, verifications: 1, echoes: 1 } })).toEqual(["echoes"]);
});

test("a status becomes the samples of the metrics that it feeds", () => {
  const samples = coreSamples(
    {
      view: 3,
      active: false,
      lastExec: 20,
      stable: 16,
      rejected: { "PREPARE:signature": 2 },
      counters: { requests: 40, "byzantine.wrong-reply": 5, unknown: 1 },
    },
    { requests: 7 },
  );
  const shown = samples.map(({ metric, labels, value }) => [metric.name, labels, value]);
  expect(shown).toEqual([
    ["bft_view", {}, 3],
    ["bft_view_active", {}, 0],
    ["bft_executed_sequence", {}, 20],
    ["bft_stable_sequence", {}, 16],
    ["bft_checkpoint_lag", {}, 4],
    ["bft_requests_executed_total", {}, 40],
    ["bft_byzantine_frames_total", { behaviour: "wrong-reply" }, 5],
    ["bft_rejected_inputs_total", { reason: "PREPARE:signature" }, 2],
    ["bft_queue_length", { queue: "requests" }, 7],
  ]);
});
