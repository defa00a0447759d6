import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  ed25519Authenticators,
  fastAuthenticators,
} from "../../../harness/drivers/simulation/authenticators.ts";
import { TAG_BYTES } from "../contract/authenticator.ts";
import { clientId, type NodeId } from "../contract/core.ts";
import type { Envelope } from "../wire/envelope.ts";
import { decodeRequest, encodeRequest } from "../wire/request.ts";
import { MacVectors } from "./mac-vectors.ts";
import type { Content, Receiver } from "./scheme.ts";

const REPLICAS = [0, 1, 2, 3];
const [ALICE, BOB] = [1, 2].map((index) => clientId({ host: 0, index })) as [NodeId, NodeId];
const NODES = [...REPLICAS, ALICE, BOB];
const CLUSTER = { clusterId: "c1".repeat(16), epoch: 1, replicas: REPLICAS.length };
const CONTENT: Content = { type: 4, payload: Uint8Array.of(1, 2, 3) };

/** The schemes of all nodes of one cluster. */
function clusterOf(create = fastAuthenticators(1, NODES), cluster = CLUSTER) {
  const schemes = new Map(NODES.map((node) => [node, new MacVectors(cluster, create(node))]));
  return (node: NodeId) => schemes.get(node) as MacVectors;
}

const of = clusterOf();

function believes(reader: NodeId, frame: Uint8Array, schemes = of): boolean {
  const envelope = schemes(reader).open(frame);
  return envelope !== null && schemes(reader).verify(envelope);
}

/** Every node that believes the frame. */
function believers(frame: Uint8Array, schemes = of): NodeId[] {
  return NODES.filter((node) => believes(node, frame, schemes));
}

describe.each([
  { keys: "fast", schemes: of },
  { keys: "real", schemes: clusterOf(ed25519Authenticators(NODES)) },
])("with $keys keys", ({ schemes }) => {
  test("protocols §2.7: what is said to all convinces every other replica, and no client", () => {
    for (const author of REPLICAS) {
      const others = REPLICAS.filter((replica) => replica !== author);
      expect(believers(schemes(author).seal(CONTENT, "all"), schemes)).toEqual(others);
    }
  });

  test("protocols §2.7: what a client says has an entry for every replica, whoever gets it", () => {
    for (const receiver of ["all", 3] as const) {
      expect(believers(schemes(ALICE).seal(CONTENT, receiver), schemes)).toEqual(REPLICAS);
    }
  });

  test("protocols §2.7: what is said to one convinces that one alone", () => {
    for (const receiver of NODES.filter((node) => node !== 2)) {
      expect(believers(schemes(2).seal(CONTENT, receiver), schemes)).toEqual([receiver]);
    }
  });
});

test("protocols §2.7: an entry counts in its own place only", () => {
  const frame = of(0).seal(CONTENT, "all");
  const { authentication } = of(1).open(frame) as Envelope;
  const start = frame.length - authentication.length;
  const entries = [0, 1, 2].map((at) => authentication.slice(TAG_BYTES * at, TAG_BYTES * (at + 1)));
  const turned = frame.slice();
  for (const [at, entry] of entries.entries()) {
    turned.set(entry, start + TAG_BYTES * ((at + 1) % entries.length));
  }
  expect(believers(frame)).toEqual([1, 2, 3]);
  expect(believers(turned)).toEqual([]);
});

test("protocols §2.7: a spoilt entry is the loss of its reader alone", () => {
  const frame = of(0).seal(CONTENT, "all");
  for (const [at, reader] of [1, 2, 3].entries()) {
    const spoilt = frame.slice();
    const last = frame.length - TAG_BYTES * (3 - at) + TAG_BYTES - 1;
    spoilt[last] = (spoilt[last] ?? 0) ^ 1;
    expect(believers(spoilt)).toEqual([1, 2, 3].filter((replica) => replica !== reader));
  }
});

