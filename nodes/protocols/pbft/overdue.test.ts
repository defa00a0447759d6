/** What is prepared, not executed, and asked for by nobody (protocols §10.2). */
import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { kv } from "../../services/kv.ts";
import { REQUEST } from "../wire/request.ts";
import { Cluster } from "./cluster.fixture.ts";
import { BODY, encodeCheckpoint, PRE_PREPARE } from "./messages.ts";
import { ALICE, Bed, BOB, HOST, type Sent } from "./pbft.fixture.ts";

class Backup extends Bed {
  /** Prepares a batch of Alice's, who has told others alone, and waits until it is overdue. */
  prepared(): void {
    const batch = this.batch(this.request(ALICE, 1));
    const vote = { view: 0, sequence: 1, digest: batch.digest };
    this.receive(0, this.prePrepare(0, vote, batch));
    this.receive(2, this.prepare(2, vote));
    this.statusAfter(150);
  }

  /** Executes it, which r2 and r3 let it, as they say. */
  executed(): void {
    this.prepared();
    const vote = { view: 0, sequence: 1, digest: this.batch(this.request(ALICE, 1)).digest };
    for (const by of [2, 3]) this.receive(by, this.commit(by, vote));
    assert.equal(this.core.status().lastExec, 1);
  }

  statusAfter(ms: number): Sent[] {
    this.now += ms;
    this.timers.set("status", 0);
    return this.fire("status");
  }

  get isActive(): boolean {
    return this.core.status().active;
  }
}

describe("the view is left for it", () => {
  test("once the others are heard, of whom no W have executed more", () => {
    const backup = new Backup(1);
    backup.prepared();
    backup.told(1, 0);
    backup.told(0, 2);
    backup.fire("request");
    assert.equal(backup.isActive, false);
  });

  test("not while too few are heard to enter another one with", () => {
    const backup = new Backup(1);
    backup.prepared();
    backup.told(0, 2);
    for (let again = 0; again < 5; again += 1) backup.fire("request");
    assert.equal(backup.isActive, true);
    backup.told(0, 0, 2, 3);
    backup.now += 1_000;
    for (let again = 0; again < 5; again += 1) backup.fire("request");
    assert.equal(backup.isActive, true, "they were heard too long ago");
  });

  test("not while W others have executed more: it will learn that from them", () => {
    const backup = new Backup(1);
    backup.prepared();
    for (let again = 0; again < 5; again += 1) {
      backup.told(1, 0, 2);
      backup.fire("request");
    }
    assert.equal(backup.isActive, true);
  });

  test("at once if a client waits, too", () => {
    const backup = new Backup(1);
    backup.prepared();
    backup.receive(HOST, backup.request(BOB, 1));
    backup.fire("request");
    assert.equal(backup.isActive, false);
  });
});

describe("the view is left for what was executed", () => {
  test("while W others say that they have not", () => {
    const backup = new Backup(1);
    backup.executed();
    backup.told(0, 2, 3);
    backup.statusAfter(150);
    backup.told(0, 2, 3);
    backup.fire("request");
    assert.equal(backup.isActive, false);
  });

  test("not where one other has not: it can be told by the rest, or it lies", () => {
    const backup = new Backup(1);
    backup.executed();
    backup.told(0, 3);
    backup.told(1, 2);
    backup.statusAfter(150);
    assert.equal(backup.timers.has("request"), false);
  });

  test("not for what was said long ago", () => {
    const backup = new Backup(1);
    backup.executed();
    backup.told(0, 2, 3);
    backup.statusAfter(301);
    assert.equal(backup.timers.has("request"), false);
  });

  /** Found overdue by what they said before, where the time-out is shorter than a period. */
  function found(): Backup {
    const timers = { requestMs: 100, statusMs: 150, clientMs: 400, clientCapMs: 2_000 };
    const backup = new Backup(1, { timers });
    backup.executed();
    backup.now += 140;
    backup.told(0, 2, 3);
    backup.statusAfter(10);
    assert.equal(backup.timers.get("request"), 100);
    return backup;
  }

  test("not before W have said so again: what they said before may be old by now", () => {
    const backup = found();
    backup.fire("request");
    backup.told(0, 2);
    backup.fire("request");
    assert.equal(backup.isActive, true);
    backup.told(0, 3);
    backup.fire("request");
    assert.equal(backup.isActive, false, "r2 need not say so within the same time-out as r3");
  });

  test("not once they have said that they have, though no STATUS was due here since", () => {
    const backup = found();
    backup.told(1, 2, 3);
    backup.fire("request");
    assert.equal(backup.isActive, true);
  });

  test("no more once they have", () => {
    const backup = new Backup(1);
    backup.executed();
    backup.told(0, 2, 3);
    backup.statusAfter(150);
    assert.equal(backup.timers.has("request"), true);
    backup.told(1, 2, 3);
    backup.statusAfter(150);
    assert.equal(backup.timers.has("request"), false);
  });
});

