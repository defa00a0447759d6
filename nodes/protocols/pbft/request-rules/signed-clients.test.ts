/** Clients that sign, in a cluster of pbft-mac (protocols §19.7). */
import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { SigningClient } from "../../authentication/signing-client.ts";
import { TAG_BYTES } from "../../contract/authenticator.ts";
import { clientId, type NodeId } from "../../contract/core.ts";
import { requestSigner } from "../../contract/request-signatures.ts";
import { messageTypeOf } from "../../wire/envelope.ts";
import { REQUEST, requestContent } from "../../wire/request.ts";
import { Cluster, filledService } from "../cluster.fixture.ts";
import { NEW_KEY } from "../session-keys/new-key.ts";
import { pbftMac } from "../variants/pbft-mac.ts";

const HOST = clientId({ host: 0, index: 0 });
const ALICE = clientId({ host: 0, index: 1 });
const BOB = clientId({ host: 0, index: 2 });
const SIGNATURE_BYTES = 64;
const REQUEST_MS = 1_000;

class World {
  readonly cluster: Cluster;
  /** Who answered whom. */
  readonly answered: { readonly client: NodeId; readonly by: NodeId }[] = [];
  /** What replicas signed beside NEW-KEYs, which is another's part. */
  signed = 0;

  constructor() {
    this.cluster = new Cluster({
      serviceOf: () => filledService(0, 0),
      wire: { latencyMs: 1, bytesPerMs: 100_000 },
      parameters: {
        clientAuth: "signature",
        timers: { requestMs: REQUEST_MS, statusMs: 150, clientMs: 400, clientCapMs: 1_000 },
      },
      isDiskKept: false,
      createReplica: (options) => {
        const { authenticator } = options;
        const sign = (bytes: Uint8Array) => {
          this.signed += 1;
          return authenticator.sign(bytes);
        };
        const verify = authenticator.verify.bind(authenticator);
        const { exchange, self } = authenticator;
        const parts = { exchange, self, sign, verify };
        const tags = {
          digest: authenticator.digest.bind(authenticator),
          tag: authenticator.tag.bind(authenticator),
          checkTag: authenticator.checkTag.bind(authenticator),
        };
        return pbftMac.createReplica({ ...options, authenticator: { ...parts, ...tags } });
      },
    });
    this.cluster.onReply = ({ from, to }) => void this.answered.push({ client: to, by: from });
    this.run(100);
  }

  request(client: NodeId, timestamp: number): Uint8Array {
    const { cluster, authenticatorOf } = this.cluster;
    const keys = authenticatorOf(client);
    const content = requestContent({ timestamp, operation: Uint8Array.of(timestamp) });
    return new SigningClient(cluster, keys, requestSigner(keys)).seal(content).slice();
  }

  /** The client's codes fit what it sent; its signature does not. */
  wronglySigned(client: NodeId, timestamp: number): Uint8Array {
    const { cluster, authenticatorOf } = this.cluster;
    const content = requestContent({ timestamp, operation: Uint8Array.of(timestamp) });
    const signer = { sign: () => new Uint8Array(SIGNATURE_BYTES).fill(9) };
    return new SigningClient(cluster, authenticatorOf(client), signer).seal(content).slice();
  }

  deliver(from: NodeId, to: NodeId, bytes: Uint8Array): void {
    this.cluster.deliver({ from, to, bytes });
  }

  run(forMs: number): void {
    this.cluster.run(() => false, this.cluster.now + forMs);
  }

  rejected(replica: NodeId, reason: string): number {
    return this.cluster.cores[replica]?.status().rejected[`REQUEST:${reason}`] ?? 0;
  }

  verifications(replica: NodeId): number {
    return this.cluster.cores[replica]?.status().counters["verifications"] ?? 0;
  }

  answersTo(client: NodeId): number {
    return this.answered.filter((each) => each.client === client).length;
  }

  get views(): readonly number[] {
    return this.cluster.cores.map((core) => core.status().view);
  }
}

/** @param entry of the vector */
function withoutEntry(frame: Uint8Array, entry: NodeId): Uint8Array {
  const at = frame.length - SIGNATURE_BYTES - (4 - entry) * TAG_BYTES;
  frame.fill(7, at + 4, at + TAG_BYTES);
  return frame;
}

function withBrokenSignature(frame: Uint8Array): Uint8Array {
  const last = frame.length - 1;
  frame[last] = (frame[last] ?? 0) ^ 1;
  return frame;
}

