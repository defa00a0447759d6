/**
 * What the compiler refuses. `npm run check:types` reads this file: were a certificate of codes
 * accepted anywhere below, the line above it would expect an error that does not come.
 */
import { expect, test } from "vitest";
import { fastAuthenticators } from "../../../harness/drivers/simulation/authenticators.ts";
import { NULL_DIGEST } from "../contract/audit.ts";
import { decidedRecord, preparedRecord, stableRecord } from "../pbft/certificates/records.ts";
import {
  type CertificateFrames,
  CHECKPOINT,
  encodeCheckpoint,
  encodeNewView,
  encodeViewChange,
  encodeVote,
  PRE_PREPARE,
  PREPARE,
  VIEW_CHANGE,
} from "../pbft/messages.ts";
import type { Envelope } from "../wire/envelope.ts";
import { MacVectors } from "./mac-vectors.ts";
import type { ProofFrame } from "./scheme.ts";
import { Signatures } from "./signatures.ts";

const CLUSTER = { clusterId: "c1".repeat(16), epoch: 1 };
const VOTE = { view: 0, sequence: 1, digest: NULL_DIGEST };

const authenticatorOf = fastAuthenticators(1, [0, 1, 2, 3]);
const codes = new MacVectors({ ...CLUSTER, replicas: 4 }, authenticatorOf(1));
const reader = new MacVectors({ ...CLUSTER, replicas: 4 }, authenticatorOf(2));
const signatures = new Signatures(CLUSTER, authenticatorOf(1));
const vote = { type: PREPARE, payload: encodeVote(VOTE) };
const checkpoint = {
  type: CHECKPOINT,
  payload: encodeCheckpoint({ sequence: 8, digest: NULL_DIGEST }),
};

test("a message of codes convinces whom it was made for, and is no proof to the compiler", () => {
  const frame = codes.seal(vote, "all");
  const opened = reader.open(frame);
  expect(opened && reader.verify(opened)).toBe(true);
  // @ts-expect-error what only its receiver can check is not handed on
  const proof: ProofFrame = frame;
  expect(signatures.prove(proof)).toBe(null);
});

test("no certificate, VIEW-CHANGE, NEW-VIEW or stable proof is made of codes", () => {
  const frame = codes.seal(vote, "all");
  const prePrepare = codes.seal({ type: PRE_PREPARE, payload: encodeVote(VOTE) }, "all");
  // @ts-expect-error its PRE-PREPARE and PREPAREs would convince nobody else
  const certificate: CertificateFrames = { prePrepare, prepares: [frame] };
  const prepared = [certificate];
  const checkpoints = [codes.seal(checkpoint, "all")];
  expect(() => {
    // @ts-expect-error neither would CHECKPOINTs
    encodeViewChange({ view: 1, stable: 8, checkpoints, prepared });
    // @ts-expect-error nor VIEW-CHANGEs and a set O
    encodeNewView({ view: 1, viewChanges: [frame], prePrepares: [prePrepare] });
  }).not.toThrow();
});

test("no record of a certificate or of a stable proof is made of codes", () => {
  const frame = codes.seal(vote, "all");
  const { digest } = VOTE;
  expect(() => {
    // @ts-expect-error a replica that reads it back would show it to others
    stableRecord({ sequence: 8, digest, proof: [frame] });
    // @ts-expect-error as above
    preparedRecord({ prePrepare: frame, prepares: [frame] });
    // @ts-expect-error as above
    decidedRecord([frame], new Uint8Array(0));
  }).not.toThrow();
});

test("what was signed here, or verified here, is a proof; what was not verified stops the replica", () => {
  const frame: ProofFrame = signatures.seal(vote, "all");
  expect(signatures.prove(frame)).toBe(frame);
  const opened = signatures.open(frame) as Envelope;
  expect(() => signatures.proofIn(opened)).toThrow("only what was verified");
  expect(signatures.verify(opened)).toBe(true);
  expect(signatures.proofIn(opened)).toEqual(frame);
});

test("a frame with something attached, or with a changed byte, proves nothing", () => {
  const whole = signatures.seal(vote, "all", Uint8Array.of(1));
  expect(signatures.prove(whole)).toBe(null);
  const changed = signatures.seal({ type: VIEW_CHANGE, payload: vote.payload }, "all").slice();
  changed[40] = (changed[40] ?? 0) ^ 1;
  expect(signatures.prove(changed)).toBe(null);
});
