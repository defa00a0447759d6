/** The sizes that plans reckon with are those of really encoded messages. */
import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { fastAuthenticators } from "../../../harness/drivers/simulation/authenticators.ts";
import { nullService } from "../../services/null.ts";
import type { NodeAuthenticator } from "../contract/authenticator.ts";
import type { Effects } from "../contract/core.ts";
import { decodeRequest, encodeReply, encodeRequest, makeBatch } from "../wire/request.ts";
import { pbftMessageSizes, viewChangeVerifications } from "./message-sizes.ts";
import { encodeVote, PRE_PREPARE } from "./messages.ts";
import { ALICE, Bed } from "./pbft.fixture.ts";
import { pbftSig } from "./variants/pbft-sig.ts";

const WINDOW = 8;
const SIZES = { batchRequests: 1, operationBytes: 100, resultBytes: 50 };
const DIGEST = "ab".repeat(32);
const ignored = () => undefined;
const NO_EFFECTS: Effects = {
  send: ignored,
  broadcast: ignored,
  persist: ignored,
  setTimer: ignored,
  cancelTimer: ignored,
  audit: ignored,
};

/** A VIEW-CHANGE of everybody in the quorum with a full window, and the NEW-VIEW made of them. */
function viewMessages(bed: Bed, quorum: number) {
  const signers = Array.from({ length: quorum }, (_, replica) => replica);
  const base = 4 * WINDOW;
  const checkpoints = signers.map((by) => bed.checkpoint(by, base, DIGEST));
  const votes = Array.from({ length: WINDOW }, (_, index) => ({
    view: 0,
    sequence: base + 1 + index,
    digest: DIGEST,
  }));
  const prepared = votes.map((vote) => bed.certificate(vote, signers.slice(1)));
  const viewChanges = signers.map((by) =>
    bed.viewChange(by, { view: 1, stable: base, checkpoints, prepared }),
  );
  const chosen = votes.map(({ sequence, digest }) => ({ sequence, digest }));
  return { viewChanges, newView: bed.newView(1, { view: 1, viewChanges, chosen }) };
}

describe("message sizes", () => {
  for (const [replicas, faultsMax] of [
    [4, 1],
    [7, 2],
    [10, 3],
    [31, 10],
  ] as const) {
    test(`VIEW-CHANGE and NEW-VIEW of ${replicas} replicas have the reckoned size`, () => {
      const bed = new Bed(2, { replicas, faultsMax, window: WINDOW });
      const { viewChanges, newView } = viewMessages(bed, 2 * faultsMax + 1);
      const sizes = pbftMessageSizes({ ...SIZES, replicas, faultsMax, window: WINDOW });
      assert.equal(sizes["VIEW-CHANGE"], viewChanges[0]?.length);
      assert.equal(sizes["NEW-VIEW"], newView.length);
      assert.deepEqual(bed.receive(1, newView).length > 0, true);
      assert.equal(bed.core.status().view, 1, "and it is accepted");
    });
  }

  test("REQUEST, REPLY and PRE-PREPARE have the reckoned size", () => {
    const bed = new Bed(0);
    const client = bed.envelopes(ALICE);
    const request = encodeRequest(client, { timestamp: 1, operation: new Uint8Array(100) });
    const opened = client.open(request);
    const decoded = opened && decodeRequest(client, opened);
    assert.ok(decoded);
    const batch = makeBatch(client, [decoded]);
    const reply = { view: 0, timestamp: 1, client: ALICE, result: new Uint8Array(50) };
    const sizes = pbftMessageSizes({ ...SIZES, replicas: 4, faultsMax: 1, window: WINDOW });
    const vote = encodeVote({ view: 0, sequence: 1, digest: batch.digest });
    assert.equal(sizes["REQUEST"], request.length);
    assert.equal(sizes["REPLY"], encodeReply(bed.envelopes(0), reply).length);
    assert.equal(
      sizes["PRE-PREPARE"],
      bed.envelopes(0).seal({ type: PRE_PREPARE, payload: vote }, "all", batch.bytes).length,
    );
  });

  test("the reckoned verifications bound what a replica spends on a full NEW-VIEW", () => {
    const bed = new Bed(2, { window: WINDOW });
    const { newView } = viewMessages(bed, 3);
    let spent = 0;
    const inner = fastAuthenticators(1, [0, 1, 2, 3])(2);
    const authenticator: NodeAuthenticator = {
      self: 2,
      digest: (bytes) => inner.digest(bytes),
      sign: (bytes) => inner.sign(bytes),
      exchange: inner.exchange,
      tag: (receiver, bytes) => inner.tag(receiver, bytes),
      checkTag: (sender, bytes, tag) => inner.checkTag(sender, bytes, tag),
      verify(...signed) {
        spent += 1;
        return inner.verify(...signed);
      },
    };
    const service = nullService.create({ argumentBytes: 0, resultBytes: 0 });
    const core = pbftSig.createReplica({ id: 2, cluster: bed.cluster, service, authenticator });
    core.step({ kind: "recovered", records: [] }, 0, NO_EFFECTS);
    core.step({ kind: "frame", from: 1, bytes: newView }, 0, NO_EFFECTS);
    assert.equal(core.status().view, 1);
    const reckoned = viewChangeVerifications({ replicas: 4, faultsMax: 1, window: WINDOW });
    assert.ok(spent > 0 && spent <= reckoned, `${spent} of ${reckoned}`);
  });
});
