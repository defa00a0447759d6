/** What convinced everybody but the primary is fetched. */
import assert from "node:assert/strict";
import { describe, test } from "vitest";
import type { Request } from "../../wire/request.ts";
import { PRE_PREPARE } from "../messages.ts";
import { ALICE, type Bed, BOB, HOST, type Sent, types } from "../pbft.fixture.ts";
import {
  decodeFetchRequest,
  encodeFetchRequest,
  encodeRelaySet,
  FETCH_REQUEST,
  RELAY_SET,
} from "../relays/messages.ts";
import type { Statement } from "../relays/sayings.ts";
import { bedOf, relay, unproven } from "./vouching.fixture.ts";

function statementOf(bed: Bed, frame: Uint8Array): Statement {
  const [request] = bed.batch(frame).requests as [Request];
  return { author: request.client, slot: request.timestamp, digest: request.digest };
}

function refusedForRate(bed: Bed): number {
  return bed.core.status().rejected["FETCH-REQUEST:rate"] ?? 0;
}

/** What is asked for, and of whom. */
function questions(sent: readonly Sent[]) {
  return sent
    .filter(({ type }) => type === FETCH_REQUEST)
    .map(({ to, envelope }) => ({ to, wanted: decodeFetchRequest(envelope.payload) }));
}

describe("fetching a request (protocols §19.5)", () => {
  test("a primary asks all who relay it for what it never got, again each period", () => {
    const bed = bedOf(0);
    const request = bed.request(ALICE, 1);
    bed.receive(2, relay(bed, 2, request));
    assert.deepEqual(questions(bed.fire("status")), [], "one may lie");
    bed.receive(1, relay(bed, 1, request));
    const [first, second] = [questions(bed.fire("status")), questions(bed.fire("status"))];
    const wanted = statementOf(bed, request);
    const toEach = [1, 2].map((to) => ({ to, wanted }));
    assert.deepEqual([first, second], [toEach, toEach]);
    assert.deepEqual(types(bed.receive(1, unproven(request))), [PRE_PREPARE]);
    assert.deepEqual(questions(bed.fire("status")), [], "it waits now");
  });

  test("it does not ask for what a newer one of its client has overtaken, or what was executed", () => {
    const bed = bedOf(0);
    const [old, newer] = [bed.request(ALICE, 1), bed.request(ALICE, 2)];
    for (const by of [1, 2]) bed.receive(by, relay(bed, by, old));
    bed.receive(HOST, newer);
    for (const by of [1, 2]) bed.receive(by, relay(bed, by, newer));
    assert.deepEqual(questions(bed.fire("status")), []);
    const served = bedOf(0);
    for (const by of [1, 2]) served.receive(by, relay(served, by, old));
    served.execute(1);
    assert.deepEqual(questions(served.fire("status")), []);
  });

  test("a newer one that the primary alone was told keeps out nothing that all others wait for", () => {
    const bed = bedOf(0);
    const theirs = bed.request(ALICE, 1);
    for (const by of [1, 2]) bed.receive(by, relay(bed, by, theirs));
    bed.receive(HOST, bed.request(ALICE, 2));
    assert.deepEqual(questions(bed.fire("status"))[0]?.wanted, statementOf(bed, theirs));
    bed.receive(1, unproven(theirs));
    assert.deepEqual(questions(bed.fire("status")), [], "it waits now");
  });

  test("it asks for another operation with that timestamp only if everybody is certain of it", () => {
    const bed = bedOf(0);
    const theirs = bed.request(ALICE, 1, "theirs");
    bed.receive(HOST, bed.request(ALICE, 1, "mine"));
    bed.receive(1, relay(bed, 1, theirs));
    assert.deepEqual(questions(bed.fire("status")), []);
    for (const by of [2, 3]) bed.receive(by, relay(bed, by, theirs));
    assert.equal(questions(bed.fire("status")).length, 3);
  });

  test("a backup does not ask, and nobody asks anyone for more than 32 in a period", () => {
    const [backup, primary] = [bedOf(1), bedOf(0)];
    for (const bed of [backup, primary]) {
      const statements = Array.from({ length: 40 }, (_, index) => ({
        author: ALICE + index,
        slot: 1,
        digest: "ab".repeat(32),
      }));
      const payload = encodeRelaySet(statements);
      for (const by of [2, 3]) {
        bed.receive(by, bed.envelopes(by).seal({ type: RELAY_SET, payload }, "all"));
      }
    }
    assert.equal(questions(backup.fire("status")).length, 0);
    const asked = questions(primary.fire("status"));
    for (const relayer of [2, 3]) {
      assert.equal(asked.filter(({ to }) => to === relayer).length, 32);
    }
  });

  test("what nobody holds does not keep it from what is relayed besides", () => {
    const bed = bedOf(0);
    const unheld = Array.from({ length: 33 }, (_, index) => ({
      author: ALICE + index,
      slot: 1,
      digest: "ab".repeat(32),
    }));
    const payload = encodeRelaySet(unheld);
    for (const by of [2, 3]) {
      bed.receive(by, bed.envelopes(by).seal({ type: RELAY_SET, payload }, "all"));
    }
    const asked = [1, 2].flatMap(() => questions(bed.fire("status")));
    const last = asked.filter(({ wanted }) => wanted?.author === ALICE + 32);
    assert.deepEqual(new Set(last.map(({ to }) => to)), new Set([2, 3]));
  });

  test("a long answer is charged by its length", () => {
    const bed = bedOf(1);
    const request = bed.request(ALICE, 1, "x".repeat(300_000));
    bed.receive(HOST, request);
    const payload = encodeFetchRequest(statementOf(bed, request));
    const question = bed.envelopes(0).seal({ type: FETCH_REQUEST, payload }, 1);
    const answers = Array.from({ length: 40 }, () => bed.receive(0, question).length);
    assert.equal(answers.filter((sent) => sent > 0).length, 32, "each is two of 64 units");
    assert.equal(refusedForRate(bed), 8);
  });

  test("nobody asks on behalf of another: the answer goes to who asks", () => {
    const bed = bedOf(1);
    const request = bed.request(ALICE, 1);
    bed.receive(HOST, request);
    const payload = encodeFetchRequest(statementOf(bed, request));
    assert.deepEqual(
      bed.receive(3, bed.envelopes(0).seal({ type: FETCH_REQUEST, payload }, 1)),
      [],
    );
  });

  test("who holds it answers with the client's own bytes, as often as answers are due", () => {
    const bed = bedOf(1);
    const request = bed.request(ALICE, 1);
    bed.receive(HOST, request);
    const ask = (wanted: Statement) => {
      const content = { type: FETCH_REQUEST, payload: encodeFetchRequest(wanted) };
      return bed.receive(0, bed.envelopes(0).seal(content, 1));
    };
    const wanted = statementOf(bed, request);
    const [answer] = ask(wanted);
    assert.deepEqual([answer?.to, answer?.envelope.frame], [0, request]);
    assert.deepEqual(ask({ ...wanted, digest: "ab".repeat(32) }), []);
    assert.deepEqual(ask({ ...wanted, author: BOB }), []);
    for (let again = 0; again < 70; again++) ask(wanted);
    assert.ok(refusedForRate(bed) > 0);
    const payload = encodeFetchRequest(wanted).subarray(1);
    bed.receive(0, bed.envelopes(0).seal({ type: FETCH_REQUEST, payload }, 1));
    assert.equal(bed.core.status().rejected["FETCH-REQUEST:malformed"], 1);
  });
});
