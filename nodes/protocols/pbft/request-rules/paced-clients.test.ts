/**
 * pbft-relay with `requestAt: K2`: no client deposes a good primary, whomever it tells what, and how
 * fast (protocols §21.3). T is 1 s, a STATUS period 150 ms.
 */
import { expect, test } from "vitest";
import type { NodeId } from "../../contract/core.ts";
import { UnevenClient } from "./uneven-client.fixture.ts";

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
