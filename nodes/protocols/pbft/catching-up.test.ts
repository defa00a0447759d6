import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { drawSchedule } from "../../../harness/drivers/simulation/draw-schedule.ts";
import { play } from "../../../harness/drivers/simulation/play.ts";
import { kv } from "../../services/kv.ts";
import { encodeStatus, encodeViews, STATUS } from "./messages.ts";
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

  /** These others say to have executed up to there. */
  told(lastExec: number, ...by: readonly number[]): void {
    const part = encodeViews([0, 0, 0, 0]);
    const head = { view: 0, active: true, stable: 0, lastExec, part, slots: new Uint8Array(0) };
    for (const peer of by) {
      const content = { type: STATUS, payload: encodeStatus(head) };
      this.receive(peer, this.envelopes(peer).seal(content, "all"));
    }
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
  { protocol: pbftSig, seed: 40 },
  { protocol: pbftMac, seed: 40 },
  { protocol: pbftMac, seed: 32 },
  { protocol: pbftRelay, seed: 20 },
  { protocol: pbftRelay, seed: 37 },
])(
  "protocols §10.7: started again far behind, r3 leaves no view that others stay in ($protocol.name, seed $seed)",
  ({ protocol, seed }) => {
    const drawn = drawSchedule(seed, protocol);
    const { delayMinMs } = drawn.network;
    const network = { ...drawn.network, delayMaxMs: delayMinMs + 2, loss: 0, duplication: 0 };
    const when = { atMs: 200 };
    const schedule = {
      ...drawn,
      network,
      chaosMs: 3_000,
      faults: [
        { when, durationMs: 600, what: { kind: "crash", who: [3] } as const },
        {
          when,
          durationMs: 2_500,
          what: { kind: "thin", who: [0], kilobytesPerSecond: 20 } as const,
        },
      ],
      byzantine: null,
      absent: [],
    };
    const { audits, trouble } = play(schedule, { protocol, service: kv, signatures: "fast" });
    assert.deepEqual(trouble, []);
    const left = [...audits.values()].flat().filter(({ e }) => e === "viewchange");
    assert.deepEqual(left, []);
  },
);
