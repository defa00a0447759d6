import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { nullService } from "../../services/null.ts";
import { REPLY, REQUEST } from "../wire/request.ts";
import { signedVariant } from "./certificates/signed-variant.ts";
import { BODY, COMMIT, encodeCheckpoint, PRE_PREPARE, PREPARE, VIEW_CHANGE } from "./messages.ts";
import { orderingRoutes } from "./ordering.ts";
import { ALICE, Bed, BOB, HOST, types } from "./pbft.fixture.ts";
import { ReplicaState } from "./replica-state.ts";
import { Router } from "./router.ts";

const FIRST = { view: 0, sequence: 1 };

describe("PBFT §4.2, the primary (protocols §5)", () => {
  test("orders a request at once when nothing is in flight, persisted before it is sent", () => {
    const primary = new Bed(0);
    const [sent] = primary.receive(HOST, primary.request(ALICE, 1));
    assert.equal(sent?.type, PRE_PREPARE);
    assert.equal(sent.vote?.sequence, 1);
    assert.deepEqual(primary.journal, ["persist", `send ${PRE_PREPARE}`]);
  });

  test("proposes nothing beyond the pipeline and batches what waits meanwhile", () => {
    const primary = new Bed(0, { pipeline: 1 });
    primary.receive(HOST, primary.request(ALICE, 1));
    assert.deepEqual(primary.receive(HOST, primary.request(BOB, 1)), []);
    const batch = primary.batch(primary.request(ALICE, 1));
    const vote = { ...FIRST, digest: batch.digest };
    for (const other of [1, 2]) primary.receive(other, primary.prepare(other, vote));
    const sent = [1, 2].flatMap((other) => primary.receive(other, primary.commit(other, vote)));
    assert.deepEqual(types(sent), [REPLY, PRE_PREPARE]);
  });

  test("proposes nothing above the high watermark", () => {
    const primary = new Bed(0, { pipeline: 100, batchMax: 1 });
    for (let t = 1; t <= 9; t++) {
      primary.receive(HOST, primary.request(ALICE, t));
      primary.receive(HOST, primary.request(BOB, t));
    }
    assert.equal(Math.max(...primary.audited("preprepared").map(({ n }) => n)), 8);
  });

  test("a primary shown what a later view decided proposes nothing more, and leaves its view", () => {
    const primary = new Bed(0);
    const batch = primary.batch(primary.request(BOB, 1));
    const vote = { view: 1, sequence: 1, digest: batch.digest };
    for (const by of [1, 2, 3]) primary.receive(3, primary.commit(by, vote));
    const content = { type: BODY, payload: encodeCheckpoint(vote) };
    primary.receive(3, primary.envelopes(3).seal(content, 0, batch.bytes));
    assert.equal(primary.core.status().lastExec, 1);
    assert.deepEqual(primary.receive(HOST, primary.request(ALICE, 1)), []);
    assert.deepEqual(types(primary.fire("request")), [VIEW_CHANGE]);
  });

  test("drops a request it has queued or proposed already", () => {
    const primary = new Bed(0);
    primary.receive(HOST, primary.request(ALICE, 1));
    assert.deepEqual(primary.receive(HOST, primary.request(ALICE, 1)), []);
  });

  test("does not order what its client did not sign", () => {
    const primary = new Bed(0);
    const forged = primary.request(ALICE, 1).slice();
    forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1;
    assert.deepEqual(primary.receive(HOST, forged), []);
    assert.equal(primary.core.status().rejected["REQUEST:signature"], 1);
  });

  test("its own PREPARE does not exist: 2f PREPAREs of backups make it prepared", () => {
    const primary = new Bed(0);
    const [sent] = primary.receive(HOST, primary.request(ALICE, 1));
    const digest = sent?.vote?.digest ?? "";
    assert.deepEqual(primary.receive(1, primary.prepare(1, { ...FIRST, digest })), []);
    const after = primary.receive(2, primary.prepare(2, { ...FIRST, digest }));
    assert.deepEqual(types(after), [COMMIT]);
  });
});

