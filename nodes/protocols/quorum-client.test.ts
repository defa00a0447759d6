import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { fastAuthenticators } from "../../harness/drivers/simulation/authenticators.ts";
import { Channels } from "./authentication/channels.ts";
import { Signatures } from "./authentication/signatures.ts";
import { parametersWith } from "./cluster-parameters.fixture.ts";
import { type ClientEffects, type Completion, clientId, type NodeId } from "./contract/core.ts";
import { OPERATION_BYTES_MAX, RESULT_BYTES_MAX } from "./contract/limits.ts";
import { QuorumClient } from "./quorum-client.ts";
import { encodeReply } from "./wire/request.ts";

const CLIENT = clientId({ host: 0, index: 1 });
const REPLICAS = [0, 1, 2, 3];
const authenticatorOf = fastAuthenticators(3, [...REPLICAS, CLIENT]);
const cluster = parametersWith({
  timers: { requestMs: 1000, statusMs: 150, clientMs: 400, clientCapMs: 1000 },
  operationTimeoutMs: 5000,
});

class Desk implements ClientEffects {
  readonly client = new QuorumClient(
    {
      id: CLIENT,
      cluster,
      authenticator: authenticatorOf(CLIENT),
    },
    new Signatures(cluster, authenticatorOf(CLIENT)),
  );
  readonly timers = new Map<string, number>();
  readonly completions: Completion[] = [];
  sentTo: NodeId[] = [];

  invoke(now = 1, operation = Uint8Array.of(1)): number {
    this.sentTo = [];
    return this.client.invoke(operation, now, this);
  }

  fire(id: string): NodeId[] {
    this.sentTo = [];
    this.client.timer(id, 0, this);
    return this.sentTo;
  }

  reply(replica: number, fields: { timestamp: number; view?: number; result?: string }): void {
    const { timestamp, view = 0, result = "yes" } = fields;
    const envelopes = new Signatures(cluster, authenticatorOf(replica));
    const bytes = new TextEncoder().encode(result);
    const frame = encodeReply(envelopes, { view, timestamp, client: CLIENT, result: bytes });
    this.client.frame(replica, frame, 0, this);
  }

  send(to: NodeId): void {
    this.sentTo.push(to);
  }

  setTimer(id: string, afterMs: number): void {
    this.timers.set(id, afterMs);
  }

  cancelTimer(id: string): void {
    this.timers.delete(id);
  }

  completed(completion: Completion): void {
    this.completions.push(completion);
  }
}

