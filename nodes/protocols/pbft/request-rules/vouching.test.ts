/** Which requests wait for sure, and which only as long as others doubt them. */
import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { withAttachment } from "../../wire/envelope.ts";
import { REQUEST, type Request } from "../../wire/request.ts";
import { PRE_PREPARE, PREPARE } from "../messages.ts";
import { ALICE, Bed, BOB, HOST, types } from "../pbft.fixture.ts";
import { encodeRelaySet, RELAY_SET } from "../relays/messages.ts";
import { PbftReplica } from "../replica.ts";
import { DoubtedRequests } from "./doubted-requests.ts";
import {
  bedOf,
  createReplica,
  relay,
  relayed,
  unproven,
  vouchingVariant,
} from "./vouching.fixture.ts";

/** A backup with 64 PRE-PREPAREs on its shelf, of Alice at odd numbers and of Bob at even ones. */
function shelved() {
  let looks: number[] = [];
  const bed = new Bed(2, { checkpointInterval: 64, window: 128 }, (options) => {
    return new PbftReplica(options, (state) => {
      const variant = vouchingVariant(state, options.authenticator);
      return {
        ...variant,
        mayBeOrdered(request, vote) {
          looks.push(vote.sequence);
          return variant.mayBeOrdered(request, vote);
        },
      };
    });
  });
  const ofClient = (client: number) => bed.request(client, 1);
  const batches = Array.from({ length: 65 }, (_, sequence) => {
    return bed.batch(unproven(ofClient(sequence % 2 === 1 ? ALICE : BOB)));
  });
  for (const [sequence, batch] of batches.entries()) {
    if (sequence > 0) bed.receive(0, bed.prePrepare(0, { view: 0, sequence }, batch));
  }
  /** Which of them are looked at again. */
  const looksAt = (from: number, ...frames: readonly Uint8Array[]) => {
    looks = [];
    bed.receive(from, ...frames);
    return looks;
  };
  return {
    bed,
    looksAt,
    ofClient,
    digestAt: (sequence: number) => batches[sequence]?.digest ?? "",
  };
}

const ODD = Array.from({ length: 32 }, (_, index) => 2 * index + 1);
const EVEN = ODD.map((sequence) => sequence + 1);

const timerRuns = (bed: Bed) => bed.timers.has("request");