describe("PBFT §4.2, a backup (protocols §6)", () => {
  function accepted() {
    const backup = new Bed(1);
    const batch = backup.batch(backup.request(ALICE, 1));
    const vote = { ...FIRST, digest: batch.digest };
    return { backup, batch, vote };
  }

  test("accepts a PRE-PREPARE, persists it, then sends PREPARE to all", () => {
    const { backup, batch, vote } = accepted();
    const [sent] = backup.receive(0, backup.prePrepare(0, FIRST, batch));
    assert.deepEqual(sent?.vote, vote);
    assert.deepEqual([sent?.to, sent?.type], ["all", PREPARE]);
    assert.deepEqual(backup.journal, ["persist", `send ${PREPARE}`]);
  });

  test("ignores a second PRE-PREPARE for (v,n) with another digest and keeps the evidence", () => {
    const { backup, batch } = accepted();
    backup.receive(0, backup.prePrepare(0, FIRST, batch));
    const other = backup.batch(backup.request(BOB, 1));
    assert.deepEqual(backup.receive(0, backup.prePrepare(0, FIRST, other)), []);
    assert.equal(backup.audited("evidence")[0]?.against, 0);
  });

  test("still refuses the second digest after a restart", () => {
    const { backup, batch, vote } = accepted();
    backup.receive(0, backup.prePrepare(0, FIRST, batch));
    backup.restart();
    const other = backup.batch(backup.request(BOB, 1));
    assert.deepEqual(backup.receive(0, backup.prePrepare(0, FIRST, other)), []);
    const after = backup.receive(2, backup.prepare(2, vote));
    assert.deepEqual(types(after), [COMMIT]);
  });

  test.each([
    ["from a backup", 2, FIRST, "not the primary"],
    ["above the high watermark", 0, { view: 0, sequence: 9 }, "outside the window"],
    ["at the low watermark", 0, { view: 0, sequence: 0 }, "outside the window"],
  ] as const)("refuses a PRE-PREPARE %s", (_, by, place, reason) => {
    const { backup, batch } = accepted();
    assert.deepEqual(backup.receive(by, backup.prePrepare(by, place, batch)), []);
    assert.equal(backup.core.status().rejected[`PRE-PREPARE:${reason}`], 1);
  });

  test("refuses a batch whose bodies do not give the digest", () => {
    const { backup, batch } = accepted();
    const other = backup.batch(backup.request(BOB, 1));
    const lie = { ...batch, bytes: other.bytes };
    assert.deepEqual(backup.receive(0, backup.prePrepare(0, FIRST, lie)), []);
    assert.equal(backup.core.status().rejected["PRE-PREPARE:digest"], 1);
  });

  test("refuses a batch with a request that its client did not sign", () => {
    const { backup } = accepted();
    const forged = backup.request(ALICE, 1).slice();
    forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1;
    const batch = backup.batch(forged);
    assert.deepEqual(backup.receive(0, backup.prePrepare(0, FIRST, batch)), []);
    assert.equal(backup.core.status().rejected["PRE-PREPARE:unauthentic request"], 1);
  });

  test("refuses a waiting request whose signature is spoilt, as those do where it does not wait", () => {
    const backup = new Bed(1);
    const request = backup.request(ALICE, 1);
    backup.receive(HOST, request);
    const spoilt = request.slice();
    spoilt[spoilt.length - 1] = (spoilt.at(-1) ?? 0) ^ 1;
    assert.deepEqual(backup.receive(0, backup.prePrepare(0, FIRST, backup.batch(spoilt))), []);
    assert.equal(backup.core.status().rejected["PRE-PREPARE:unauthentic request"], 1);
  });

  test("prepared needs the pre-prepare: 2f+1 PREPAREs without it are not enough", () => {
    const { backup, batch, vote } = accepted();
    for (const other of [2, 3]) {
      assert.deepEqual(backup.receive(other, backup.prepare(other, vote)), []);
    }
    const sent = backup.receive(0, backup.prePrepare(0, FIRST, batch));
    assert.deepEqual(types(sent), [PREPARE, COMMIT]);
  });

  test("prepared needs Q-1 PREPAREs of different backups with the same digest", () => {
    const { backup, batch, vote } = accepted();
    const other = { ...vote, digest: "ee".repeat(32) };
    backup.receive(0, backup.prePrepare(0, FIRST, batch));
    assert.deepEqual(backup.receive(2, backup.prepare(2, other)), []);
    // One per sender, the first wins: r2 cannot vote again.
    assert.deepEqual(backup.receive(2, backup.prepare(2, vote)), []);
    assert.deepEqual(types(backup.receive(3, backup.prepare(3, vote))), [COMMIT]);
  });

  test("a PREPARE of the primary does not count", () => {
    const { backup, batch, vote } = accepted();
    backup.receive(0, backup.prePrepare(0, FIRST, batch));
    assert.deepEqual(backup.receive(0, backup.prepare(0, vote)), []);
    assert.equal(backup.core.status().rejected["PREPARE:from the primary"], 1);
  });

  test("the certificate is durable before COMMIT is sent", () => {
    const { backup, batch, vote } = accepted();
    backup.receive(0, backup.prePrepare(0, FIRST, batch));
    backup.receive(2, backup.prepare(2, vote));
    assert.deepEqual(backup.journal, ["persist", `send ${COMMIT}`]);
  });

  test("executes with Q COMMITs, its own included, and replies to the client", () => {
    const { backup, batch, vote } = accepted();
    backup.receive(0, backup.prePrepare(0, FIRST, batch));
    backup.receive(2, backup.prepare(2, vote));
    assert.deepEqual(backup.receive(2, backup.commit(2, vote)), []);
    const [reply] = backup.receive(3, backup.commit(3, vote));
    assert.deepEqual([reply?.to, reply?.type], [ALICE, REPLY]);
  });

  test("the COMMITs of one sender count once", () => {
    const { backup, batch, vote } = accepted();
    backup.receive(0, backup.prePrepare(0, FIRST, batch));
    backup.receive(2, backup.prepare(2, vote));
    for (let copy = 0; copy < 3; copy++) {
      assert.deepEqual(backup.receive(2, backup.commit(2, vote)), []);
    }
  });

  test("executes in order: a decided number waits for its predecessor", () => {
    const backup = new Bed(1);
    backup.execute(2);
    assert.equal(backup.core.status().lastExec, 0);
    backup.execute(1, BOB);
    assert.equal(backup.core.status().lastExec, 2);
  });

  test("forwards a client's request to the primary and starts its timer", () => {
    const { backup } = accepted();
    const [sent] = backup.receive(HOST, backup.request(ALICE, 1));
    assert.deepEqual([sent?.to, sent?.type], [0, REQUEST]);
    assert.equal(backup.timers.get("request"), 1000);
  });

  test("two operations under one timestamp: the first waits, the second is refused", () => {
    const { backup } = accepted();
    backup.receive(HOST, backup.request(ALICE, 1, "one"));
    assert.deepEqual(backup.receive(HOST, backup.request(ALICE, 1, "two")), []);
    const reason = "REQUEST:two operations for one timestamp";
    assert.equal(backup.core.status().rejected[reason], 1);
  });

  test("an executed request is answered from the client table, not executed again", () => {
    const backup = new Bed(1);
    backup.execute(1);
    const sent = backup.receive(HOST, backup.request(ALICE, 1));
    assert.deepEqual(types(sent), [REPLY]);
    assert.deepEqual(backup.receive(HOST, backup.request(ALICE, 0)), []);
  });

  test("a request ordered twice takes effect once", () => {
    const backup = new Bed(1);
    const batch = backup.batch(backup.request(ALICE, 5));
    for (const sequence of [1, 2]) {
      const vote = { view: 0, sequence, digest: batch.digest };
      backup.receive(0, backup.prePrepare(0, vote, batch));
      for (const other of [2, 3]) backup.receive(other, backup.prepare(other, vote));
      for (const other of [2, 3]) backup.receive(other, backup.commit(other, vote));
    }
    const effects = backup.audited("executed").map(({ ops }) => ops.length);
    assert.deepEqual(effects, [1, 0]);
  });

  test("learns a decision from Q COMMITs without pre-prepare, fetches the body, persists it first", () => {
    const { backup, batch, vote } = accepted();
    const sent = [0, 2, 3].flatMap((by) => backup.receive(by, backup.commit(by, vote)));
    assert.equal(sent.length, 1, "asks for the body");
    const body = backup
      .envelopes(2)
      .seal({ type: 13, payload: sent[0]?.envelope.payload ?? batch.bytes }, "all", batch.bytes);
    const after = backup.receive(2, body);
    assert.deepEqual(types(after), [REPLY]);
    assert.deepEqual(backup.journal, ["persist", `send ${REPLY}`]);
    assert.equal(backup.audited("decided").length, 1);
  });

  test("learns what a later view decided against its own certificate, and persists that, too", () => {
    const backup = new Bed(1);
    const own = { ...FIRST, digest: backup.batch(backup.request(ALICE, 1)).digest };
    backup.receive(0, backup.prePrepare(0, own, backup.batch(backup.request(ALICE, 1))));
    for (const other of [2, 3]) backup.receive(other, backup.prepare(other, own));
    const batch = backup.batch(backup.request(BOB, 1));
    const vote = { view: 2, sequence: 1, digest: batch.digest };
    for (const by of [0, 2, 3]) backup.receive(by, backup.commit(by, vote));
    const content = { type: BODY, payload: encodeCheckpoint(vote) };
    backup.receive(2, backup.envelopes(2).seal(content, 1, batch.bytes));
    assert.deepEqual(backup.journal, ["persist", `send ${REPLY}`]);
  });

  test("a COMMIT for another digest does not keep its sender out of the certificate (J1)", () => {
    const { backup, batch, vote } = accepted();
    const lies = ["aa", "bb", "cc", "dd", "ee", "ff"];
    for (const lie of lies) {
      backup.receive(2, backup.commit(2, { ...vote, digest: lie.repeat(32) }));
    }
    backup.receive(0, backup.prePrepare(0, FIRST, batch));
    // What a good peer resends: its certificate, in which the liar stands for the right digest.
    for (const by of [0, 2, 3]) backup.receive(3, backup.commit(by, vote));
    assert.equal(backup.core.status().lastExec, 1);
  });
});

