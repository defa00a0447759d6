import { expect, test } from "vitest";
import { fastAuthenticators } from "../../../harness/drivers/simulation/authenticators.ts";
import { MacVectors } from "../authentication/mac-vectors.ts";
import { Signatures } from "../authentication/signatures.ts";
import { encodeReply, encodeRequest } from "../wire/request.ts";
import { clientId } from "./core.ts";
import { BLANK_SIGNATURES, blankMacVectors, clientMessageSizes } from "./message-sizes.ts";

const ALICE = clientId({ host: 0, index: 1 });
const SIZES = { operationBytes: 100, resultBytes: 30, batchRequests: 1 };
const authenticatorOf = fastAuthenticators(1, [0, ALICE]);

test.each([4, 7, 31])("REQUEST and REPLY with MACs of %i replicas have the reckoned size", (n) => {
  const cluster = { clusterId: "c1".repeat(16), epoch: 1, replicas: n };
  const parameters = { ...SIZES, replicas: n, faultsMax: (n - 1) / 3, window: 16 };
  const sizes = clientMessageSizes(parameters, blankMacVectors(n));
  const schemeOf = (node: number) => new MacVectors(cluster, authenticatorOf(node));
  expect(lengthsOf(schemeOf)).toEqual([sizes.request, sizes.reply]);
  const signed = clientMessageSizes(parameters, BLANK_SIGNATURES);
  const signing = (node: number) => new Signatures(cluster, authenticatorOf(node));
  expect(lengthsOf(signing)).toEqual([signed.request, signed.reply]);
});

function lengthsOf(schemeOf: (node: number) => MacVectors | Signatures): readonly number[] {
  const operation = new Uint8Array(SIZES.operationBytes);
  const result = new Uint8Array(SIZES.resultBytes);
  const reply = { view: 3, timestamp: 9, client: ALICE, result };
  return [
    encodeRequest(schemeOf(ALICE), { timestamp: 9, operation }).length,
    encodeReply(schemeOf(0), reply).length,
  ];
}
