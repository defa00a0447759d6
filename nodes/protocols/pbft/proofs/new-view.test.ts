/** In which form PRE-PREPAREs stand in a NEW-VIEW (protocols §9.6, §22.3). */
import { describe, expect, test } from "vitest";
import { ProvingPbft } from "../../../../faults/byzantine/forgeries/pbft-mac-proof.ts";
import { NEW_VIEW } from "../messages.ts";
import { isOf, ProvingCluster, STATUS_MS } from "./proving.fixture.ts";

const requestMs = 6 * STATUS_MS;
/** Who is cut off; r1 then leads view 1 with PRE-PREPAREs that look like proofs. */
const LIAR = 1;

class Misled extends ProvingCluster {
  cutOff = 0;
  /** PRE-PREPAREs of O. */
  altered = 0;

  constructor() {
    super({ requestMs });
    const authenticator = this.authenticatorOf(LIAR);
    const liar = new ProvingPbft({ id: LIAR, cluster: this.cluster, authenticator });
    this.ask(0);
    this.pass(30);
    this.wire((delivery) => {
      const { from, to, bytes } = delivery;
      if (from === this.cutOff || to === this.cutOff) return null;
      if (from !== LIAR || !isOf(NEW_VIEW, delivery)) return bytes;
      const message = liar.newViewIn(bytes);
      if (message === null) throw new RangeError("r1's NEW-VIEW is its own");
      const prePrepares = message.prePrepares.map((frame) => liar.shown(frame));
      this.altered += prePrepares.length;
      return liar.newView({ ...message, prePrepares });
    });
    this.ask(1, 2, 3);
    this.pass(20 * STATUS_MS);
  }
}

describe("protocols §9.6: PRE-PREPAREs in the form of proofs are no O", () => {
  test("their NEW-VIEW is refused, and its author provably bad", () => {
    const world = new Misled();
    for (const id of [2, 3]) {
      expect(world.cores[id]?.status().rejected["NEW-VIEW:O"]).toBeGreaterThan(0);
    }
    expect(Math.min(...world.views.slice(2))).toBeGreaterThan(1);
  });

  test("nothing of them gets into what good replicas show to others", () => {
    const world = new Misled();
    expect(world.altered).toBeGreaterThan(0);
    world.cutOff = LIAR;
    world.ask(0, 2, 3);
    world.pass(40 * STATUS_MS);
    for (const id of [0, 2, 3]) expect(world.executed[id]).toBeGreaterThanOrEqual(2);
  });

  test("nor onto the disk of one that starts again", () => {
    const world = new Misled();
    expect(world.altered).toBeGreaterThan(0);
    expect(() => world.restart(2)).not.toThrow();
  });
});