describe("a vote that is rejected (protocols §12)", () => {
  test("leaves no slot behind, whatever its type and number", () => {
    const bed = new Bed(1);
    const options = {
      id: 1,
      cluster: bed.cluster,
      service: nullService.create({ argumentBytes: 0, resultBytes: 0 }),
      authenticator: bed.envelopes(1).authenticator,
    };
    const state = new ReplicaState(options, (own) => signedVariant(own, options.authenticator));
    const router = new Router(state, new Map(orderingRoutes(state)));
    const ignored = () => undefined;
    state.begin(0, {
      send: ignored,
      broadcast: ignored,
      persist: ignored,
      setTimer: ignored,
      cancelTimer: ignored,
      audit: ignored,
    });
    const batch = bed.batch(bed.request(ALICE, 1));
    for (let sequence = 1; sequence <= 8; sequence++) {
      const vote = { view: 0, sequence, digest: batch.digest };
      for (const frame of [
        bed.commit(3, vote),
        bed.prepare(3, vote),
        bed.prePrepare(0, vote, batch),
      ]) {
        const forged = frame.slice();
        bed.envelopes(1).open(forged)?.authentication.fill(0);
        router.receive(3, forged);
      }
    }
    assert.deepEqual([state.log.size, state.rejections.total], [0, 24]);
  });
});