describe("PBFT §4.1, the client (protocols §4)", () => {
  test("asks the primary of its view hint and starts its timer", () => {
    const desk = new Desk();
    desk.invoke();
    assert.deepEqual(desk.sentTo, [0]);
    assert.equal(desk.timers.get("retry"), 400);
  });

  test("a reply longer than any honest one counts for nothing, and is not kept", () => {
    const desk = new Desk();
    const timestamp = desk.invoke();
    const result = "x".repeat(RESULT_BYTES_MAX + 2048);
    for (const replica of [0, 1]) desk.reply(replica, { timestamp, result });
    assert.equal(desk.completions.length, 0);
    const longest = "x".repeat(RESULT_BYTES_MAX);
    for (const replica of [0, 1]) desk.reply(replica, { timestamp, result: longest });
    assert.equal(desk.completions.length, 1);
  });

  test("timestamps rise strictly, also when the clock stands still or goes back", () => {
    const desk = new Desk();
    const first = desk.invoke(5);
    for (const replica of [0, 1]) desk.reply(replica, { timestamp: first });
    const second = desk.invoke(1);
    assert.ok(second > first);
  });

  test("accepts a result from f+1 distinct replicas, not from one, however often", () => {
    const desk = new Desk();
    const timestamp = desk.invoke();
    for (let view = 0; view < 5; view++) desk.reply(2, { timestamp, view });
    assert.equal(desk.completions.length, 0);
    desk.reply(3, { timestamp });
    assert.equal(desk.completions[0]?.outcome, "ok");
  });

  test("different results do not add up", () => {
    const desk = new Desk();
    const timestamp = desk.invoke();
    desk.reply(1, { timestamp, result: "no" });
    desk.reply(2, { timestamp });
    assert.equal(desk.completions.length, 0);
    desk.reply(3, { timestamp });
    const [completion] = desk.completions;
    assert.ok(completion?.outcome === "ok");
    assert.equal(new TextDecoder().decode(completion.result), "yes");
    assert.deepEqual(completion.repliers, [2, 3]);
  });

  test("ignores replies to another request, with a bad signature, or from nobody's replica", () => {
    const desk = new Desk();
    const timestamp = desk.invoke();
    desk.reply(1, { timestamp: timestamp + 1 });
    const forger = new Signatures(cluster, {
      ...authenticatorOf(2),
      self: 3,
      digest: () => "",
      sign: () => new Uint8Array(64),
      verify: () => true,
    });
    const result = new TextEncoder().encode("yes");
    desk.client.frame(
      3,
      encodeReply(forger, { view: 0, timestamp, client: CLIENT, result }),
      0,
      desk,
    );
    desk.reply(2, { timestamp });
    assert.equal(desk.completions.length, 0);
  });

  test("no answer: sends the same request to all, doubling its patience up to the cap", () => {
    const desk = new Desk();
    desk.invoke();
    assert.deepEqual(desk.fire("retry"), REPLICAS);
    assert.equal(desk.timers.get("retry"), 800);
    desk.fire("retry");
    assert.equal(desk.timers.get("retry"), 1000);
  });

  test("a timed-out operation is unknown, never failed", () => {
    const desk = new Desk();
    const timestamp = desk.invoke();
    desk.fire("give-up");
    assert.deepEqual(desk.completions, [{ outcome: "unknown", timestamp }]);
    assert.ok(desk.invoke() > timestamp, "and the next operation gets a new timestamp");
  });

  test("the view hint moves only on f+1 replies: to the (f+1)-th largest view", () => {
    const desk = new Desk();
    const first = desk.invoke();
    desk.reply(3, { timestamp: first, view: 90 });
    desk.reply(2, { timestamp: first, view: 2 });
    desk.invoke();
    assert.deepEqual(desk.sentTo, [2]);
  });

  test("the view hint counts late replies: a deposed primary among the first holds nothing up", () => {
    const desk = new Desk();
    const first = desk.invoke();
    desk.reply(0, { timestamp: first, view: 0 });
    desk.reply(1, { timestamp: first, view: 1 });
    assert.equal(desk.completions.length, 1);
    desk.reply(2, { timestamp: first, view: 1 });
    desk.invoke();
    assert.deepEqual(desk.sentTo, [1]);
  });

  test("a late reply moves the hint only if it is authentic, and one liar moves it nowhere", () => {
    const desk = new Desk();
    const first = desk.invoke();
    for (const replica of [0, 1]) desk.reply(replica, { timestamp: first });
    for (let view = 1; view < 100; view++) desk.reply(3, { timestamp: first, view });
    const honest = authenticatorOf(3);
    const forger = new Signatures(cluster, {
      self: 2,
      digest: (bytes) => honest.digest(bytes),
      sign: (bytes) => honest.sign(bytes),
      verify: () => true,
    });
    const forged = { view: 50, timestamp: first, client: CLIENT, result: new Uint8Array(0) };
    desk.client.frame(2, encodeReply(forger, forged), 0, desk);
    desk.invoke();
    assert.deepEqual(desk.sentTo, [0]);
  });

  test("an operation over the limit is never sent, and ends refused once invoke has returned", () => {
    const desk = new Desk();
    const timestamp = desk.invoke(1, new Uint8Array(OPERATION_BYTES_MAX + 1));
    assert.deepEqual([desk.sentTo, desk.completions], [[], []]);
    assert.throws(() => desk.invoke(), /at most one/);
    assert.deepEqual(desk.fire("refuse"), []);
    const because = "an operation of 2099201 bytes; allowed: 2099200 at most";
    assert.deepEqual(desk.completions, [{ outcome: "refused", timestamp, because }]);
    desk.invoke(1, new Uint8Array(OPERATION_BYTES_MAX));
    assert.deepEqual(desk.sentTo, [0]);
  });
});

test("where a channel alone shows who speaks, all are told at once, and nobody answers for others", () => {
  const sent: NodeId[] = [];
  const completions: Completion[] = [];
  const effects: ClientEffects = {
    send: (to) => sent.push(to),
    setTimer: () => {},
    cancelTimer: () => {},
    completed: (completion) => completions.push(completion),
  };
  const authenticator = authenticatorOf(CLIENT);
  const options = { id: CLIENT, cluster, authenticator };
  const client = new QuorumClient(options, new Channels(cluster, authenticator), "all");
  const timestamp = client.invoke(Uint8Array.of(1), 1, effects);
  assert.deepEqual(sent, REPLICAS);
  const reply = (from: NodeId, author: NodeId) => {
    const scheme = new Channels(cluster, authenticatorOf(author));
    const result = Uint8Array.of(2);
    client.frame(
      from,
      encodeReply(scheme, { view: 0, timestamp, client: CLIENT, result }),
      0,
      effects,
    );
  };
  for (const author of REPLICAS) reply(3, author);
  assert.deepEqual(completions, []);
  reply(2, 2);
  assert.equal(completions.length, 1);
});
