import assert from "node:assert/strict";
import { test } from "vitest";
import { fastAuthenticators } from "../../../harness/drivers/simulation/authenticators.ts";
import { nullService } from "../../services/null.ts";
import { Signatures } from "../authentication/signatures.ts";
import { parametersWith } from "../cluster-parameters.fixture.ts";
import { clientId, type Effects, type Input } from "../contract/core.ts";
import { OPERATION_BYTES_MAX } from "../contract/limits.ts";
import { Writer } from "../wire/codec.ts";
import { encodeRequest } from "../wire/request.ts";
import { unreplicated } from "./unreplicated.ts";

const ALICE = clientId({ host: 0, index: 1 });
const HOST = clientId({ host: 0, index: 0 });
const CLUSTER = parametersWith({ replicas: 1, faultsMax: 0 });
const authenticatorOf = fastAuthenticators(1, [0, ALICE]);
const TOO_LARGE = new Uint8Array(OPERATION_BYTES_MAX + 1);

function request(operation: Uint8Array, timestamp = 1): Uint8Array {
  const envelopes = new Signatures(CLUSTER, authenticatorOf(ALICE));
  return encodeRequest(envelopes, { timestamp, operation });
}

function start(records: readonly Uint8Array[]) {
  const core = unreplicated.createReplica({
    id: 0,
    cluster: CLUSTER,
    service: nullService.create({ argumentBytes: 0, resultBytes: 0 }),
    authenticator: authenticatorOf(0),
  });
  const log: string[] = [];
  const effects: Effects = {
    send: () => void log.push("send"),
    broadcast: () => void log.push("send"),
    persist: () => void log.push("persist"),
    setTimer: () => undefined,
    cancelTimer: () => undefined,
    audit: () => undefined,
  };
  const step = (input: Input) => core.step(input, 0, effects);
  step({ kind: "recovered", records });
  return { core, log, step };
}

test("a request over the limit is neither logged nor executed nor answered", () => {
  const { core, log, step } = start([]);
  step({ kind: "frame", from: HOST, bytes: request(TOO_LARGE) });
  assert.deepEqual(log, []);
  assert.deepEqual(core.status().rejected, { "too large": 1 });
  assert.equal(core.status().lastExec, 0);
});

test("a log of a version without limits is executed, nothing of it lost", () => {
  const requestRecord = new Writer().u8(2).raw(request(TOO_LARGE)).finish();
  const { core } = start([requestRecord]);
  assert.equal(core.status().lastExec, 1);
});

test("one request that comes for ever is answered twice a period, and garbage has a share", () => {
  const { core, log, step } = start([]);
  const frame = request(new Uint8Array(1));
  for (let count = 0; count < 1_000; count++) step({ kind: "frame", from: HOST, bytes: frame });
  assert.equal(log.filter((what) => what === "send").length, 3);
  const bytes = request(new Uint8Array(1), 2);
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  for (let count = 0; count < 1_000; count++) step({ kind: "frame", from: HOST, bytes });
  assert.equal(core.status().counters["verifications"], 3 + 300);
});
