import { expect, test } from "vitest";
import { fastAuthenticators } from "../../../harness/drivers/simulation/authenticators.ts";
import { clientId, type NodeId } from "../contract/core.ts";
import type { Envelope } from "../wire/envelope.ts";
import { Channels } from "./channels.ts";
import type { Receiver } from "./scheme.ts";

const CLUSTER = { clusterId: "c1".repeat(16), epoch: 1 };
const ALICE = clientId({ host: 0, index: 1 });
const BOB = clientId({ host: 0, index: 2 });
const NODES = [0, 1, 2, 3, ALICE, BOB];
const CONTENT = { type: 4, payload: Uint8Array.of(1, 2, 3) };

const authenticators = fastAuthenticators(1, NODES);
const of = (node: NodeId) => new Channels(CLUSTER, authenticators(node));

function sealed(by: NodeId, receiver: Receiver): Envelope {
  return of(2).open(of(by).seal(CONTENT, receiver)) as Envelope;
}

test("a replica's message carries nothing, and only its own channel may bring it", () => {
  const envelope = sealed(0, "all");
  expect(envelope.authentication.length).toBe(0);
  expect(of(2).verify(envelope)).toBe(true);
  expect(of(2).isPortable()).toBe(false);
});

test("a client's message convinces the replica that it was made for, and no other", () => {
  const envelope = sealed(ALICE, 2);
  expect(NODES.filter((node) => of(node).verify(envelope))).toEqual([2]);
  expect(() => of(ALICE).seal(CONTENT, "all")).toThrow("for one replica");
});

test("a reply convinces the client that it was made for, and no other", () => {
  const reply = of(ALICE).open(of(0).seal(CONTENT, ALICE)) as Envelope;
  expect([ALICE, BOB].filter((node) => of(node).verify(reply))).toEqual([ALICE]);
  expect(of(ALICE).open(of(0).seal(CONTENT, "all"))).toBe(null);
  expect(of(2).open(of(0).seal(CONTENT, ALICE))).toBe(null);
});

test("what has a code where none belongs, or none where one does, does not open", () => {
  const [own, other] = [of(0).seal(CONTENT, "all"), of(ALICE).seal(CONTENT, 2)];
  const cut = other.slice(0, -20);
  cut.set([0, 0], cut.length - 2);
  expect(of(2).open(cut)).toBe(null);
  const more = new Uint8Array(own.length + 20);
  more.set(own);
  more.set([0, 20], own.length - 2);
  expect(of(2).open(more)).toBe(null);
});

test("digests are over the content, whoever it was made for", () => {
  expect(sealed(ALICE, 1).content).toEqual(sealed(ALICE, 3).content);
});
