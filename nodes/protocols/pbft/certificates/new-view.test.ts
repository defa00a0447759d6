/** What a NEW-VIEW may rest on, and what its base does to the log (protocols §9.4, §9.6, §9.7). */
import assert from "node:assert/strict";
import { test } from "vitest";
import { Bed } from "../pbft.fixture.ts";

const D1 = "d1".repeat(32);
const D2 = "d2".repeat(32);

function spoilt(frame: Uint8Array): Uint8Array {
  const bytes = frame.slice();
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  return bytes;
}

function rejectedBecause(backup: Bed): readonly string[] {
  return Object.keys(backup.core.status().rejected);
}

test("refused: VIEW-CHANGEs for another view", () => {
  const backup = new Bed(2);
  const viewChanges = [0, 1, 3].map((by) => backup.viewChange(by, { view: 5 }));
  backup.receive(1, backup.newView(1, { view: 1, viewChanges, chosen: [] }));
  assert.deepEqual(rejectedBecause(backup), ["NEW-VIEW:VIEW-CHANGE for another view"]);
});

test("refused: a VIEW-CHANGE that is known, under another signature", () => {
  const backup = new Bed(2);
  const [of0, of1, of3] = [0, 1, 3].map((by) => backup.viewChange(by, { view: 1 }));
  assert.ok(of0 && of1 && of3);
  backup.receive(0, of0);
  const viewChanges = [spoilt(of0), of1, of3];
  backup.receive(1, backup.newView(1, { view: 1, viewChanges, chosen: [] }));
  assert.deepEqual(rejectedBecause(backup), ["NEW-VIEW:VIEW-CHANGE signature"]);
});

test("refused: a false certificate beside a true one for another digest in the same view", () => {
  const backup = new Bed(2);
  const vote = { view: 0, sequence: 1, digest: D2 };
  const truth = backup.certificate(vote, [1, 2]);
  const lie = backup.certificate({ ...vote, digest: D1 }, [1, 2]);
  const forged = { ...lie, prepares: lie.prepares.map(spoilt) };
  const viewChanges = [
    backup.viewChange(0, { view: 1, prepared: [truth] }),
    backup.viewChange(3, { view: 1, prepared: [forged] }),
    backup.viewChange(1, { view: 1 }),
  ];
  const chosen = [{ sequence: 1, digest: D1 }];
  backup.receive(1, backup.newView(1, { view: 1, viewChanges, chosen }));
  assert.deepEqual(rejectedBecause(backup), ["NEW-VIEW:VIEW-CHANGE certificate"]);
});

test("its base is stable first, and the log that this rewrites still tells of the view", () => {
  const backup = new Bed(2);
  for (let sequence = 1; sequence <= 4; sequence++) backup.execute(sequence);
  const before = backup.disk.length;
  const { d } = backup.audited("checkpoint")[0] ?? { d: "" };
  const checkpoints = [0, 1, 3].map((by) => backup.checkpoint(by, 4, d));
  const claims = { view: 1, stable: 4, checkpoints };
  const viewChanges = [0, 1, 3].map((by) => backup.viewChange(by, claims));
  backup.receive(1, backup.newView(1, { view: 1, viewChanges, chosen: [] }));
  assert.ok(backup.disk.length < before, "the log was written anew");
  backup.restart();
  const { view, active, stable, lastExec } = backup.core.status();
  assert.deepEqual(
    { view, active, stable, lastExec },
    { view: 1, active: true, stable: 4, lastExec: 4 },
  );
});

test("the new primary charges a refuted VIEW-CHANGE to its author, verification by verification", () => {
  const { timers } = new Bed(1).cluster;
  const primary = new Bed(1, { timers: { ...timers, statusMs: 4 } });
  const certificates = [1, 2, 3, 4].map((sequence) =>
    primary.certificate({ view: 0, sequence, digest: D1 }, [2, 3]),
  );
  const prepared = certificates.map((certificate, index) =>
    index < 3 ? certificate : { ...certificate, prepares: certificate.prepares.map(spoilt) },
  );
  primary.receive(3, primary.viewChange(3, { view: 1, prepared }));
  primary.receive(2, primary.viewChange(2, { view: 1 }));
  assert.equal(primary.core.status().rejected["VIEW-CHANGE:certificate"], 1);
  primary.receive(3, primary.prepare(3, { view: 1, sequence: 1, digest: D1 }));
  assert.equal(primary.core.status().rejected["frame:rate"], 1);
});
