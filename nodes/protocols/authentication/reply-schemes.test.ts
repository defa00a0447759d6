import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { fastAuthenticators } from "../../../harness/drivers/simulation/authenticators.ts";
import { nullService } from "../../services/null.ts";
import { parametersWith } from "../cluster-parameters.fixture.ts";
import { clientId, type Effects, type NodeId } from "../contract/core.ts";
import type { ClusterParameters } from "../contract/protocol.ts";
import type { ReplyAuth } from "../contract/traits.ts";
import { pbftSig } from "../pbft/variants/pbft-sig.ts";
import { unreplicated } from "../unreplicated/unreplicated.ts";
import { encodeReply, encodeRequest } from "../wire/request.ts";
import { MacVectors } from "./mac-vectors.ts";
import type { AuthenticationScheme } from "./scheme.ts";
import { Signatures } from "./signatures.ts";

const [ALICE, BOB] = [clientId({ host: 0, index: 1 }), clientId({ host: 0, index: 2 })];
const authenticatorOf = fastAuthenticators(5, [0, 1, 2, 3, ALICE, BOB]);
const none = () => undefined;

function schemeOf(kind: ReplyAuth, cluster: ClusterParameters, node: NodeId): AuthenticationScheme {
  const Scheme = kind === "mac" ? MacVectors : Signatures;
  return new Scheme(cluster, authenticatorOf(node));
}

/** @returns whether the client has its answer of the replies that two replicas gave it */
function isAnswered(
  replyAuth: ReplyAuth,
  say: (parts: { cluster: ClusterParameters; replica: NodeId; timestamp: number }) => Uint8Array,
): boolean {
  const cluster = parametersWith({ replyAuth });
  const client = pbftSig.createClient({
    id: ALICE,
    cluster,
    authenticator: authenticatorOf(ALICE),
  });
  let isDone = false;
  const completed = () => {
    isDone = true;
  };
  const effects = { send: none, setTimer: none, cancelTimer: none, completed };
  const timestamp = client.invoke(Uint8Array.of(1), 1, effects);
  for (const replica of [1, 2]) {
    client.frame(replica, say({ cluster, replica, timestamp }), 2, effects);
  }
  return isDone;
}

const RESULT = { view: 0, client: ALICE, result: Uint8Array.of(7) };

describe.each(["mac", "signature"] as const)("replyAuth: %s (protocols §2.8)", (replyAuth) => {
  const other = replyAuth === "mac" ? "signature" : "mac";

  test("a client believes f+1 replies that are authentic in this way", () => {
    const says = isAnswered(replyAuth, ({ cluster, replica, timestamp }) =>
      encodeReply(schemeOf(replyAuth, cluster, replica), { ...RESULT, timestamp }),
    );
    assert.equal(says, true);
  });

  test("and none that are so in the other", () => {
    const says = isAnswered(replyAuth, ({ cluster, replica, timestamp }) =>
      encodeReply(schemeOf(other, cluster, replica), { ...RESULT, timestamp }),
    );
    assert.equal(says, false);
  });

  test("nor what one replica says in the name of two", () => {
    const says = isAnswered(replyAuth, ({ cluster, replica, timestamp }) => {
      const own = authenticatorOf(1);
      const keys = { ...authenticatorOf(replica), self: replica, digest: own.digest.bind(own) };
      const forged = { ...keys, sign: own.sign.bind(own), tag: own.tag.bind(own) };
      const verify = () => false;
      const Scheme = replyAuth === "mac" ? MacVectors : Signatures;
      const scheme = new Scheme(cluster, { ...forged, verify, checkTag: verify });
      return encodeReply(scheme, { ...RESULT, timestamp });
    });
    assert.equal(says, false);
  });

  test("a server alone answers so, too", () => {
    const cluster = parametersWith({ replicas: 1, faultsMax: 0, replyAuth });
    const service = nullService.create({ argumentBytes: 0, resultBytes: 0 });
    const core = unreplicated.createReplica({
      id: 0,
      cluster,
      service,
      authenticator: authenticatorOf(0),
    });
    const sent: Uint8Array[] = [];
    const send = (_to: NodeId, frame: Uint8Array) => void sent.push(frame);
    const quiet = { broadcast: none, persist: none, setTimer: none, cancelTimer: none };
    const effects: Effects = { ...quiet, send, audit: none };
    const signed = new Signatures(cluster, authenticatorOf(ALICE));
    const bytes = encodeRequest(signed, { timestamp: 1, operation: new Uint8Array(0) });
    core.step({ kind: "frame", from: clientId({ host: 0, index: 0 }), bytes }, 0, effects);
    const [frame] = sent;
    assert.ok(frame);
    const envelope = schemeOf(replyAuth, cluster, ALICE).open(frame);
    assert.equal(envelope !== null && schemeOf(replyAuth, cluster, ALICE).verify(envelope), true);
    assert.equal(schemeOf(other, cluster, ALICE).open(frame), null);
  });
});

test("a code for one client is none for another (protocols §2.8)", () => {
  const isSaid = isAnswered("mac", ({ cluster, replica, timestamp }) => {
    const scheme = new MacVectors(cluster, authenticatorOf(replica));
    const payload = encodeReply(scheme, { ...RESULT, timestamp, client: BOB });
    const opened = scheme.open(payload);
    assert.ok(opened);
    return scheme.seal({ type: opened.type, payload: opened.payload }, BOB);
  });
  assert.equal(isSaid, false);
});