describe("the code first, the signature second (protocols §19.7)", () => {
  test("what the client says is answered by all", () => {
    const world = new World();
    world.deliver(HOST, 0, world.request(ALICE, 1));
    world.run(100);
    assert.equal(world.answersTo(ALICE), 4);
  });

  test("over its own channel a code that does not fit costs no verification", () => {
    const world = new World();
    const before = world.verifications(0);
    for (let t = 1; t < 50; t++) {
      world.deliver(HOST, 0, withoutEntry(world.request(ALICE, t), 0));
    }
    assert.equal(world.rejected(0, "MAC"), 49);
    assert.equal(world.verifications(0), before);
  });

  test("who makes a code over a signature that does not hold is set aside, and not its host", () => {
    const world = new World();
    world.deliver(HOST, 0, world.wronglySigned(ALICE, 1));
    assert.equal(world.rejected(0, "signature"), 1);
    const before = world.verifications(0);
    world.deliver(HOST, 0, world.request(ALICE, 2));
    assert.equal(world.rejected(0, "set aside"), 1);
    assert.equal(world.verifications(0), before);
    world.deliver(HOST, 0, world.request(BOB, 1));
    world.run(100);
    assert.equal(world.answersTo(ALICE), 0);
    assert.equal(world.answersTo(BOB), 4);
  });

  test("whoever breaks a signature on the way gets nobody set aside: the codes cover it", () => {
    const world = new World();
    world.deliver(HOST, 0, withBrokenSignature(world.request(ALICE, 1)));
    assert.equal(world.rejected(0, "MAC"), 1);
    world.deliver(HOST, 0, world.request(ALICE, 2));
    assert.equal(world.rejected(0, "set aside"), 0);
    world.run(100);
    assert.equal(world.answersTo(ALICE), 4);
  });

  test("neither does who sends in its client's name what it cannot make a code for", () => {
    const world = new World();
    world.deliver(HOST, 0, withoutEntry(world.wronglySigned(ALICE, 1), 0));
    assert.equal(world.rejected(0, "MAC"), 1);
    world.deliver(HOST, 0, world.request(ALICE, 2));
    world.run(100);
    assert.equal(world.answersTo(ALICE), 4);
  });

  test("a replica that forwards what is wrongly signed pays for it, and its client is not set aside", () => {
    for (const broken of ["by the replica", "by the client"] as const) {
      const world = new World();
      const frame =
        broken === "by the replica"
          ? withBrokenSignature(world.request(ALICE, 1))
          : world.wronglySigned(ALICE, 1);
      world.deliver(3, 0, frame);
      assert.equal(world.rejected(0, "signature"), 1, broken);
      world.deliver(HOST, 0, world.request(ALICE, 2));
      world.run(100);
      assert.equal(world.answersTo(ALICE), 4, broken);
    }
  });
});

describe("a signature convinces everybody (protocols §19.7)", () => {
  test("a request with good codes for one backup alone is forwarded, ordered and answered", () => {
    const world = new World();
    let frame = world.request(ALICE, 1);
    for (const entry of [0, 1, 3]) frame = withoutEntry(frame, entry);
    for (const to of [0, 1, 2, 3]) world.deliver(HOST, to, frame);
    world.run(100);
    assert.equal(world.answersTo(ALICE), 4);
    assert.deepEqual(world.views, [0, 0, 0, 0]);
  });

  test("who is set aside at the primary alone reaches it through the others, and deposes nobody", () => {
    const world = new World();
    world.deliver(HOST, 0, world.wronglySigned(ALICE, 1));
    for (const to of [0, 1, 2, 3]) world.deliver(HOST, to, world.request(ALICE, 2));
    world.run(3 * REQUEST_MS);
    assert.equal(world.rejected(0, "set aside"), 1);
    assert.ok(world.answersTo(ALICE) >= 4);
    assert.deepEqual(world.views, [0, 0, 0, 0]);
  });

  test("who is set aside at the backups alone is served by the primary, and deposes nobody", () => {
    const world = new World();
    for (const to of [1, 2, 3]) world.deliver(HOST, to, world.wronglySigned(ALICE, 1));
    for (const to of [0, 1, 2, 3]) world.deliver(HOST, to, world.request(ALICE, 2));
    world.run(3 * REQUEST_MS);
    assert.equal(world.answersTo(ALICE), 4);
    assert.deepEqual(world.views, [0, 0, 0, 0]);
  });
});

test("protocols §2.7: clients sign requests, replicas NEW-KEYs, and nobody anything else", () => {
  const algorithmOf = (bytes: Uint8Array) => bytes[5] ?? 0;
  const world = new World();
  const signed: [number, number][] = [];
  const look = world.cluster.onWire;
  world.cluster.onWire = (delivery) => {
    signed.push([messageTypeOf(delivery.bytes) ?? 0, algorithmOf(delivery.bytes)]);
    return look(delivery);
  };
  for (const to of [1, 2, 3]) world.deliver(HOST, to, world.request(ALICE, 1));
  world.run(100);
  // Nobody answers for a while, and the view changes.
  const { onWire } = world.cluster;
  world.cluster.onWire = (delivery) => (delivery.from === 0 ? null : onWire(delivery));
  for (const to of [1, 2, 3]) world.deliver(HOST, to, world.request(BOB, 1));
  world.run(4 * REQUEST_MS);
  assert.ok((world.views[1] ?? 0) > 0, "there was a view change");
  assert.ok(world.answersTo(BOB) > 0);
  const kinds = new Set(signed.map(([type, algorithm]) => `${type} ${algorithm}`));
  assert.ok(kinds.has(`${REQUEST} 4`));
  for (const [type, algorithm] of signed) {
    if (type === REQUEST) assert.equal(algorithm, 4);
    else assert.equal(algorithm, type === NEW_KEY ? 1 : 2, `type ${type}`);
  }
  assert.equal(world.signed, 0, "no replica signs what it says");
});
