import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { NULL_DIGEST } from "../contract/audit.ts";
import { clientId } from "../contract/core.ts";
import { REPLY, REQUEST } from "../wire/request.ts";
import { encodeCheckpoint, encodeStatus, encodeViews, FETCH_BODY, STATUS } from "./messages.ts";
import { ALICE, Bed, BOB, HOST, types } from "./pbft.fixture.ts";

/** Where an envelope names its sender. */
const SENDER_AT = 27;
const OTHER_HOST = clientId({ host: 1, index: 0 });
const D1 = "d1".repeat(32);

/** What the liar's channel may cost in one STATUS period, of each kind, at n = 4. */
const SHARE = 300;

function broken(frame: Uint8Array): Uint8Array {
  const bytes = frame.slice();
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  return bytes;
}

function verificationsOf(bed: Bed, work: () => void): number {
  const before = bed.verifications;
  work();
  return bed.verifications - before;
}

function status(bed: Bed, by: number): Uint8Array {
  const slots = new Uint8Array(0);
  const part = encodeViews([0, 0, 0, 0]);
  return bed.envelopes(by).seal(
    {
      type: STATUS,
      payload: encodeStatus({
        view: 0,
        active: true,
        stable: 0,
        lastExec: 0,
        part,
        slots,
      }),
    },
    "all",
  );
}