test("protocols §2.7: a request has one digest, whatever became of the entries of others", () => {
  const frame = encodeRequest(of(ALICE), { timestamp: 9, operation: Uint8Array.of(1) });
  const spoilt = frame.slice();
  spoilt[frame.length - 1] = (frame[frame.length - 1] ?? 0) ^ 1;
  expect([believes(0, frame), believes(0, spoilt)]).toEqual([true, true]);
  const [one, other] = [frame, spoilt].map((bytes) =>
    decodeRequest(of(0), of(0).open(bytes) as Envelope),
  );
  expect(one?.digest).toBe(other?.digest);
});

test("protocols §2.7: nobody says it in another's name, nor sends back what was said to him", () => {
  const frame = of(0).seal(CONTENT, 1);
  const { content, authentication } = of(1).open(frame) as Envelope;
  const senderAt = content.length - CONTENT.payload.length - 4;
  for (const sender of [1, 2, 3, ALICE]) {
    const renamed = content.slice();
    new DataView(renamed.buffer).setUint32(senderAt, sender);
    const envelope = { ...(of(1).open(frame) as Envelope), sender, content: renamed };
    for (const reader of NODES) {
      expect(of(reader).verify({ ...envelope, authentication })).toBe(false);
    }
  }
});

test("protocols §2.7: no byte of a frame can be another without its reader noticing", () => {
  const receiver = fc.constantFrom<Receiver>("all", 1);
  const change = fc.record({ at: fc.nat(), bit: fc.nat(7), receiver, payload: fc.uint8Array() });
  fc.assert(
    fc.property(change, ({ at, bit, receiver: to, payload }) => {
      const frame = of(0).seal({ type: 4, payload }, to);
      // The entries of others are theirs to check; that of r1 is the first.
      const read = frame.length - (to === "all" ? 2 * TAG_BYTES : 0);
      const changed = frame.slice();
      changed[at % read] = (changed[at % read] ?? 0) ^ (1 << bit);
      expect(believes(1, frame)).toBe(true);
      expect(believes(1, changed)).toBe(false);
    }),
    { numRuns: 2000 },
  );
});

test("protocols §2.7: a frame of another cluster or epoch, or of other keys, is not believed", () => {
  const others = [
    clusterOf(fastAuthenticators(1, NODES), { ...CLUSTER, epoch: 2 }),
    clusterOf(fastAuthenticators(1, NODES), { ...CLUSTER, clusterId: "c2".repeat(16) }),
    clusterOf(fastAuthenticators(2, NODES)),
  ];
  for (const other of others) {
    expect(believers(other(0).seal(CONTENT, "all"))).toEqual([]);
    expect(believers(other(0).seal(CONTENT, 1))).toEqual([]);
  }
});

test("protocols §2.7: a message with another number of tags is malformed, whoever it names", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom(0, ALICE), (tags, author) => {
      const { content } = of(1).open(of(author).seal(CONTENT, "all")) as Envelope;
      const frame = new Uint8Array(4 + content.length + 2 + tags.length);
      new DataView(frame.buffer).setUint32(0, content.length);
      frame.set(content, 4);
      new DataView(frame.buffer).setUint16(4 + content.length, tags.length);
      frame.set(tags, 4 + content.length + 2);
      const entries = author === 0 ? 3 : 4;
      const fits = [TAG_BYTES, entries * TAG_BYTES].includes(tags.length);
      expect(of(1).open(frame) !== null).toBe(fits);
      expect(believers(frame)).toEqual([]);
    }),
  );
});

test("protocols §2.4: a vector may come second hand, what was made for one reader may not", () => {
  const opened = (frame: Uint8Array) => of(1).open(frame) as Envelope;
  expect(of(1).isPortable(opened(of(0).seal(CONTENT, "all")))).toBe(true);
  expect(of(1).isPortable(opened(of(ALICE).seal(CONTENT, "all")))).toBe(true);
  expect(of(1).isPortable(opened(of(0).seal(CONTENT, 1)))).toBe(false);
});

test("an attachment is carried, and not covered", () => {
  const frame = of(0).seal(CONTENT, "all", Uint8Array.of(7, 8));
  expect((of(1).open(frame) as Envelope).attachment).toEqual(Uint8Array.of(7, 8));
  expect(believers(frame)).toEqual([1, 2, 3]);
});
