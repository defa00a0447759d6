/** Views changed on relays: the primary waits for K2, backups for K1 (protocols §19, §21.2). */
import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { kv } from "../../../services/kv.ts";
import { Channels } from "../../authentication/channels.ts";
import { NULL_DIGEST } from "../../contract/audit.ts";
import { clientId } from "../../contract/core.ts";
import { messageTypeOf } from "../../wire/envelope.ts";
import { requestContent } from "../../wire/request.ts";
import { Cluster, type Delivery, filledService } from "../cluster.fixture.ts";
import {
  CHECKPOINT,
  COMMIT,
  encodeCheckpoint,
  PRE_PREPARE,
  PREPARE,
  VIEW_CHANGE,
} from "../messages.ts";
import { decodeRelaySet, encodeRelaySet, RELAY_SET } from "../relays/messages.ts";
import { pbftRelay } from "../variants/pbft-relay.ts";
import { ClaimsBed, type Sent } from "./claims.fixture.ts";
import { VIEW_CHANGE_ACK } from "./messages.ts";
import { CLAIM_RECORD } from "./records.ts";

const HOST = clientId({ host: 0, index: 0 });
const ALICE = clientId({ host: 0, index: 1 });
const TIMERS = { requestMs: 1_000, statusMs: 150, clientMs: 400, clientCapMs: 1_000 };

/** Four replicas, and a request that all of them wait for: the primary of view 0 orders nothing. */
function clusterWith(isLost: (delivery: Delivery, type: number | undefined) => boolean): Cluster {
  const cluster = new Cluster({
    serviceOf: () => filledService(0, 0),
    wire: { latencyMs: 1, bytesPerMs: 100_000 },
    parameters: { timers: TIMERS },
    createReplica: pbftRelay.createReplica,
  });
  const scheme = new Channels(cluster.cluster, cluster.authenticatorOf(ALICE));
  const operation = kv.encode(
    { f: "write", key: "k", value: "v" },
    { argumentBytes: 0, resultBytes: 0 },
  );
  const content = requestContent({ timestamp: 1, operation });
  for (let to = 0; to < 4; to++) {
    cluster.at(1, () => cluster.deliver({ from: HOST, to, bytes: scheme.seal(content, to) }));
  }
  cluster.onWire = (delivery) => {
    const type = messageTypeOf(delivery.bytes);
    if (delivery.from === 0 && type === PRE_PREPARE) return null;
    return isLost(delivery, type) ? null : delivery.bytes;
  };
  return cluster;
}

const entered = (cluster: Cluster, id: number, view: number) =>
  (cluster.audits[id] ?? []).some((event) => event.e === "newview" && event.v === view);
const executed = (cluster: Cluster, id: number) => cluster.lastExec(id) > 0;

describe("a view change on relays (protocols §21.2)", () => {
  test("one that nothing disturbs ends in the next view, without an acknowledgement", () => {
    const types = new Set<number | undefined>();
    const cluster = clusterWith((_delivery, type) => {
      types.add(type);
      return false;
    });
    const all = () => [0, 1, 2, 3].every((id) => executed(cluster, id));
    assert.ok(cluster.run(all, 3_000) !== null);
    assert.ok([0, 1, 2, 3].every((id) => entered(cluster, id, 1)));
    assert.ok(types.has(RELAY_SET) && !types.has(VIEW_CHANGE_ACK));
  });

  test("a VIEW-CHANGE that only the new primary heard is nothing to rest on, until others did", () => {
    let isHiding = true;
    // r0 is gone and r3 speaks of its view to r1 alone.
    const cluster = clusterWith(
      ({ from, to }, type) =>
        from === 0 || to === 0 || (isHiding && from === 3 && to === 2 && type === VIEW_CHANGE),
    );
    cluster.run(() => false, 2_200);
    assert.equal(cluster.cores[1]?.status().view, 1);
    assert.equal(entered(cluster, 1, 1), false);
    isHiding = false;
    assert.ok(cluster.run(() => [1, 2, 3].every((id) => executed(cluster, id)), 8_000) !== null);
  });

  test("a backup follows on the relays of others, and fetches what its author never told it", () => {
    const cluster = clusterWith(
      ({ from, to }, type) => from === 2 && to === 3 && type === VIEW_CHANGE,
    );
    assert.ok(cluster.run(() => entered(cluster, 3, 1), 3_000) !== null);
    const kinds = cluster.disks[3]?.map(([kind]) => kind) ?? [];
    assert.ok(kinds.includes(CLAIM_RECORD.relayed), "it relays that, and remembers");
    assert.ok(cluster.run(() => executed(cluster, 3), 4_000) !== null);
  });

  test("what was relayed is told again by those who started again meanwhile", () => {
    let isCut = false;
    const cluster = clusterWith((_delivery, type) => isCut && type === RELAY_SET);
    // The timer runs for what is at K2, so the relays of requests have to pass.
    cluster.at(900, () => {
      isCut = true;
    });
    cluster.run(() => false, 1_800);
    assert.ok([0, 1, 2, 3].every((id) => !entered(cluster, id, 1)));
    for (const id of [0, 1, 2, 3]) cluster.restart(id);
    isCut = false;
    const isOver = () => {
      const all = cluster.cores.map((core) => core.status());
      return all.every(({ view, active }) => active && view === all[0]?.view && view > 0);
    };
    assert.ok(cluster.run(isOver, 12_000) !== null);
  });
});

