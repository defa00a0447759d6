/**
 * pbft-relay with `requestAt: K2`: no client deposes a good primary, whomever it tells what, and how
 * fast (protocols §21.3). T is 1 s, a STATUS period 150 ms.
 */
import { expect, test } from "vitest";
import { nullService } from "../../../services/null.ts";
import { Channels } from "../../authentication/channels.ts";
import { clientId, type NodeId } from "../../contract/core.ts";
import { requestContent } from "../../wire/request.ts";
import { Cluster } from "../cluster.fixture.ts";
import { pbftRelay } from "../variants/pbft-relay.ts";

const HOST = clientId({ host: 0, index: 0 });
const BAD = clientId({ host: 0, index: 1 });
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
  const cluster = new Cluster({
    serviceOf: () => nullService.create({ argumentBytes: 0, resultBytes: 0 }),
    wire: { latencyMs, bytesPerMs: 100_000 },
    isDiskKept: false,
    parameters: {
      timers: { requestMs: 1_000, statusMs: 150, clientMs: 400, clientCapMs: 2_000 },
      requestAt: "K2",
    },
    createReplica: pbftRelay.createReplica,
  });
  const scheme = new Channels(cluster.cluster, cluster.authenticatorOf(BAD));
  const tell: Turn["tell"] = (timestamp, ...replicas) => {
    const content = requestContent({ timestamp, operation: Uint8Array.of(1) });
    for (const to of replicas) {
      cluster.deliver({ from: HOST, to, bytes: scheme.seal(content, to) });
    }
  };
  let turn = 0;
  const speak = () => {
    turn += 1;
    cluster.at(cluster.now + lie({ turn, tell }), speak);
  };
  cluster.at(500, speak);
  cluster.run(() => false, UNTIL_MS);
  return cluster.cores.map((core) => core.status().view);
}

test.each(LIES)("a client that tells $told deposes nobody", (told) => {
  expect(viewsAfter(told)).toEqual([0, 0, 0, 0]);
});
