/**
 * pbft-relay with `requestAt: K2`: no client deposes a good primary, whomever it tells what, and how
 * fast (protocols §21.3). T is 1 s, a STATUS period 150 ms.
 */
import assert from "node:assert/strict";
import { describe, expect, test } from "vitest";
import type { NodeId } from "../../contract/core.ts";
import { ALICE, Bed, HOST } from "../pbft.fixture.ts";
import { decodeRelaySet } from "../relays/messages.ts";
import { UnevenClient } from "./uneven-client.fixture.ts";
import { createReplica, relay } from "./vouching.fixture.ts";

const BACKUPS = [1, 2, 3];
const UNTIL_MS = 3_000;

interface Turn {
  readonly turn: number;
  tell(timestamp: number, ...replicas: readonly NodeId[]): void;
}

/** What the bad client says in its turn, r0 being the primary. @returns ms to the next one */
type Lie = (turn: Turn) => number;

const LIES: readonly { readonly told: string; readonly latencyMs: number; readonly lie: Lie }[] = [
  {
    told: "each request to all but the primary, and the next when the last is fetched",
    latencyMs: 20,
    lie({ turn, tell }) {
      tell(turn, ...BACKUPS);
      return 25;
    },
  },
  {
    told: "the same on a fast network",
    latencyMs: 2,
    lie({ turn, tell }) {
      tell(turn, ...BACKUPS);
      return 3;
    },
  },
  {
    told: "the next to all but the primary before it has asked for the last",
    latencyMs: 20,
    lie({ turn, tell }) {
      tell(turn, ...BACKUPS);
      return turn % 2 === 0 ? 60 : 90;
    },
  },
  {
    told: "one request to the primary, an older one to all others",
    latencyMs: 20,
    lie({ turn, tell }) {
      if (turn > 1) return UNTIL_MS;
      tell(9, 0);
      tell(5, ...BACKUPS);
      return UNTIL_MS;
    },
  },
];

function viewsAfter({ lie, latencyMs }: (typeof LIES)[number]): readonly number[] {
  const client = new UnevenClient({ latencyMs });
  const { cluster } = client;
  const tell: Turn["tell"] = (timestamp, ...replicas) => client.tell(timestamp, ...replicas);
  let turn = 0;
  const speak = () => {
    turn += 1;
    cluster.at(cluster.now + lie({ turn, tell }), speak);
  };
  cluster.at(500, speak);
  return client.viewsAt(UNTIL_MS);
}

test.each(LIES)("a client that tells $told deposes nobody", (told) => {
  expect(viewsAfter(told)).toEqual([0, 0, 0, 0]);
});

test("a client that is served with little ones is heard no more often, and deposes nobody with a liar", () => {
  const client = new UnevenClient({ liars: [3] });
  const { cluster } = client;
  const high = 1_000;
  // Just behind a STATUS tick: the primary asks for it in the next one.
  cluster.at(455, () => {
    client.tell(high, 1);
    client.haveRelayed([high], 0, 1, 2);
  });
  cluster.at(462, () => client.haveRelayed([high + 11, high + 12, high + 13, high + 14], 0));
  for (const little of [1, 2, 3, 4, 5, 6]) {
    cluster.at(442 + 20 * little, () => {
      client.tell(little, 0);
      client.tell(high + little, 2);
      client.haveRelayed([little], 0, 1, 2);
    });
  }
  expect(client.viewsAt(UNTIL_MS)).toEqual([0, 0, 0]);
});

test("what one of seven holds is fetched before its client has the others relay newer ones", () => {
  const client = new UnevenClient({ replicas: 7, faultsMax: 2, liars: [1, 2] });
  const { cluster } = client;
  const told = 1_000;
  cluster.at(455, () => {
    client.tell(told, 6);
    client.haveRelayed([told], 0, 3, 4, 5, 6);
  });
  cluster.at(462, () => client.haveRelayed([9_001, 9_002, 9_003, 9_004], 0));
  // At once, and then just behind each STATUS tick: no faster than they hear it.
  for (const [word, at] of [463, 601, 751, 901, 1_051].entries()) {
    cluster.at(at, () => {
      for (const pusher of [3, 4, 5]) client.tell(told + 10 * pusher + word, pusher);
    });
  }
  expect(client.viewsAt(UNTIL_MS)).toEqual([0, 0, 0, 0, 0]);
});

test.each([
  { asks: "repeats its request", timestamps: [1, 1, 1] as const },
  { asks: "asks for something newer each time", timestamps: [1, 2, 3] as const },
])("a primary that was away for 460 ms stays if its client $asks", ({ timestamps }) => {
  const client = new UnevenClient({});
  const { cluster } = client;
  const isAway = () => cluster.now < 963;
  cluster.onWire = ({ from, to, bytes }) => (isAway() && (from === 0 || to === 0) ? null : bytes);
  for (const [index, at] of [503, 703, 1_103].entries()) {
    const timestamp = timestamps[index] ?? 0;
    cluster.at(at, () => client.tell(timestamp, ...(isAway() ? BACKUPS : [0, ...BACKUPS])));
  }
  expect(client.viewsAt(UNTIL_MS)).toEqual([0, 0, 0, 0]);
});

/** The timestamps that it relays now. */
function said(bed: Bed): readonly number[] {
  if (!bed.timers.has("relay")) return [];
  return bed.fire("relay").flatMap(({ envelope }) => {
    return (decodeRelaySet(envelope.payload) ?? []).map(({ slot }) => slot);
  });
}

describe("what a backup says again (protocols §21.3)", () => {
  /** Alice's first request waits for sure, and was said twice: at once, and a period later. */
  function waiting() {
    const bed = new Bed(1, { requestAt: "K2" }, createReplica);
    const first = bed.request(ALICE, 1);
    bed.receive(HOST, first);
    for (const by of [2, 3]) bed.receive(by, relay(bed, by, first));
    assert.deepEqual(said(bed), [1]);
    bed.fire("status");
    assert.deepEqual(said(bed), [1]);
    return { bed, first };
  }

  test("what waits for sure, once a period, when its client repeats it or asks for more", () => {
    const { bed, first } = waiting();
    bed.receive(HOST, first);
    assert.deepEqual(said(bed), [1]);
    bed.receive(HOST, first, bed.request(ALICE, 2));
    assert.deepEqual(said(bed), []);
    bed.fire("status");
    bed.receive(HOST, bed.request(ALICE, 3));
    assert.deepEqual(said(bed), [1]);
  });

  test("nothing that its client does puts off what is due", () => {
    const { bed, first } = waiting();
    bed.receive(HOST, first);
    assert.deepEqual(said(bed), [1]);
    bed.fire("status");
    bed.receive(HOST, first);
    assert.deepEqual(said(bed), [1]);
    bed.fire("status");
    assert.deepEqual(said(bed), [1], "after 1 and 2 periods");
  });
});

test("a client is heard again in a period once it is served with what it was told of, not with less", () => {
  const outcomes = [1, 2].map((served) => {
    const bed = new Bed(2, { requestAt: "K2" }, createReplica);
    bed.receive(HOST, bed.request(ALICE, 2));
    assert.deepEqual(said(bed), [2]);
    bed.execute(1);
    if (served === 2) bed.execute(2);
    bed.receive(HOST, bed.request(ALICE, 3));
    return said(bed);
  });
  assert.deepEqual(outcomes, [[], [3]]);
});
