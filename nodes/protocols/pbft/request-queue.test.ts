import assert from "node:assert/strict";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, test } from "vitest";
import type { Request } from "../wire/request.ts";
import { ALICE, Bed, BOB } from "./pbft.fixture.ts";
import { RequestQueue } from "./request-queue.ts";

const REQUESTS = 3_000;

/** How many of them are still held by anybody; a few more may be found on the stack. */
async function held(references: readonly WeakRef<object>[]): Promise<number> {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const alive = () => references.filter((reference) => reference.deref() !== undefined).length;
  let before = references.length;
  for (let last = -1; last !== before; ) {
    last = before;
    // A reference counts as held in the turn in which it was made or looked at.
    await new Promise<void>((resolve) => setImmediate(resolve));
    collect();
    before = alive();
  }
  return before;
}

function requests(bed: Bed) {
  const batch = bed.batch(bed.request(ALICE, 1), bed.request(BOB, 1));
  const [ofAlice, ofBob] = batch.requests as [Request, Request];
  const later = (request: Request, timestamp: number) => ({ ...request, timestamp });
  return { ofAlice, ofBob, later };
}

describe("requests that wait (protocols §5.1, §10.2)", () => {
  test("what waits for sure is not replaced, and what followed it goes to the tail (protocols §21.3)", () => {
    const queue = new RequestQueue({ requestAt: "K2" });
    const { ofAlice, ofBob, later } = requests(new Bed(1));
    const [second, third] = [later(ofAlice, 2), later(ofAlice, 3)];
    for (const request of [ofAlice, ofBob, second, third]) queue.follow(request);
    assert.deepEqual([...queue.all()], [ofAlice, ofBob, third]);
    assert.deepEqual([queue.size, queue.timed, queue.waiting(ALICE)], [3, 2, third]);
    const { turn } = queue;
    queue.served(ALICE, 1);
    assert.equal(queue.turn, turn + 1);
    assert.deepEqual([...queue.all()], [ofBob, third]);
    queue.follow(later(ofBob, 4));
    queue.served(BOB, 4);
    assert.deepEqual([...queue.all()], [third], "what is older than what was served is gone, too");
  });

  test("a backup that never proposes keeps what waits, and nothing of what was executed", async () => {
    const queue = new RequestQueue({ requestAt: "K1" });
    const { ofAlice } = requests(new Bed(1));
    const references: WeakRef<object>[] = [];
    for (let timestamp = 1; timestamp <= REQUESTS; timestamp++) {
      const request = { ...ofAlice, timestamp };
      references.push(new WeakRef(request));
      queue.add(request);
      if (timestamp % 2 === 0) queue.served(ALICE, timestamp);
    }
    const waiting = { ...ofAlice, timestamp: REQUESTS + 1 };
    references.push(new WeakRef(waiting));
    queue.add(waiting);
    assert.ok((await held(references)) < REQUESTS / 100);
    assert.equal(queue.waiting(ALICE)?.timestamp, REQUESTS + 1);
  });

  test("what was proposed in this view is not proposed again, and in the next one is", () => {
    const queue = new RequestQueue({ requestAt: "K1" });
    const { ofAlice, ofBob } = requests(new Bed(0));
    queue.add(ofAlice);
    queue.add(ofBob);
    assert.deepEqual(queue.takeUnproposed(1), [ofAlice]);
    queue.add(ofAlice);
    assert.deepEqual(queue.takeUnproposed(9), [ofBob]);
    queue.enterView([ofBob]);
    assert.deepEqual(queue.takeUnproposed(9), [ofAlice]);
  });

  test("a client that never waits has one place in turn, as those who do", () => {
    const queue = new RequestQueue({ requestAt: "K1" });
    const { ofAlice, ofBob, later } = requests(new Bed(0));
    const taken: number[] = [];
    for (let turn = 1; turn <= 40; turn++) {
      // Three of hers before each batch; he has one, and the next when that was executed.
      for (let k = 0; k < 3; k++) queue.add(later(ofAlice, 3 * turn + k));
      if (queue.waiting(BOB) === undefined) queue.add(later(ofBob, turn));
      const [request] = queue.takeUnproposed(1);
      assert.ok(request !== undefined);
      taken.push(request.client);
      queue.served(request.client, request.timestamp);
    }
    assert.equal(taken.filter((client) => client === BOB).length, 20);
  });

  test("a client's newer request is proposed although the older one is on its way", () => {
    const queue = new RequestQueue({ requestAt: "K1" });
    const { ofAlice, later } = requests(new Bed(0));
    queue.add(ofAlice);
    queue.takeUnproposed(1);
    const newer = later(ofAlice, 2);
    queue.add(newer);
    assert.deepEqual(queue.takeUnproposed(9), [newer]);
    queue.served(ALICE, 1);
    assert.equal(queue.waiting(ALICE), newer);
    assert.deepEqual(queue.takeUnproposed(9), []);
  });
});

