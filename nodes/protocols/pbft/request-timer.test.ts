import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { NULL_DIGEST } from "../contract/audit.ts";
import { ALICE, Bed, BOB, HOST } from "./pbft.fixture.ts";

/** A backup whose clock and pending request timer move together. */
class Backup extends Bed {
  requestTimerAt(): number | null {
    return this.timers.get("request") ?? null;
  }

  /** Lets time pass; the timer's rest shrinks, as a running timer's does. */
  pass(ms: number): void {
    this.now += ms;
    for (const [id, afterMs] of this.timers) this.timers.set(id, afterMs - ms);
  }

  /** As `pass`, and STATUS is due behind it. */
  statusAfter(ms: number): void {
    this.pass(ms);
    this.timers.set("status", 0);
    this.fire("status");
  }

  ask(client: number, timestamp: number): void {
    this.receive(HOST, this.request(client, timestamp));
  }
}

describe("PBFT §4.5.2, the request timer (protocols §10.2)", () => {
  test("a client that gives up and asks again does not start it anew", () => {
    const backup = new Backup(1);
    for (let t = 1; t <= 4; t++) {
      backup.ask(ALICE, t);
      backup.pass(200);
    }
    assert.equal(backup.requestTimerAt(), 200);
    backup.fire("request");
    assert.equal(backup.core.status().view, 1);
  });

  test("clients that give up after 1 s depose a dead primary after 1.5 s", () => {
    const timers = { requestMs: 1500, statusMs: 150, clientMs: 400, clientCapMs: 2000 };
    const backup = new Backup(1, { timers });
    backup.ask(ALICE, 1);
    backup.ask(BOB, 1);
    backup.pass(1000);
    backup.ask(ALICE, 1001);
    backup.ask(BOB, 1001);
    assert.equal(backup.requestTimerAt(), 500);
  });

  test("its client is served: it starts again, and the newer request goes to the tail", () => {
    const backup = new Backup(1);
    backup.ask(ALICE, 1);
    backup.ask(BOB, 1);
    backup.pass(300);
    backup.ask(ALICE, 2);
    backup.execute(1, ALICE);
    assert.equal(backup.requestTimerAt(), 1000, "Bob is at the head now");
    backup.pass(300);
    // Alice alone is served again: with her old place that would start the timer.
    backup.execute(2, ALICE);
    assert.equal(backup.requestTimerAt(), 700);
  });

  test("a client that always has its next request waiting deposes no primary that serves it", () => {
    const backup = new Backup(1);
    backup.ask(ALICE, 1);
    for (let t = 1; t <= 3; t++) {
      backup.pass(900);
      backup.ask(ALICE, t + 1);
      backup.execute(t, ALICE);
      assert.equal(backup.requestTimerAt(), 1000);
    }
  });

  test("it starts again when a view is entered while requests wait", () => {
    const backup = new Backup(1);
    backup.ask(ALICE, 1);
    backup.pass(900);
    const view = 2;
    const viewChanges = [0, 2, 3].map((by) => backup.viewChange(by, { view }));
    backup.receive(2, backup.newView(2, { view, viewChanges, chosen: [] }));
    assert.equal(backup.core.status().view, 2);
    assert.equal(backup.requestTimerAt(), 1000);
  });

  /** A batch of Alice's, which she has sent to others alone, prepared at number 1. */
  function prepared(backup: Backup): void {
    const batch = backup.batch(backup.request(ALICE, 1));
    const vote = { view: 0, sequence: 1, digest: batch.digest };
    backup.receive(0, backup.prePrepare(0, vote, batch));
    backup.receive(2, backup.prepare(2, vote));
  }

  test("what is prepared and not executed for a STATUS period waits, though nobody asks", () => {
    const backup = new Backup(1);
    prepared(backup);
    assert.equal(backup.requestTimerAt(), null, "it goes its way");
    backup.statusAfter(150);
    assert.equal(backup.requestTimerAt(), 1000);
    backup.statusAfter(150);
    assert.equal(backup.requestTimerAt(), 850, "it is not asked for anew");
  });

  test("what was prepared a moment ago, or is executed, waits for nothing", () => {
    const backup = new Backup(1);
    prepared(backup);
    backup.statusAfter(149);
    assert.equal(backup.requestTimerAt(), null);
    backup.execute(2, BOB);
    const vote = { view: 0, sequence: 1, digest: backup.batch(backup.request(ALICE, 1)).digest };
    for (const by of [0, 2]) backup.receive(by, backup.commit(by, vote));
    assert.equal(backup.core.status().lastExec, 2);
    backup.statusAfter(150);
    assert.equal(backup.requestTimerAt(), null);
  });

  test("a newer request of its client keeps its place and its age", () => {
    const backup = new Backup(1);
    prepared(backup);
    backup.ask(ALICE, 2);
    backup.statusAfter(150);
    assert.equal(backup.requestTimerAt(), 850);
    backup.execute(1, ALICE);
    assert.equal(backup.requestTimerAt(), 1000, "the newer one waits");
  });

  test("what the view gave up for something else at that number waits for nothing", () => {
    const backup = new Backup(1);
    prepared(backup);
    const { digest } = backup.batch(backup.request(BOB, 1));
    const above = backup.certificate({ view: 0, sequence: 2, digest }, [2, 3]);
    const viewChanges = [0, 2, 3].map((by) =>
      backup.viewChange(by, { view: 2, prepared: [above] }),
    );
    const chosen = [
      { sequence: 1, digest: NULL_DIGEST },
      { sequence: 2, digest },
    ];
    backup.receive(2, backup.newView(2, { view: 2, viewChanges, chosen }));
    assert.equal(backup.core.status().active, true);
    backup.statusAfter(150);
    assert.equal(backup.requestTimerAt(), null);
  });

  test("who has left the view waits for nothing of it", () => {
    const backup = new Backup(1);
    prepared(backup);
    for (const by of [2, 3]) {
      backup.receive(by, backup.viewChange(by, { view: 2 }));
    }
    assert.equal(backup.core.status().active, false);
    backup.statusAfter(150);
    assert.equal(backup.requestTimerAt(), null);
  });
});