describe("who pays (protocols §12.2)", () => {
  test("VIEW-CHANGE garbage in the names of all others keeps no view from starting", () => {
    const primary = new Bed(1);
    for (let count = 0; count < 100; count++) {
      for (const by of [0, 2]) {
        primary.receive(3, broken(primary.viewChange(by, { view: 1 + count })));
      }
    }
    for (const by of [0, 2]) primary.receive(by, primary.viewChange(by, { view: 1 }));
    assert.deepEqual([primary.core.status().view, primary.core.status().active], [1, true]);
  });

  test("NEW-VIEW garbage in the primary's name keeps its true one from nobody", () => {
    const backup = new Bed(1);
    const view = 2;
    const viewChanges = [0, 2, 3].map((by) => backup.viewChange(by, { view }));
    const frame = backup.newView(2, { view, viewChanges, chosen: [] });
    for (let count = 0; count < 100; count++) backup.receive(3, broken(frame));
    backup.receive(2, frame);
    assert.equal(backup.core.status().view, 2);
  });

  test("votes in others' names cost the liar's share and nobody else's", () => {
    const backup = new Bed(1);
    const cost = verificationsOf(backup, () => {
      for (let count = 0; count < 5_000; count++) {
        const vote = { view: 0, sequence: 1 + (count % 8), digest: D1 };
        backup.receive(3, broken(backup.prepare(2, vote)), broken(backup.commit(0, vote)));
      }
    });
    assert.equal(cost, SHARE);
    backup.execute(1);
    backup.now += 150;
    assert.equal(backup.core.status().lastExec, 1, "the others are heard");
  });

  test("an allowance comes back with the next period, less what is still owed", () => {
    const backup = new Bed(1);
    const garbage = broken(backup.prepare(3, { view: 0, sequence: 1, digest: D1 }));
    const flood = () => {
      for (let count = 0; count < 1_000; count++) backup.receive(3, garbage);
    };
    assert.equal(verificationsOf(backup, flood), SHARE);
    assert.equal(verificationsOf(backup, flood), 0);
    backup.now += 150;
    assert.equal(verificationsOf(backup, flood), SHARE);
  });

  test("valid COMMITs without end, for other views and digests, cost one share", () => {
    const backup = new Bed(1);
    const cost = verificationsOf(backup, () => {
      for (let count = 0; count < 3_000; count++) {
        const vote = { view: count, sequence: 1 + (count % 8), digest: D1 };
        backup.receive(3, backup.commit(3, vote));
      }
    });
    assert.ok(cost <= SHARE + 8, `${cost} verifications`);
    backup.execute(1);
    assert.equal(backup.core.status().lastExec, 1);
  });

  test("valid CHECKPOINTs without end cost one share", () => {
    const backup = new Bed(1);
    const cost = verificationsOf(backup, () => {
      for (let count = 1; count <= 3_000; count++) {
        backup.receive(3, backup.checkpoint(3, 4 * count, D1));
      }
    });
    assert.equal(cost, SHARE);
    for (const by of [0, 2]) backup.receive(by, backup.checkpoint(by, 4, D1));
    backup.receive(0, backup.checkpoint(3, 4, D1));
    assert.equal(backup.core.status().stable, 4, "the liar's own vote counts, too");
  });

  test("votes again, and votes that cannot matter any more, cost nothing", () => {
    const backup = new Bed(1);
    const vote = backup.execute(1);
    const cost = verificationsOf(backup, () => {
      for (let count = 0; count < 100; count++) {
        backup.receive(0, backup.commit(0, vote));
        backup.receive(2, backup.prepare(2, vote));
        backup.receive(3, backup.commit(3, { ...vote, view: 9 }));
      }
    });
    assert.equal(cost, 0);
  });

  test("STATUS is answered four times a period, and more of it not even verified", () => {
    const backup = new Bed(1);
    const cost = verificationsOf(backup, () => {
      for (let count = 0; count < 100; count++) backup.receive(3, status(backup, 3));
    });
    assert.equal(cost, 4);
  });

  test("a bad client of the host costs its other clients nothing", () => {
    const backup = new Bed(1);
    const cost = verificationsOf(backup, () => {
      for (let t = 1; t <= 1_000; t++) backup.receive(HOST, broken(backup.request(BOB, t)));
    });
    assert.equal(cost, SHARE);
    assert.deepEqual(types(backup.receive(HOST, backup.request(ALICE, 1))), [REQUEST]);
  });

  test("a client host pays twice a share, however many clients it names", () => {
    const backup = new Bed(1);
    const frame = broken(backup.request(ALICE, 1));
    const sender = new DataView(frame.buffer, frame.byteOffset + SENDER_AT);
    const cost = verificationsOf(backup, () => {
      for (let index = 1; index <= 1_000; index++) {
        sender.setUint32(0, clientId({ host: 0, index }));
        for (let copy = 0; copy < 3; copy++) backup.receive(HOST, frame);
      }
    });
    assert.equal(cost, 2 * SHARE);
    backup.now += 150;
    assert.deepEqual(types(backup.receive(HOST, backup.request(ALICE, 1))), [REQUEST]);
  });

  test("COMMITs below the log are not even verified", () => {
    const backup = new Bed(1);
    for (const by of [0, 2, 3]) backup.receive(by, backup.checkpoint(by, 4_000, D1));
    const cost = verificationsOf(backup, () => {
      for (let sequence = 1; sequence <= 3_968; sequence++) {
        backup.receive(3, backup.commit(3, { view: 0, sequence, digest: D1 }));
      }
    });
    assert.equal(cost, 0);
  });
});

describe("answers (protocols §12.4)", () => {
  const MIB = 1_048_576;

  function asking(operationBytes: number) {
    const backup = new Bed(1);
    const batch = backup.batch(backup.request(ALICE, 1, "x".repeat(operationBytes)));
    backup.receive(0, backup.prePrepare(0, { view: 0, sequence: 1 }, batch));
    const name = encodeCheckpoint({ sequence: 1, digest: batch.digest });
    const question = backup.envelopes(3).seal({ type: FETCH_BODY, payload: name }, "all");
    const ask = () => {
      const sent = Array.from({ length: 100 }, () => backup.receive(3, question)).flat();
      return sent.reduce((sum, { bytes }) => sum + bytes.length, 0);
    };
    return { backup, ask };
  }

  test("bodies are charged by their length, and come again in the next period", () => {
    const { backup, ask } = asking(2 * MIB);
    const [first, now] = [ask(), ask()];
    assert.ok(first >= 4 * MIB && first <= 18 * MIB, `${first} bytes`);
    assert.equal(now, 0);
    backup.now += 150;
    assert.ok(ask() >= 4 * MIB);
  });

  test("short bodies are answered so many times a period, and no more is verified", () => {
    const { backup, ask } = asking(1);
    assert.equal(verificationsOf(backup, ask), 64);
  });
});