describe("which requests wait for sure (protocols §19.5, §19.6)", () => {
  test("a backup relays what its client told it, all of one tick in one set, and waits for two more", () => {
    const bed = bedOf(1);
    const [ofAlice, ofBob] = [bed.request(ALICE, 1), bed.request(BOB, 1)];
    bed.receive(HOST, ofAlice, ofBob);
    const sent = bed.fire("relay");
    assert.deepEqual(types(sent), [RELAY_SET]);
    assert.equal(relayed(sent), 2);
    bed.receive(2, relay(bed, 2, ofAlice));
    assert.equal(timerRuns(bed), false);
    bed.receive(3, relay(bed, 3, ofAlice));
    assert.equal(timerRuns(bed), true);
  });

  test("a set of a liar, repeated, is one voucher", () => {
    const bed = bedOf(1);
    const request = bed.request(ALICE, 1);
    bed.receive(HOST, request);
    bed.receive(3, relay(bed, 3, request), relay(bed, 3, request, request.slice()));
    bed.receive(3, relay(bed, 3, request));
    assert.equal(timerRuns(bed), false);
  });

  test("what a replica forwards and nothing shows to be its client's is kept, at nobody's charge", () => {
    const bed = bedOf(0);
    const request = bed.request(ALICE, 1);
    assert.deepEqual(bed.receive(1, unproven(request)), []);
    assert.equal(bed.core.status().rejected["REQUEST:signature"], undefined);
    assert.deepEqual(bed.receive(2, relay(bed, 2, request)), [], "one of two may lie");
    assert.deepEqual(types(bed.receive(3, relay(bed, 3, request))), [PRE_PREPARE]);
    assert.equal(relayed(bed.fire("relay")), 1, "what f+1 others relay it relays, too");
    assert.equal(timerRuns(bed), true, "so that is three");
  });

  test("over its own channel it is refused", () => {
    const bed = bedOf(0);
    bed.receive(HOST, unproven(bed.request(ALICE, 1)));
    assert.equal(bed.core.status().rejected["REQUEST:signature"], 1);
  });

  test("a primary proposes what it believes at once, and relays it only if it stays", () => {
    const bed = bedOf(0);
    const request = bed.request(ALICE, 1);
    assert.deepEqual(types(bed.receive(HOST, request)), [PRE_PREPARE]);
    assert.equal(bed.timers.has("relay"), false);
    bed.fire("status");
    assert.equal(bed.timers.has("relay"), false, "it has only just come");
    bed.fire("status");
    assert.equal(relayed(bed.fire("relay")), 1);
  });

  test("protocols §21.3: at K2 a primary relays at once, and proposes what three replicas relay", () => {
    const bed = new Bed(0, { requestAt: "K2" }, createReplica);
    const request = bed.request(ALICE, 1);
    assert.deepEqual(bed.receive(HOST, request), []);
    assert.equal(relayed(bed.fire("relay")), 1);
    assert.deepEqual(bed.receive(3, relay(bed, 3, request)), [], "its client is no voucher");
    assert.deepEqual(types(bed.receive(2, relay(bed, 2, request))), [PRE_PREPARE]);
  });

  test("a primary relays what its client repeats", () => {
    const bed = bedOf(0);
    const request = bed.request(ALICE, 1);
    bed.receive(HOST, request, request);
    assert.equal(relayed(bed.fire("relay")), 1);
  });

  test("what nothing becomes of is told ever more seldom", () => {
    const bed = bedOf(1);
    bed.receive(HOST, bed.request(ALICE, 1));
    bed.fire("relay");
    const told: number[] = [];
    for (let period = 1; period <= 16; period++) {
      bed.fire("status");
      if (bed.timers.has("relay") && relayed(bed.fire("relay")) > 0) told.push(period);
    }
    assert.deepEqual(told, [1, 3, 7, 15]);
  });

  test("a PRE-PREPARE with a request that nothing shows waits for vouchers, and for its client", () => {
    for (const word of ["two relays", "the client"] as const) {
      const bed = bedOf(2);
      const request = bed.request(ALICE, 1);
      const batch = bed.batch(unproven(request));
      const frame = bed.prePrepare(0, { view: 0, sequence: 1 }, batch);
      assert.deepEqual(bed.receive(0, frame), []);
      const sent =
        word === "the client"
          ? bed.receive(HOST, request)
          : bed.receive(0, relay(bed, 0, request)).concat(bed.receive(3, relay(bed, 3, request)));
      assert.ok(types(sent).includes(PREPARE), word);
    }
  });

  test("who was believed is written down once, when the batch is accepted (protocols §20.1)", () => {
    const bed = bedOf(2);
    const requests = [bed.request(ALICE, 1), bed.request(BOB, 1)] as const;
    const batch = bed.batch(...requests.map(unproven));
    const vouch = (request: Uint8Array) =>
      bed.receive(0, relay(bed, 0, request)).concat(bed.receive(3, relay(bed, 3, request)));
    vouch(requests[0]);
    for (const view of [0, 0, 0]) bed.receive(0, bed.prePrepare(0, { view, sequence: 1 }, batch));
    assert.deepEqual(bed.audited("believed"), [], "Alice is, and Bob is waited for");
    assert.ok(types(vouch(requests[1])).includes(PREPARE));
    const believed = bed.audited("believed").map(({ client, on }) => [client, on]);
    assert.deepEqual(believed, [
      [ALICE, "relays"],
      [BOB, "relays"],
    ]);
  });

  test("a vote is no occasion to look at what waits for others (protocols §20.1)", () => {
    const { bed, looksAt, digestAt } = shelved();
    assert.equal(bed.core.queues()["early"], 64);
    const prepare = (sequence: number, digest: string) =>
      bed.prepare(1, { view: 0, sequence, digest });
    assert.deepEqual(looksAt(1, prepare(65, digestAt(1))), []);
    assert.deepEqual(looksAt(3, bed.viewChange(3, { view: 1 })), []);
    assert.deepEqual(looksAt(1, prepare(4, digestAt(3))), [4]);
    assert.equal(bed.core.queues()["early"], 64);
    assert.deepEqual(looksAt(1, prepare(5, digestAt(5))), [5]);
    assert.equal(bed.core.queues()["early"], 63);
  });

  test("a request and its relays are none to look at what waits for others (protocols §20.1)", () => {
    const { bed, looksAt, ofClient } = shelved();
    assert.deepEqual(looksAt(HOST, bed.request(ALICE, 1, "another")), []);
    assert.deepEqual(looksAt(0, relay(bed, 0, ofClient(BOB))), []);
    assert.deepEqual(looksAt(3, relay(bed, 3, ofClient(BOB))), EVEN);
    assert.equal(bed.core.queues()["early"], 32);
  });

  test("its client's own word is one for all that wait for it (protocols §20.1)", () => {
    const { bed, looksAt, ofClient } = shelved();
    assert.deepEqual(looksAt(HOST, ofClient(ALICE)), ODD);
    assert.deepEqual(looksAt(HOST, ofClient(ALICE)), []);
    assert.equal(bed.core.queues()["early"], 32);
  });

  test("what waits for a client that is served meanwhile waits no more (protocols §20.1)", () => {
    const bed = bedOf(2);
    const batch = bed.batch(unproven(bed.request(ALICE, 1)));
    bed.receive(0, bed.prePrepare(0, { view: 0, sequence: 2 }, batch));
    assert.equal(bed.core.queues()["early"], 1);
    bed.execute(1);
    assert.equal(bed.core.queues()["early"], 0);
    assert.deepEqual(
      bed.audited("preprepared").map(({ n }) => n),
      [1, 2],
    );
  });

  test("relays of what was executed say nothing", () => {
    const bed = bedOf(1);
    bed.execute(1);
    const request = bed.request(ALICE, 1);
    for (const by of [0, 2, 3]) bed.receive(by, relay(bed, by, request));
    assert.equal(bed.timers.has("relay"), false);
    assert.equal(timerRuns(bed), false);
  });

  test("another operation with that timestamp takes the place if everybody is certain of it", () => {
    const bed = bedOf(0);
    const [mine, theirs] = [bed.request(ALICE, 1, "mine"), bed.request(ALICE, 1, "theirs")];
    bed.receive(HOST, mine);
    assert.deepEqual(bed.receive(HOST, theirs), [], "the first that came waits");
    for (const by of [1, 2, 3]) bed.receive(by, relay(bed, by, theirs));
    bed.receive(1, unproven(theirs));
    assert.equal(timerRuns(bed), true);
    for (const by of [1, 2, 3]) bed.receive(by, relay(bed, by, mine));
    bed.receive(1, unproven(mine));
    assert.equal(timerRuns(bed), true, "one of them at a time");
  });

  test("a set that is malformed, empty or too long is refused", () => {
    const bed = bedOf(1);
    const set = (payload: Uint8Array) => bed.envelopes(2).seal({ type: RELAY_SET, payload }, "all");
    const whole = encodeRelaySet([{ author: ALICE, slot: 1, digest: "ab".repeat(32) }]);
    bed.receive(
      2,
      set(encodeRelaySet([])),
      set(whole.subarray(1)),
      set(withAttachment(whole, whole)),
    );
    const many = Array.from({ length: 1_025 }, () => ({
      author: ALICE,
      slot: 1,
      digest: "ab".repeat(32),
    }));
    bed.receive(2, set(encodeRelaySet(many)));
    assert.equal(bed.core.status().rejected["RELAY-SET:malformed"], 4);
  });

  test("a set beyond the share of its channel is refused unread", () => {
    const bed = bedOf(1);
    const said = Array.from({ length: 1_024 }, (_, index) => ({
      author: ALICE + index,
      slot: 1,
      digest: "ab".repeat(32),
    }));
    const payload = encodeRelaySet(said);
    const set = (bytes: Uint8Array) =>
      bed.envelopes(2).seal({ type: RELAY_SET, payload: bytes }, "all");
    const { statusMs } = bed.cluster.timers;
    for (let heard = 0; heard <= (100 * statusMs) / said.length; heard++)
      bed.receive(2, set(payload));
    bed.receive(2, set(payload.subarray(1)));
    assert.deepEqual(bed.core.status().rejected, { "RELAY-SET:rate": 1 });
  });
});

