/** Requests that another replica brings: what of them counts, and what they may cost (protocols §19.5). */
import { describe, expect, test } from "vitest";
import { PRE_PREPARE } from "../messages.ts";
import { ALICE, HOST, types } from "../pbft.fixture.ts";
import { bedOf, relay, unproven } from "./vouching.fixture.ts";

describe("protocols §19.5: a request that another replica brings", () => {
  test("is no word of its client: who takes it relays nothing", () => {
    const bed = bedOf(0);
    expect(types(bed.receive(1, bed.request(ALICE, 1)))).toEqual([PRE_PREPARE]);
    for (const _ of [1, 2, 3]) bed.fire("status");
    expect(bed.timers.has("relay")).toBe(false);
  });

  test("waits no more once it was executed, whoever vouches for it", () => {
    const bed = bedOf(1);
    const request = bed.request(ALICE, 1);
    for (const by of [2, 3]) bed.receive(by, relay(bed, by, request));
    bed.execute(1);
    bed.receive(0, unproven(request));
    expect(bed.core.queues()["requests"]).toBe(0);
    expect(bed.timers.has("request")).toBe(false);
  });

  test("is kept as it came, whatever becomes of the buffer that it came in", () => {
    const bed = bedOf(0);
    const request = unproven(bed.request(ALICE, 1));
    const buffer = request.slice();
    bed.receive(1, buffer);
    buffer.fill(0);
    bed.receive(2, relay(bed, 2, request));
    const [proposed] = bed.receive(3, relay(bed, 3, request));
    expect(proposed?.envelope.attachment).toEqual(bed.batch(request).bytes);
  });

  test("is looked at in vain twice in each ms of a period, and not more often", () => {
    const bed = bedOf(0);
    const { statusMs } = bed.cluster.timers;
    const last = bed.request(ALICE, 2 * statusMs + 1);
    const isKept = () => {
      bed.receive(1, unproven(last));
      for (const by of [2, 3]) bed.receive(by, relay(bed, by, last));
      return bed.core.queues()["requests"] === 1;
    };
    for (let timestamp = 1; timestamp <= 2 * statusMs; timestamp++) {
      bed.receive(1, unproven(bed.request(ALICE, timestamp)));
    }
    expect(isKept()).toBe(false);
    bed.now += statusMs;
    expect(isKept()).toBe(true);
  });
});

describe("protocols §19.5: of two operations under one timestamp", () => {
  test("the second is not even verified while the first may be the one that others know", () => {
    const bed = bedOf(0);
    bed.receive(HOST, bed.request(ALICE, 1, "mine"));
    const before = bed.verifications;
    bed.receive(HOST, bed.request(ALICE, 1, "theirs"));
    expect(bed.verifications).toBe(before);
    expect(bed.core.status().rejected["REQUEST:two operations for one timestamp"]).toBe(1);
  });

  test("nor when everybody is certain of both", () => {
    const bed = bedOf(0);
    const [mine, theirs] = [bed.request(ALICE, 1, "mine"), bed.request(ALICE, 1, "theirs")];
    bed.receive(HOST, mine);
    for (const request of [mine, theirs]) {
      for (const by of [1, 2, 3]) bed.receive(by, relay(bed, by, request));
    }
    expect(bed.timers.has("request")).toBe(true);
    const before = bed.verifications;
    bed.receive(HOST, theirs);
    expect(bed.verifications).toBe(before);
    expect(bed.core.status().rejected["REQUEST:two operations for one timestamp"]).toBe(1);
  });
});
