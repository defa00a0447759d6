/** The sizes that plans reckon with are those of really encoded messages. */
import { expect, test } from "vitest";
import { fastAuthenticators } from "../../../../harness/drivers/simulation/authenticators.ts";
import { Channels } from "../../authentication/channels.ts";
import { MacVectors } from "../../authentication/mac-vectors.ts";
import type { AuthenticationScheme } from "../../authentication/scheme.ts";
import { clientId, type NodeId } from "../../contract/core.ts";
import { decodeRequest, encodeReply, makeBatch, requestContent } from "../../wire/request.ts";
import * as pbft from "../messages.ts";
import { pbftMac } from "../variants/pbft-mac.ts";
import { pbftRelay } from "../variants/pbft-relay.ts";
import { encodeNewView, encodeViewChange } from "./messages.ts";

const ALICE = clientId({ host: 0, index: 1 });
const WINDOW = 8;
const SIZES = { batchRequests: 1, operationBytes: 100, resultBytes: 50, window: WINDOW };
const DIGEST = "ab".repeat(32);
const NUMBERS = Array.from({ length: WINDOW }, (_, index) => index + 1);
const CHECKPOINTS = NUMBERS.map((sequence) => ({ sequence, digest: DIGEST }));

const VARIANTS = [
  { protocol: pbftMac, scheme: MacVectors },
  { protocol: pbftRelay, scheme: Channels },
].flatMap((variant) => [4, 7, 31].map((replicas) => ({ ...variant, replicas })));

test.each(VARIANTS)("$protocol.name with $replicas replicas", ({ protocol, scheme, replicas }) => {
  const cluster = { clusterId: "c1".repeat(16), epoch: 1, replicas };
  const authenticatorOf = fastAuthenticators(1, [0, ALICE]);
  const schemeOf = (node: NodeId) => new scheme(cluster, authenticatorOf(node));
  const faultsMax = (replicas - 1) / 3;
  const reckoned = protocol.messageSizes({ ...SIZES, replicas, faultsMax });
  expect(lengthsOf(schemeOf, replicas)).toEqual(reckoned);
});

/** A window full of claims, and what is said in the normal case. */
function lengthsOf(schemeOf: (node: NodeId) => AuthenticationScheme, replicas: number) {
  const [replica, client] = [schemeOf(0), schemeOf(ALICE)];
  const toAll = (type: number, payload: Uint8Array, attachment?: Uint8Array) =>
    replica.seal({ type, payload }, "all", attachment).length;
  const asked = requestContent({ timestamp: 1, operation: new Uint8Array(SIZES.operationBytes) });
  const request = client.seal(asked, 0);
  const opened = client.open(request);
  const decoded = opened && decodeRequest(client, opened);
  const batch = makeBatch(client, decoded ? [decoded] : []);
  const reply = { view: 0, timestamp: 1, client: ALICE, result: new Uint8Array(SIZES.resultBytes) };
  const vote = pbft.encodeVote({ view: 0, sequence: 1, digest: batch.digest });
  const claim = { view: 0, digest: DIGEST };
  const viewChange = encodeViewChange({
    view: 1,
    stable: 0,
    checkpoints: CHECKPOINTS,
    prepared: new Map(NUMBERS.map((sequence) => [sequence, claim])),
    prePrepared: new Map(NUMBERS.map((sequence) => [sequence, new Map([[DIGEST, 0]])])),
  });
  const viewChanges = Array.from({ length: replicas }, (_, id) => ({ replica: id, name: DIGEST }));
  const selection = { base: { sequence: 0, digest: DIGEST }, chosen: CHECKPOINTS };
  return {
    REQUEST: request.length,
    REPLY: encodeReply(replica, reply).length,
    "PRE-PREPARE": toAll(pbft.PRE_PREPARE, vote, batch.bytes),
    PREPARE: toAll(pbft.PREPARE, vote),
    COMMIT: toAll(pbft.COMMIT, vote),
    "VIEW-CHANGE": toAll(pbft.VIEW_CHANGE, viewChange),
    "NEW-VIEW": toAll(pbft.NEW_VIEW, encodeNewView({ view: 1, viewChanges, selection })),
  };
}