test("a client's own bytes are what is forwarded", () => {
  const bed = bedOf(1);
  const request = bed.request(ALICE, 1);
  const [forwarded] = bed.receive(HOST, request);
  assert.equal(forwarded?.type, REQUEST);
  assert.deepEqual(forwarded?.envelope.frame, request);
});

test("of too many that one peer brings, or too many bytes, its oldest go", () => {
  const bed = bedOf(0);
  const kept = new DoubtedRequests();
  const [first] = bed.batch(bed.request(BOB, 1)).requests as [Request];
  kept.keep(2, first);
  const brought = Array.from({ length: 70 }, (_, index) => {
    const [request] = bed.batch(bed.request(ALICE, 1 + index)).requests as [Request];
    kept.keep(3, request);
    kept.keep(3, request);
    return request;
  });
  assert.equal(kept.size, 65);
  assert.equal(kept.named(first.digest), first);
  assert.equal(kept.named(brought[5]?.digest ?? ""), undefined);
  assert.equal(kept.named(brought[6]?.digest ?? ""), brought[6]);
  const long = { ...first, envelope: { ...first.envelope, frame: new Uint8Array(3 << 20) } };
  kept.keep(3, { ...long, digest: "a" });
  kept.keep(3, { ...long, digest: "b" });
  assert.equal(kept.size, 2);
  kept.keepOnly(({ digest }) => digest !== "b");
  assert.equal(kept.size, 1);
});