describe("requests that others may not be able to check (protocols §19.6)", () => {
  test("no timer runs for one, and it is proposed at once in a view that owes nobody anything", () => {
    const queue = new RequestQueue({ requestAt: "K1" });
    const { ofAlice } = requests(new Bed(0));
    queue.addDoubtful(ofAlice);
    assert.equal(queue.timed, 0);
    assert.equal(queue.size, 1);
    assert.deepEqual(queue.takeUnproposed(9), [ofAlice]);
    assert.equal(queue.hasUnproposed(1), false);
    queue.add(ofAlice);
    assert.equal(queue.timed, 1);
    assert.equal(queue.hasUnproposed(1), false, "it is on its way already");
  });

  test("protocols §19.6: what is doubtful when a view begins is proposed once it is sure, not before", () => {
    const queue = new RequestQueue({ requestAt: "K1" });
    const { ofAlice, ofBob } = requests(new Bed(0));
    queue.addDoubtful(ofAlice);
    queue.takeUnproposed(9);
    queue.add(ofBob);
    queue.takeUnproposed(9);
    queue.enterView([]);
    assert.deepEqual(queue.takeUnproposed(9), [ofBob]);
    assert.equal(queue.hasUnproposed(1), false);
    queue.served(BOB, 1);
    assert.equal(queue.hasUnproposed(1), false, "others could not check it in the view before");
    queue.add(ofAlice);
    assert.deepEqual(queue.takeUnproposed(9), [ofAlice]);
  });

  test("a view first serves those who waited when it began, whatever comes meanwhile", () => {
    const queue = new RequestQueue({ requestAt: "K1" });
    const { ofAlice, ofBob } = requests(new Bed(0));
    queue.add(ofBob);
    queue.enterView([]);
    queue.addDoubtful(ofAlice);
    assert.deepEqual(queue.takeUnproposed(9), [ofBob]);
    assert.equal(queue.hasUnproposed(1), false);
    queue.served(BOB, 1);
    assert.deepEqual(queue.takeUnproposed(9), [ofAlice]);
  });

  test("who came after the view began is not waited for", () => {
    const queue = new RequestQueue({ requestAt: "K1" });
    const { ofAlice, ofBob } = requests(new Bed(0));
    queue.enterView([]);
    queue.add(ofBob);
    queue.addDoubtful(ofAlice);
    assert.deepEqual(queue.takeUnproposed(9), [ofBob, ofAlice]);
  });

  test("a newer one leaves the older one its place and its age until it is sure, too", () => {
    const queue = new RequestQueue({ requestAt: "K1" });
    const { ofAlice, ofBob, later } = requests(new Bed(0));
    queue.add(ofAlice);
    queue.add(ofBob);
    const newer = later(ofAlice, 2);
    queue.addDoubtful(newer);
    assert.equal(queue.waiting(ALICE), newer);
    assert.deepEqual(queue.takeUnproposed(9), [ofAlice, ofBob], "one of each client in a batch");
    const { turn } = queue;
    queue.add(newer);
    assert.equal(queue.size, 2);
    queue.served(BOB, 1);
    assert.equal(queue.turn, turn, "she is still at the head");
    queue.served(ALICE, 2);
    assert.equal(queue.turn, turn + 1);
  });

  test("what is executed is forgotten, and what is newer is not", () => {
    const queue = new RequestQueue({ requestAt: "K1" });
    const { ofAlice, later } = requests(new Bed(0));
    queue.addDoubtful(later(ofAlice, 5));
    queue.served(ALICE, 4);
    assert.equal(queue.waiting(ALICE)?.timestamp, 5);
    queue.served(ALICE, 5);
    assert.equal(queue.size, 0);
    assert.equal(queue.hasUnproposed(1), false);
  });
});
