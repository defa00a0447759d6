import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { passedOff } from "../../../faults/byzantine/forgeries/passed-off.ts";
import { quorumSize } from "../quorum.ts";
import { Writer } from "../wire/codec.ts";
import { SIGNED, sizesOf, viewChangeVerifications } from "./message-sizes.ts";
import { type CertificateFrames, encodeNewView, NEW_VIEW, VIEW_CHANGE } from "./messages.ts";
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

function forged(certificate: CertificateFrames): CertificateFrames<Uint8Array> {
  const prepares = certificate.prepares.map((frame) => frame.slice());
  const last = prepares.at(-1);
  if (last) last[last.length - 1] = (last.at(-1) ?? 0) ^ 1;
  return { ...certificate, prepares };
}

describe("what a view change costs (protocols §9.4)", () => {
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

describe("claims that do not hold (protocols §9.4, §9.5)", () => {
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

  test("whoever's claim is tried and false is a liar, though another's proves the digest", () => {
    const view = 2;
    const primary = new Replica(view, size);
    const certificate = primary.certificate({ view: 0, sequence: 1, digest: D1 }, [1, 2]);
    const lie = primary.viewChange(3, { view, prepared: [forged(certificate)] });
    const truth = primary.viewChange(1, { view, prepared: [certificate] });
    const silence = primary.viewChange(0, { view });
    primary.receive(3, lie);
    primary.receive(1, truth);
    assert.equal(primary.core.status().rejected["VIEW-CHANGE:certificate"], 1);
    primary.receive(0, silence);
    assert.deepEqual(primary.audited("newview")[0]?.from, [view, 1, 0]);
    // Backups agree: it depends on the order in V, which the NEW-VIEW carries.
    const accepts = (viewChanges: readonly Uint8Array[]) => {
      const backup = new Replica(1, size);
      const chosen = [{ sequence: 1, digest: D1 }];
      backup.receive(view, backup.newView(view, { view, viewChanges, chosen }));
      return backup.core.status().view === view;
    };
    assert.deepEqual(
      [accepts([lie, truth, silence]), accepts([truth, lie, silence])],
      [false, true],
    );
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

/** A payload of `certificates` with `each` empty PREPAREs, in a VIEW-CHANGE that is well signed. */
function emptyBlobs(bed: Bed, certificates: number, each: number): Uint8Array {
  const writer = new Writer(1024).u64(1).u64(0).u32(0).u32(certificates);
  for (let done = 0; done < certificates; done++) {
    writer.u32(0).u32(each);
    for (let blob = 0; blob < each; blob++) writer.u32(0);
  }
  return bed.envelopes(3).seal({ type: VIEW_CHANGE, payload: writer.finish() }, "all");
}

describe("what is larger than any honest one (protocols §9.2)", () => {
  const size = { replicas: 4, faultsMax: 1, window: 8 };

  test("is refused as VIEW-CHANGE and NEW-VIEW before a signature is verified", () => {
    const backup = new Replica(2, size);
    backup.receive(3, emptyBlobs(backup, 40, 1023));
    const padded = new Uint8Array(sizesOf(size, SIGNED).newView);
    backup.receive(1, backup.newView(1, { view: 1, viewChanges: [padded], chosen: [] }));
    const { rejected } = backup.core.status();
    assert.deepEqual(rejected, { "VIEW-CHANGE:too large": 1, "NEW-VIEW:too large": 1 });
    assert.equal(backup.verifications, 0);
  });

  test("is refused inside a NEW-VIEW", () => {
    const backup = new Replica(2, size);
    const inner = emptyBlobs(backup, 4, Math.ceil(sizesOf(size, SIGNED).viewChange / 16));
    backup.receive(1, backup.newView(1, { view: 1, viewChanges: [inner], chosen: [] }));
    assert.equal(backup.core.status().rejected["NEW-VIEW:VIEW-CHANGE too large"], 1);
  });

  test.each([
    ["certificates", 9, 0],
    ["PREPAREs", 1, 3],
  ])("a list of too many %s is malformed", (_, certificates, each) => {
    const backup = new Replica(2, size);
    backup.receive(3, emptyBlobs(backup, certificates, each));
    assert.equal(backup.core.status().rejected["VIEW-CHANGE:malformed"], 1);
  });

  test("lists of a NEW-VIEW are as short as V and O", () => {
    const backup = new Replica(2, size);
    const none = new Uint8Array(0);
    for (const [ofV, ofO] of [
      [4, 0],
      [0, 9],
    ] as const) {
      const viewChanges = Array.from({ length: ofV }, () => none);
      const prePrepares = Array.from({ length: ofO }, () => none);
      const payload = encodeNewView(passedOff({ view: 1, viewChanges, prePrepares }));
      backup.receive(1, backup.envelopes(1).seal({ type: NEW_VIEW, payload }, "all"));
      backup.now += 1000;
    }
    assert.equal(backup.core.status().rejected["NEW-VIEW:malformed"], 2);
  });

  test("one voter more than a certificate or a stable proof needs, or a padded vote, is refused", () => {
    const backup = new Replica(2, size);
    const vote = { view: 0, sequence: 1, digest: D1 };
    const padded = (frame: Uint8Array) => {
      const signed = backup.envelopes(0).open(frame)?.content ?? frame;
      return new Writer(256).blob(signed).u16(100).raw(new Uint8Array(100)).finish();
    };
    const good = backup.certificate(vote, [1, 2]);
    const proof = [0, 1, 2, 3].map((by) => backup.checkpoint(by, 4, D1));
    const claims = [
      { prepared: [backup.certificate(vote, [1, 2, 3])] },
      { prepared: [{ ...good, prePrepare: padded(good.prePrepare) }] },
      { prepared: [{ ...good, prepares: good.prepares.map(padded) }] },
      { stable: 4, checkpoints: proof },
      { stable: 4, checkpoints: proof.slice(1).map(padded) },
    ];
    for (const claim of claims) {
      backup.receive(3, backup.viewChange(3, { view: 1, ...claim }));
      backup.now += 1000;
    }
    assert.deepEqual(backup.core.status().rejected, {
      "VIEW-CHANGE:malformed": 2,
      "VIEW-CHANGE:certificate": 2,
      "VIEW-CHANGE:checkpoint proof": 1,
    });
  });
});

describe("what reading costs is charged to who brings it (protocols §12.2)", () => {
  const size = { replicas: 4, faultsMax: 1, window: 256 };

  test("a full VIEW-CHANGE uses up its period, small ones do not", () => {
    const backup = new Replica(1, size);
    const prepared = backup.wholeWindow(0);
    for (const view of [1, 2]) backup.receive(3, backup.viewChange(3, { view, prepared }));
    for (const view of [1, 2]) backup.receive(2, backup.viewChange(2, { view: view + 1 }));
    assert.equal(backup.core.status().rejected["VIEW-CHANGE:rate"], 1);
  });

  test("NEW-VIEWs are read so many a period, and a false one counts for its size as well", () => {
    const backup = new Replica(2, { replicas: 4, faultsMax: 1, window: 8 });
    const unsigned = (view: number) => {
      const frame = backup.newView(1, { view, viewChanges: [], chosen: [] });
      frame[frame.length - 1] = (frame.at(-1) ?? 0) ^ 1;
      return frame;
    };
    backup.receive(3, unsigned(1), unsigned(5), unsigned(9));
    assert.equal(backup.verifications, 2);
    assert.equal(backup.core.status().rejected["NEW-VIEW:rate"], 1);
    for (const view of [1, 5]) {
      backup.receive(1, backup.newView(1, { view, viewChanges: [], chosen: [] }));
    }
    assert.equal(backup.verifications, 3, "the second is not even verified");
    assert.equal(backup.core.status().rejected["NEW-VIEW:rate"], 2);
  });
});

describe("claims false in their last signature only (protocols §9.5)", () => {
  test.each([
    { replicas: 4, faultsMax: 1, window: 64 },
    { replicas: 10, faultsMax: 3, window: 32 },
  ])("cost a liar one certificate at n=$replicas, and the bound holds", (size) => {
    const primary = new Replica(1, size);
    const good = primary.wholeWindow(0);
    const quorum = quorumSize(size);
    const { replicas, faultsMax, window } = size;
    for (let by = replicas - faultsMax; by < replicas; by++) {
      primary.receive(by, primary.viewChange(by, { view: 1, prepared: good.map(forged) }));
    }
    let newView: Uint8Array | undefined;
    for (const by of Array.from({ length: replicas - faultsMax }, (_, id) => id)) {
      if (by === 1) continue;
      const sent = primary.receive(by, primary.viewChange(by, { view: 1, prepared: good }));
      newView ??= sent.find(({ type }) => type === NEW_VIEW)?.bytes;
    }
    assert.ok(newView, "the view is led");
    const wasted = primary.verifications - (replicas - 1 + window * quorum);
    assert.ok(wasted <= faultsMax * quorum, `${wasted} for ${faultsMax} liars`);
    const backup = new Replica(2, size);
    backup.receive(1, newView);
    assert.equal(backup.core.status().view, 1);
    const spent = primary.verifications + backup.verifications;
    assert.ok(spent <= viewChangeVerifications(size), `${spent}`);
  });
});