test("protocols §10.3: Tvc ends when the new view has executed something, whoever still waits", () => {
  const backup = new Backup(1);
  backup.ask(ALICE, 1);
  backup.ask(BOB, 1);
  backup.fire("request");
  const view = 2;
  const viewChanges = [0, 2, 3].map((by) => backup.viewChange(by, { view }));
  for (const [at, by] of [0, 2, 3].entries()) {
    backup.receive(by, viewChanges[at] ?? new Uint8Array(0));
  }
  assert.equal(backup.timers.has("view-change"), true);
  backup.receive(2, backup.newView(2, { view, viewChanges, chosen: [] }));
  assert.equal(backup.core.status().active, true);
  assert.equal(backup.timers.has("view-change"), true, "nothing was executed in it yet");
  const batch = backup.batch(backup.request(ALICE, 1));
  const vote = { view, sequence: 1, digest: batch.digest };
  backup.receive(2, backup.prePrepare(2, vote, batch));
  for (const by of [0, 3]) backup.receive(by, backup.prepare(by, vote));
  for (const by of [0, 2, 3]) backup.receive(by, backup.commit(by, vote));
  assert.equal(backup.core.status().lastExec, 1);
  assert.equal(backup.core.queues()["requests"], 1);
  assert.equal(backup.timers.has("view-change"), false);
});

test("protocols §10.3: what measured a view that was skipped measures none that is entered", () => {
  const backup = new Backup(3);
  backup.ask(ALICE, 1);
  backup.fire("request");
  for (const by of [0, 1]) backup.receive(by, backup.viewChange(by, { view: 1 }));
  assert.equal(backup.timers.has("view-change"), true);
  const viewChanges = [0, 1, 2].map((by) => backup.viewChange(by, { view: 2 }));
  backup.receive(2, backup.newView(2, { view: 2, viewChanges, chosen: [] }));
  assert.equal(backup.core.status().view, 2);
  assert.equal(backup.timers.has("view-change"), false);
  assert.equal(backup.timers.has("request"), true, "the new primary has all of the time-out");
});
