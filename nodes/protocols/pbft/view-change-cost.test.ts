import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { quorumSize } from "../quorum.ts";
import { viewChangeVerifications } from "./claim-verifier.ts";
import { Bed } from "./pbft.fixture.ts";

const D1 = "d1".repeat(32);
const D2 = "d2".repeat(32);

interface Size {
  readonly replicas: number;
  readonly faultsMax: number;
  readonly window: number;
}

class Replica extends Bed {
  constructor(id: number, size: Size) {
    super(id, { ...size, checkpointInterval: size.window / 2 });
  }

  /** Certificates of the whole window, prepared in `view` by the first Q replicas. */
  wholeWindow(view: number, digest = D1) {
    const backups = Array.from({ length: quorumSize(this.cluster) }, (_, replica) => replica);
    const { window, replicas } = this.cluster;
    const others = backups.filter((replica) => replica !== view % replicas);
    const signers = others.slice(0, quorumSize(this.cluster) - 1);
    return Array.from({ length: window }, (_, index) =>
      this.certificate({ view, sequence: index + 1, digest }, signers),
    );
  }
}

function forged(certificate: ReturnType<Bed["certificate"]>): ReturnType<Bed["certificate"]> {
  const prepares = certificate.prepares.map((frame) => frame.slice());
  const last = prepares.at(-1);
  if (last) last[last.length - 1] = (last.at(-1) ?? 0) ^ 1;
  return { ...certificate, prepares };
}

describe("what a view change costs (1.9)", () => {
  test.each([
    { replicas: 4, faultsMax: 1, window: 256 },
    { replicas: 10, faultsMax: 3, window: 64 },
    { replicas: 31, faultsMax: 10, window: 16 },
  ])("Q honest VIEW-CHANGEs of a full window at n=$replicas fit the bound", (size) => {
    const primary = new Replica(1, size);
    const prepared = primary.wholeWindow(0);
    const quorum = quorumSize(size);
    for (let by = 2; by <= quorum; by++) {
      primary.receive(by, primary.viewChange(by, { view: 1, prepared }));
    }
    const { view, active } = primary.core.status();
    assert.deepEqual([view, active], [1, true]);
    const { window } = size;
    assert.equal(primary.verifications, quorum - 1 + window * quorum, "each frame once");
    assert.ok(primary.verifications < viewChangeVerifications(size));
  });

  test.each([
    { replicas: 4, faultsMax: 1, window: 256 },
    { replicas: 31, faultsMax: 10, window: 16 },
  ])(
    "valid old certificates for ever higher views cost one signature each at n=$replicas",
    (size) => {
      const backup = new Replica(1, size);
      const prepared = backup.wholeWindow(0);
      for (let view = 1; view <= 20; view++) {
        backup.receive(3, backup.viewChange(3, { view, prepared }));
      }
      assert.ok(backup.verifications <= 4, `${backup.verifications} in one STATUS period`);
    },
  );

  test("no certificate is verified twice, in whatever view it comes again", () => {
    const size = { replicas: 4, faultsMax: 1, window: 16 };
    const backup = new Replica(0, size);
    const prepared = backup.wholeWindow(0);
    const costs = [1, 2].map((view) => {
      backup.now += 1000;
      const before = backup.verifications;
      const viewChanges = [1, 2, 3].map((by) => backup.viewChange(by, { view, prepared }));
      const chosen = prepared.map((_, index) => ({ sequence: index + 1, digest: D1 }));
      backup.receive(view, backup.newView(view, { view, viewChanges, chosen }));
      assert.equal(backup.core.status().view, view);
      return backup.verifications - before;
    });
    // NEW-VIEW, V and O anew each time; the 16 certificates once.
    assert.deepEqual(costs, [1 + 3 + 16 + 16 * 3, 1 + 3 + 16]);
  });
});

describe("claims that do not hold (1.9)", () => {
  const size = { replicas: 4, faultsMax: 1, window: 8 };

  test("the new primary leaves their author out and leads the view with the others", () => {
    const primary = new Replica(1, size);
    const lie = forged(primary.certificate({ view: 0, sequence: 1, digest: D2 }, [2, 3]));
    primary.receive(3, primary.viewChange(3, { view: 1, prepared: [lie] }));
    primary.receive(2, primary.viewChange(2, { view: 1 }));
    assert.equal(primary.core.status().active, false);
    assert.equal(primary.core.status().rejected["VIEW-CHANGE:certificate"], 1);
    primary.receive(0, primary.viewChange(0, { view: 1 }));
    assert.equal(primary.core.status().active, true);
    assert.deepEqual(primary.audited("newview")[0]?.from, [1, 2, 0]);
  });

  test("a true claim with a forged certificate harms nobody who also sees a good one", () => {
    const backup = new Replica(1, size);
    const view = 2;
    const certificate = backup.certificate({ view: 0, sequence: 1, digest: D1 }, [1, 2]);
    const viewChanges = [
      backup.viewChange(3, { view, prepared: [forged(certificate)] }),
      backup.viewChange(2, { view, prepared: [certificate] }),
      backup.viewChange(0, { view }),
    ];
    const chosen = [{ sequence: 1, digest: D1 }];
    backup.receive(2, backup.newView(2, { view, viewChanges, chosen }));
    assert.deepEqual([backup.core.status().view, backup.core.status().active], [2, true]);
  });

  test("a backup refuses the NEW-VIEW that rests on one", () => {
    const backup = new Replica(1, size);
    const view = 2;
    const lie = forged(backup.certificate({ view: 0, sequence: 1, digest: D2 }, [2, 3]));
    const viewChanges = [0, 2].map((by) => backup.viewChange(by, { view }));
    viewChanges.push(backup.viewChange(3, { view, prepared: [lie] }));
    const chosen = [{ sequence: 1, digest: D2 }];
    backup.receive(2, backup.newView(2, { view, viewChanges, chosen }));
    assert.equal(backup.core.status().view, 0);
    assert.equal(backup.core.status().rejected["NEW-VIEW:VIEW-CHANGE certificate"], 1);
  });

  test("a base without a proof that holds is refused, and a lower claim needs none", () => {
    const backup = new Replica(1, size);
    const view = 2;
    const proof = [0, 2, 3].map((by) => backup.checkpoint(by, 4, D1));
    const bad = proof.map((frame) => {
      const bytes = frame.slice();
      bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
      return bytes;
    });
    const offer = (checkpoints: readonly Uint8Array[]) => {
      const viewChanges = [0, 2].map((by) => backup.viewChange(by, { view }));
      viewChanges.push(backup.viewChange(3, { view, stable: 4, checkpoints }));
      return backup.newView(2, { view, viewChanges, chosen: [] });
    };
    backup.receive(2, offer(bad));
    assert.equal(backup.core.status().rejected["NEW-VIEW:VIEW-CHANGE checkpoint proof"], 1);
    backup.now += 1000;
    backup.receive(2, offer(proof));
    assert.deepEqual([backup.core.status().view, backup.core.status().stable], [2, 4]);
  });
});