describe("it is no request that waits", () => {
  /** r1 leads view 1, which chose 1 and 2, and has a body of 2 that its client never signed. */
  function leading(): { readonly bed: Bed; readonly later: (ms: number) => Sent[] } {
    const bed = new Backup(1);
    const good = bed.request(ALICE, 1);
    const forged = good.slice();
    forged[forged.length - 1] = (forged[forged.length - 1] ?? 0) ^ 1;
    const [first, second] = [bed.batch(bed.request(BOB, 1)), bed.batch(forged)];
    const prepared = [first, second].map(({ digest }, index) =>
      bed.certificate({ view: 0, sequence: index + 1, digest }, [2, 3]),
    );
    for (const by of [0, 2, 3]) bed.receive(by, bed.viewChange(by, { view: 1, prepared }));
    const payload = encodeCheckpoint({ sequence: 2, digest: second.digest });
    bed.receive(3, bed.envelopes(3).seal({ type: BODY, payload }, "all", second.bytes));
    const vote = { view: 1, sequence: 2, digest: second.digest };
    for (const by of [0, 2]) bed.receive(by, bed.prepare(by, vote));
    assert.equal(bed.audited("prepared").length, 1);
    return { bed, later: (ms) => bed.statusAfter(ms) };
  }

  test("a primary does not propose it again, whatever its copy shows", () => {
    const { bed, later } = leading();
    const sent = later(150);
    assert.equal(bed.timers.has("request"), true);
    assert.deepEqual(
      sent.filter(({ type }) => type === PRE_PREPARE),
      [],
    );
  });

  test("nobody forwards it to the next primary; what its client asks for here waits as ever", () => {
    const backup = new Backup(1);
    backup.prepared();
    const enter = (view: number, by: number) => {
      const viewChanges = [0, 2, 3].map((each) => backup.viewChange(each, { view }));
      return backup.receive(by, backup.newView(by, { view, viewChanges, chosen: [] }));
    };
    assert.deepEqual(
      enter(2, 2).filter(({ type }) => type === REQUEST),
      [],
    );
    backup.receive(HOST, backup.request(ALICE, 1));
    assert.equal(enter(3, 3).filter(({ type }) => type === REQUEST).length, 1);
    assert.equal(backup.core.queues()["requests"], 1);
  });
});

describe("in a cluster whose clients tell the primary alone", () => {
  interface Bad {
    readonly from: number;
    readonly healed: number;
    readonly end: number;
    /** Then r2 dies. */
    readonly dies?: number;
  }

  /** r3 is cut off for some time, in the middle of a batch. */
  function cutOff({ from, healed, end, dies = Number.POSITIVE_INFINITY }: Bad): Cluster {
    const cluster = new Cluster({
      serviceOf: () => kv.create({ argumentBytes: 0, resultBytes: 0 }),
      wire: { latencyMs: 2, bytesPerMs: 100_000 },
    });
    cluster.onWire = ({ from: sender, to, bytes }) => {
      const ends = [sender, to];
      if (cluster.now >= dies && ends.includes(2)) return null;
      const isCut = cluster.now >= from && cluster.now < healed;
      return isCut && ends.includes(3) ? null : bytes;
    };
    for (let at = 100; at < end; at += 10) cluster.at(at, () => cluster.write("k", String(at)));
    cluster.run(() => false, end);
    return cluster;
  }

  const views = (cluster: Cluster) => cluster.cores.map((core) => core.status().view);

  test("who was cut off comes back into the view, and stands in for one that dies then", () => {
    const bad = { from: 504, healed: 3_004, end: 7_000 };
    assert.deepEqual(views(cutOff(bad)), [0, 0, 0, 0]);
    const cluster = cutOff({ ...bad, dies: 3_604 });
    assert.deepEqual(
      [0, 1, 3].map((replica) => views(cluster)[replica]),
      [0, 0, 0],
    );
  });
});
