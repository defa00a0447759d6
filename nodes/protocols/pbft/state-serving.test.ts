/** Answering who fetches state (protocols §8.6). */
import assert from "node:assert/strict";
import { test } from "vitest";
import { FETCH_STATE } from "./messages.ts";
import { Bed } from "./pbft.fixture.ts";
import { decodeStatePages, encodeFetchState } from "./state-messages.ts";

const SILENT_MS = 10_001;

test("a snapshot that a peer is fetching stays while newer ones come, until the peer is silent", () => {
  const bed = new Bed(2);
  const executeUpTo = (first: number, last: number) => {
    for (let sequence = first; sequence <= last; sequence++) bed.execute(sequence);
    const { d } = bed.audited("checkpoint").at(-1) ?? { d: "" };
    for (const by of [0, 1, 3]) bed.receive(by, bed.checkpoint(by, last, d));
    return d;
  };
  const digest = executeUpTo(1, 4);
  const payload = encodeFetchState({ number: 1, sequence: 4, nodes: [{ path: "", digest }] });
  const question = bed.envelopes(1).seal({ type: FETCH_STATE, payload }, 2);
  const isServed = () => {
    const envelope = bed.receive(1, question).at(-1)?.envelope;
    const answer = envelope && decodeStatePages(envelope.payload, envelope.attachment);
    return (answer?.nodes[0]?.length ?? 0) > 0;
  };
  assert.ok(isServed());
  for (let sequence = 8; sequence <= 28; sequence += 4) executeUpTo(sequence - 3, sequence);
  assert.ok(isServed());
  bed.now += SILENT_MS;
  bed.fire("status");
  assert.ok(!isServed());
});

test("protocols §12.4: a question beyond the share is refused unread: to read one costs more than its bytes", () => {
  const bed = new Bed(2);
  const ask = (payload: Uint8Array) =>
    bed.receive(3, bed.envelopes(3).seal({ type: FETCH_STATE, payload }, 2));
  const nodes = [{ path: "f".repeat(65), digest: "ab".repeat(32) }];
  const payload = encodeFetchState({ number: 1, sequence: 4, nodes });
  for (let asked = 0; asked < 64; asked++) ask(payload);
  ask(payload.subarray(1));
  assert.deepEqual(bed.core.status().rejected, { "FETCH-STATE:rate": 1 });
});
