/** Records of the own log that decode, and do not hold (protocols §13.2): no start, and no bug. */
import { expect, test } from "vitest";
import { NULL_DIGEST } from "../contract/audit.ts";
import { StoredRecordError } from "../stored-record.ts";
import { preparedRecord, stableRecord, viewChangeRecord } from "./certificates/records.ts";
import { encodeViewChange } from "./claims/messages.ts";
import { viewChangeRecord as claimedRecord } from "./claims/records.ts";
import { Bed } from "./pbft.fixture.ts";
import { pbftMac } from "./variants/pbft-mac.ts";

function starting(bed: Bed, record: Uint8Array): () => void {
  bed.disk = [record];
  return () => bed.restart();
}

test("an own VIEW-CHANGE whose stable mark nothing proves", () => {
  const bed = new Bed(2);
  const frame = bed.viewChange(2, { view: 1, stable: 4 });
  expect(starting(bed, viewChangeRecord(frame))).toThrow(StoredRecordError);
});

test("an own VIEW-CHANGE that claims what lies below its stable mark", () => {
  const bed = new Bed(2, {}, pbftMac.createReplica);
  const payload = encodeViewChange({
    view: 1,
    stable: 4,
    checkpoints: [],
    prepared: new Map([[4, { view: 0, digest: NULL_DIGEST }]]),
    prePrepared: new Map(),
  });
  expect(starting(bed, claimedRecord(payload))).toThrow(StoredRecordError);
});

test("a proof that is no message", () => {
  const bed = new Bed(2);
  const [vote, ...others] = [0, 1, 3].map((by) => bed.checkpoint(by, 4, NULL_DIGEST));
  if (vote === undefined) throw new RangeError("r0 says so");
  const cut = vote.subarray(1) as typeof vote;
  const stable = stableRecord({ sequence: 4, digest: NULL_DIGEST, proof: [cut, ...others] });
  expect(starting(bed, stable)).toThrow(StoredRecordError);
});

test("a certificate with a vote that is none", () => {
  const bed = new Bed(2);
  const { prePrepare, prepares } = bed.certificate(
    { view: 0, sequence: 1, digest: NULL_DIGEST },
    [1, 3],
  );
  const cut = prepares.map((each) => each.subarray(1) as typeof each);
  expect(starting(bed, preparedRecord({ prePrepare, prepares: cut }))).toThrow(StoredRecordError);
});