/** Views of r3 that are relayed in these messages. */
const relayedOf3 = (sent: readonly Sent[]) =>
  sent
    .filter(({ type }) => type === RELAY_SET)
    .flatMap(({ payload }) => decodeRelaySet(payload) ?? [])
    .filter(({ author }) => author === 3)
    .map(({ slot }) => slot);

test("protocols §21.2: what others relayed of a view is relayed by who awaits it from then on", () => {
  const bed = new ClaimsBed(2, "channels");
  const { name: digest } = bed.reference(3, bed.viewChange(1, {}));
  const payload = encodeRelaySet([{ author: 3, slot: 1, digest }]);
  for (const by of [0, 1]) bed.hear(by, RELAY_SET, payload);
  assert.equal(bed.timers.has("relay"), false, "it does not await it");
  bed.leaveFor(1);
  assert.ok(bed.disk.some(([kind]) => kind === CLAIM_RECORD.relayed));
  assert.deepEqual(relayedOf3(bed.fire("relay")), [1]);
});

describe("what a replica relays for the awaited view (protocols §19.4, §21.2)", () => {
  for (const [how, hear] of [
    [
      "from its author",
      (bed: ClaimsBed, view: number) => bed.hear(3, VIEW_CHANGE, bed.viewChange(view, {})),
    ],
    [
      "on the relays of others",
      (bed: ClaimsBed, view: number) => {
        const { name: digest } = bed.reference(3, bed.viewChange(view, {}));
        const payload = encodeRelaySet([{ author: 3, slot: view, digest }]);
        return [0, 1].flatMap((by) => bed.hear(by, RELAY_SET, payload));
      },
    ],
  ] as const) {
    test(`it knows ${how}, and tells again after a restart, however many views r3 asks for`, () => {
      const bed = new ClaimsBed(2, "channels");
      bed.leaveFor(1);
      for (const view of [1, 5, 9]) hear(bed, view);
      assert.deepEqual(relayedOf3(bed.status(1, 1, {})), [1]);
      bed.restart();
      assert.equal(bed.core.status().view, 1);
      assert.deepEqual(relayedOf3(bed.status(1, 1, {})), [1]);
    });
  }
});

test("protocols §21.2: what is relayed outlives the log that is written anew while the view is awaited", () => {
  const bed = new ClaimsBed(2, "channels");
  for (const sequence of [1, 2, 3, 4]) {
    const vote = { view: 0, sequence, digest: NULL_DIGEST };
    bed.prePrepare(vote, bed.batch());
    bed.votes(PREPARE, vote, 1, 3);
    bed.votes(COMMIT, vote, 0, 1, 3);
  }
  const taken = bed.audits.find((event) => event.e === "checkpoint");
  if (taken?.e !== "checkpoint") throw new Error("it takes a checkpoint");
  bed.leaveFor(1);
  const { name: digest } = bed.reference(3, bed.viewChange(1, {}));
  const relays = encodeRelaySet([{ author: 3, slot: 1, digest }]);
  for (const by of [0, 1]) bed.hear(by, RELAY_SET, relays);
  const checkpoint = encodeCheckpoint({ sequence: taken.n, digest: taken.d });
  for (const by of [0, 1, 3]) bed.hear(by, CHECKPOINT, checkpoint);
  assert.equal(bed.core.status().stable, 4);
  bed.restart();
  assert.deepEqual(relayedOf3(bed.status(1, 1, {})), [1]);
});