describe("repeated requests (protocols §5.1, §12.4)", () => {
  test.each([
    ["executed", true, [REPLY]],
    ["waiting", false, [REQUEST]],
  ])(
    "garbage of another host in a client's name leaves it its own: %s",
    (_, isExecuted, answer) => {
      const backup = new Bed(1);
      backup.receive(HOST, backup.request(ALICE, 1));
      if (isExecuted) backup.execute(1);
      const garbage = broken(backup.request(ALICE, 1));
      for (let copy = 0; copy < 100; copy++) backup.receive(OTHER_HOST, garbage);
      assert.deepEqual(types(backup.receive(HOST, backup.request(ALICE, 1))), answer);
    },
  );

  test.each([
    ["its client", HOST, 2],
    ["a replica", 3, 16],
  ])("an executed request that %s sends for ever costs a few replies", (_, from, answers) => {
    const backup = new Bed(1);
    backup.receive(HOST, backup.request(ALICE, 1));
    backup.execute(1);
    let replies = 0;
    const cost = verificationsOf(backup, () => {
      for (let count = 0; count < 1_000; count++) {
        replies += backup.receive(from, backup.request(ALICE, 1)).length;
      }
    });
    assert.deepEqual([replies, cost], [answers, answers]);
    backup.now += 150;
    assert.deepEqual(types(backup.receive(HOST, backup.request(ALICE, 1))), [REPLY]);
  });

  test("one that waits is forwarded twice a period at most, and never verified again", () => {
    const backup = new Bed(1);
    backup.receive(HOST, backup.request(ALICE, 1));
    let forwarded = 0;
    const cost = verificationsOf(backup, () => {
      for (let count = 0; count < 1_000; count++) {
        forwarded += backup.receive(HOST, backup.request(ALICE, 1)).length;
      }
    });
    assert.deepEqual([forwarded, cost], [2, 0]);
  });

  test("one that a replica brings is forwarded to the primary once", () => {
    const backup = new Bed(1);
    const frame = backup.request(ALICE, 1);
    const [forwarded] = backup.receive(3, frame);
    assert.deepEqual([forwarded?.to, forwarded?.type], [0, REQUEST]);
    assert.deepEqual(backup.receive(3, frame), [], "two backups do not pass it on for ever");
    assert.deepEqual(backup.receive(2, frame), []);
  });

  test("what is forwarded again is what the client signed, not what came last", () => {
    const backup = new Bed(1);
    const frame = backup.request(ALICE, 1);
    backup.receive(HOST, frame);
    const [forwarded] = backup.receive(HOST, broken(frame));
    assert.deepEqual(forwarded?.bytes, frame);
  });
});

describe("what a peer can make a replica write (protocols §12.6)", () => {
  test("one line of evidence for each (v,n), however many PRE-PREPAREs the primary signs", () => {
    const backup = new Bed(1);
    const first = { view: 0, sequence: 1 };
    backup.receive(0, backup.prePrepare(0, first, backup.batch(backup.request(ALICE, 1))));
    const cost = verificationsOf(backup, () => {
      for (let t = 2; t < 200; t++) {
        backup.receive(0, backup.prePrepare(0, first, backup.batch(backup.request(ALICE, t))));
      }
    });
    assert.equal(backup.audited("evidence").length, 1);
    assert.equal(cost, 1);
  });

  test("rejections are told at the first, second, fourth ... time, with their number", () => {
    const backup = new Bed(1);
    for (let count = 0; count < 1_000; count++) {
      backup.receive(3, Uint8Array.of(1));
      backup.receive(2, backup.prepare(0, { view: 0, sequence: 1, digest: NULL_DIGEST }));
    }
    const lines = backup.audited("reject");
    assert.equal(lines.length, 20);
    assert.equal(lines.at(-1)?.count, 512);
    assert.equal(backup.core.status().rejected["frame:malformed"], 1_000);
    assert.deepEqual(new Set(lines.map(({ from }) => from)), new Set([3, 2]));
  });
});
