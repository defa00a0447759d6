import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { brokenPromises } from "../../../harness/cli/explore-oracle.ts";
import { drawPlan } from "../../../harness/drivers/simulation/draw-plan.ts";
import { judgePlan } from "../../../harness/drivers/simulation/explore.ts";
import { usualSimulation } from "../../../harness/plan/simulation.ts";
import { kv } from "../../services/kv.ts";
import { ALICE, Bed, BOB, HOST } from "./pbft.fixture.ts";
import { pbftMac } from "./variants/pbft-mac.ts";
import { pbftRelay } from "./variants/pbft-relay.ts";
import { pbftSig } from "./variants/pbft-sig.ts";

const FAR = 20;

/** r1, with a request that waits. */
class Behind extends Bed {
  constructor() {
    super(1);
    this.receive(HOST, this.request(BOB, 1));
  }

  get view(): number {
    return this.core.status().view;
  }
}

describe("protocols §10.7: catching up first", () => {
  test("who is behind W others, and gets on, does not leave when Treq runs out", () => {
    const bed = new Behind();
    bed.told(FAR, 0, 2);
    bed.fire("request");
    assert.deepEqual([bed.view, bed.timers.get("request")], [0, 300]);
    bed.execute(1, ALICE);
    bed.fire("request");
    assert.equal(bed.view, 0);
    bed.fire("request");
    assert.equal(bed.view, 1, "nothing was executed in two periods");
  });

  test("the word of one other is none, and who has caught up waits no longer", () => {
    const alone = new Behind();
    alone.told(Number.MAX_SAFE_INTEGER, 2);
    alone.fire("request");
    assert.equal(alone.view, 1);
    const bed = new Behind();
    bed.told(1, 0, 2);
    bed.fire("request");
    bed.execute(1, ALICE);
    bed.fire("request");
    assert.equal(bed.view, 1, "it got on, and is not behind any more");
  });

  test("it takes the time-out once more at most: a bad primary could keep it behind", () => {
    const bed = new Behind();
    bed.told(FAR, 0, 2);
    for (let n = 1; n <= 4; n++) {
      bed.fire("request");
      assert.equal(bed.view, 0);
      bed.execute(n, ALICE);
    }
    bed.fire("request");
    assert.equal(bed.view, 1);
  });

  test("who was away when it ran out reads first what has come meanwhile", () => {
    const bed = new Behind();
    bed.now += 400;
    bed.fire("request");
    assert.equal(bed.view, 0);
    bed.told(FAR, 0, 2);
    bed.execute(1, ALICE);
    bed.fire("request");
    assert.equal(bed.view, 0);
    const current = new Behind();
    current.now += 400;
    current.fire("request");
    current.fire("request");
    assert.equal(current.view, 1, "there was nothing to read");
  });

  test("each client that comes to the head has the same patience", () => {
    const bed = new Behind();
    bed.told(FAR, 0, 2);
    bed.fire("request");
    bed.receive(HOST, bed.request(ALICE, 2));
    bed.execute(1, BOB);
    assert.equal(bed.timers.get("request"), 1000);
    bed.fire("request");
    assert.equal(bed.view, 0);
  });
});

/** What the seed draws, but r3 is down for long and the primary's wire is thin when it is back. */
test.each([
  { protocol: pbftSig, seed: 71 },
  { protocol: pbftMac, seed: 2 },
  { protocol: pbftMac, seed: 19 },
  { protocol: pbftRelay, seed: 5 },
  { protocol: pbftRelay, seed: 38 },
])(
  "protocols §10.7: started again far behind, r3 leaves no view that others stay in ($protocol.name, seed $seed)",
  ({ protocol, seed }) => {
    const { simulation = usualSimulation, ...drawn } = drawPlan(seed, protocol, kv, {
      costs: "off",
    });
    const { delayMinMs } = simulation.network;
    const delayMaxMs = delayMinMs + 2;
    const network = { ...simulation.network, delayMaxMs, loss: 0, duplication: 0 };
    const down = { id: "down", name: "down", fault: "crash", atMs: 200, durationMs: 600 };
    const thin = { id: "thin", name: "thin", fault: "bandwidth", atMs: 200, durationMs: 2_500 };
    const links = { from: ["r0"], to: ["r0", "r1", "r2", "r3"], target: null };
    const condition = { kind: "bandwidth", kilobytesPerSecond: 20 };
    const plan = {
      ...drawn,
      simulation: { ...simulation, network },
      phases: { ...drawn.phases, faultsMs: 3_000 },
      entries: [
        { ...down, resolved: { targets: ["r3"] } },
        { ...thin, resolved: { links, condition } },
      ],
    };
    const { played, broken } = judgePlan(plan, { protocol, service: kv, judge: brokenPromises });
    assert.deepEqual(broken, []);
    const { audits } = played.observations;
    const left = [...audits.values()].flat().filter(({ e }) => e === "viewchange");
    assert.deepEqual(left, []);
  },
);
