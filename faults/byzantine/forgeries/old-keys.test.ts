import { expect, test } from "vitest";
import { fastAuthenticators } from "../../../harness/drivers/simulation/authenticators.ts";
import { parametersOf } from "../../../harness/drivers/simulation/explore.fixture.ts";
import { NULL_DIGEST } from "../../../nodes/protocols/contract/audit.ts";
import { pbftMacProof } from "../../../nodes/protocols/pbft/variants/pbft-mac-proof.ts";
import { NewKeys } from "./new-keys.ts";
import { OldKeys } from "./old-keys.ts";
import { ProvingPbft } from "./pbft-mac-proof.ts";

const VOTE = { view: 0, sequence: 1, digest: NULL_DIGEST };

/** Replica 0, for whom replica 1 has chosen keys twice. */
function context() {
  const cluster = parametersOf(pbftMacProof);
  const authenticator = fastAuthenticators(1, [0, 1, 2, 3])(0);
  return { id: 0, cluster, authenticator };
}

const VARIANTS = [
  { protocol: "pbft-mac", oldKeysOf: OldKeys.ofMacs, hasProofs: false },
  { protocol: "pbft-mac-proof", oldKeysOf: OldKeys.ofProofs, hasProofs: true },
];

test.each(VARIANTS)("$protocol: the first keys, but for a NEW-KEY", ({ oldKeysOf, hasProofs }) => {
  const own = context();
  const { ring } = own.authenticator.exchange;
  const old = oldKeysOf(own);
  ring.sending.set(1, { counter: 1, key: new Uint8Array(16).fill(1) });
  old.remember();
  const messages = new ProvingPbft(own);
  const underFirst = messages.vote("commit", VOTE);
  ring.sending.set(1, { counter: 2, key: new Uint8Array(16).fill(2) });
  old.remember();
  expect(old.sealed(1, messages.vote("commit", VOTE))).toEqual(underFirst);
  const newKey = new NewKeys(own).newKey(3);
  expect(old.sealed(1, newKey)).toBe(newKey);
  const prepare = messages.vote("prepare", VOTE);
  // What may have to be shown is not under session keys.
  expect(old.sealed(1, prepare) === prepare).toBe(hasProofs);
});
