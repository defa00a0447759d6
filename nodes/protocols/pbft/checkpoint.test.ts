import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { REPLY } from "../wire/request.ts";
import {
  CHECKPOINT,
  COMMIT,
  encodeStatus,
  encodeViews,
  FETCH_BODY,
  FETCH_STATE,
  PRE_PREPARE,
  PREPARE,
  STATE_PAGES,
  STATUS,
  type Status,
  VIEW_CHANGE,
} from "./messages.ts";
import { ALICE, Bed, BOB, HOST, types } from "./pbft.fixture.ts";
import { decodeFetchState, encodeNodes, encodeStatePages } from "./state-messages.ts";

function executed(count: number, id = 1): Bed {
  const bed = new Bed(id);
  for (let sequence = 1; sequence <= count; sequence++) bed.execute(sequence);
  return bed;
}

/** The snapshot of a replica that executed 1..4, and its certified digest. */
function checkpointAt4() {
  const bed = executed(4, 2);
  const { d: digest } = bed.audited("checkpoint")[0] ?? { d: "" };
  const proof = [0, 2, 3].map((by) => bed.checkpoint(by, 4, digest));
  return { bed, digest, proof };
}

function status(bed: Bed, by: number, fields: Partial<Status<readonly number[]>>): Uint8Array {
  const whole = { view: 0, active: true, stable: 0, lastExec: 0, ...fields };
  const { part = [0, 0, 0, 0], slots = new Uint8Array(8) } = fields;
  return bed
    .envelopes(by)
    .seal(
      { type: STATUS, payload: encodeStatus({ ...whole, part: encodeViews(part), slots }) },
      "all",
    );
}

describe("PBFT §4.3, checkpoints (protocols §7)", () => {
  test("every K-th number: the snapshot is durable before CHECKPOINT is sent", () => {
    const { history } = executed(4);
    const sent = history.indexOf(`send ${CHECKPOINT}`);
    assert.equal(history[sent - 1], "persist");
  });

  test("Q matching CHECKPOINTs of distinct replicas make it stable and move the window", () => {
    const bed = executed(4);
    const { d } = bed.audited("checkpoint")[0] ?? { d: "" };
    bed.receive(2, bed.checkpoint(2, 4, d), bed.checkpoint(2, 4, d));
    assert.equal(bed.core.status().stable, 0, "two of one replica are one");
    bed.receive(3, bed.checkpoint(3, 4, d));
    assert.equal(bed.core.status().stable, 4);
    const batch = bed.batch(bed.request(BOB, 1));
    assert.deepEqual(types(bed.receive(0, bed.prePrepare(0, { view: 0, sequence: 12 }, batch))), [
      PREPARE,
    ]);
  });

  test("CHECKPOINTs with different digests are no quorum", () => {
    const bed = executed(4);
    const { d } = bed.audited("checkpoint")[0] ?? { d: "" };
    bed.receive(2, bed.checkpoint(2, 4, d));
    bed.receive(3, bed.checkpoint(3, 4, "ff".repeat(32)));
    assert.equal(bed.core.status().stable, 0);
  });

  test("h, its proof and its snapshot replace the log in one write", () => {
    const bed = executed(4);
    const { d } = bed.audited("checkpoint")[0] ?? { d: "" };
    const before = bed.disk.length;
    bed.receive(2, bed.checkpoint(2, 4, d));
    bed.receive(3, bed.checkpoint(3, 4, d));
    assert.ok(bed.disk.length < before);
    bed.restart();
    assert.deepEqual([bed.core.status().stable, bed.core.status().lastExec], [4, 4]);
  });

  test("the client table is part of the state: after a restart nothing executes twice", () => {
    const bed = executed(4);
    const { d } = bed.audited("checkpoint")[0] ?? { d: "" };
    bed.receive(2, bed.checkpoint(2, 4, d));
    bed.receive(3, bed.checkpoint(3, 4, d));
    bed.restart();
    assert.deepEqual(types(bed.receive(HOST, bed.request(ALICE, 4))), [REPLY]);
  });

  test("a stable digest that differs from its own: stops executing and fetches state", () => {
    const bed = executed(4);
    for (const by of [0, 2, 3]) bed.receive(by, bed.checkpoint(by, 4, "ff".repeat(32)));
    assert.equal(bed.audited("corrupt").length, 1);
    assert.deepEqual(types(bed.fire("transfer")), [FETCH_STATE, FETCH_STATE, FETCH_STATE]);
  });

  test("so it does where it comes to that number later than the others", () => {
    const bed = executed(3);
    const batch = bed.batch(bed.request(ALICE, 4));
    const vote = { view: 0, sequence: 4, digest: batch.digest };
    bed.receive(0, bed.prePrepare(0, vote, batch));
    for (const by of [0, 2, 3]) bed.receive(by, bed.checkpoint(by, 4, "ff".repeat(32)));
    assert.equal(bed.core.status().stable, 4);
    for (const by of [0, 2, 3]) bed.receive(by, bed.commit(by, vote));
    assert.equal(bed.core.status().lastExec, 4);
    assert.equal(bed.audited("corrupt").length, 1);
  });

  test("a liar's false digest for us does not keep its vote in a true proof from us", () => {
    const { digest, proof } = checkpointAt4();
    const bed = new Bed(1);
    for (const lie of ["aa", "bb", "cc", "dd", "ee"]) {
      bed.receive(3, bed.checkpoint(3, 4, lie.repeat(32)));
    }
    // As r0 and r2 hold it: r3 told them the truth.
    for (const frame of proof) bed.receive(2, frame);
    assert.equal(bed.core.status().stable, 4);
    assert.equal(bed.audited("stable")[0]?.d, digest);
  });

  test("CHECKPOINTs that are known or useless cost no verification", () => {
    const bed = executed(4);
    const { d } = bed.audited("checkpoint")[0] ?? { d: "" };
    const known = bed.checkpoint(2, 4, d);
    bed.receive(2, known);
    bed.receive(3, bed.checkpoint(3, 4, d));
    const before = bed.verifications;
    for (let copy = 0; copy < 100; copy++) bed.receive(2, known, bed.checkpoint(2, 8 + copy, d));
    assert.equal(bed.verifications - before, 25, "only the multiples of K above h");
  });

  test("what a liar says of many numbers or states is bounded and pushes out no true vote", () => {
    const bed = new Bed(1);
    for (let lie = 0; lie < 1_000; lie++) {
      const digest = lie.toString(16).padStart(64, "0");
      bed.receive(3, bed.checkpoint(3, 4 + 4 * (lie % 40), digest));
    }
    const proof: readonly Uint8Array[] = checkpointAt4().proof;
    const [ofR0, ofR2, ofR3] = proof as [Uint8Array, Uint8Array, Uint8Array];
    bed.receive(2, ofR3);
    for (let lie = 0; lie < 1_000; lie++) {
      const digest = lie.toString(16).padStart(64, "f");
      bed.receive(3, bed.checkpoint(3, 4, digest));
    }
    bed.receive(2, ofR0, ofR2);
    assert.equal(bed.core.status().stable, 4);
  });
});

describe("state transfer (protocols §8)", () => {
  function laggard() {
    const { digest, proof, bed: source } = checkpointAt4();
    const bed = new Bed(1);
    for (const [index, by] of [0, 2, 3].entries()) bed.receive(by, proof[index] as Uint8Array);
    const questions = bed.fire("transfer");
    const question = questions.find(({ to }) => to === 2);
    assert.ok(question);
    const [answer] = source.receive(1, question.bytes);
    assert.ok(answer);
    return { bed, source, digest, questions, answer };
  }

  test("all who signed for it are asked for the root, with its digest", () => {
    const { questions, digest } = laggard();
    assert.deepEqual(
      questions.map(({ to }) => to),
      [2, 3, 0],
    );
    for (const { envelope } of questions) {
      const nodes = decodeFetchState(envelope.payload)?.nodes;
      assert.deepEqual(
        nodes?.map((node) => [node.path, node.digest]),
        [["", digest]],
      );
    }
  });

  test("installs only what Q signed CHECKPOINTs prove, with the client table", () => {
    const { bed, answer } = laggard();
    assert.equal(bed.core.status().stable, 4, "the proof counts at once");
    assert.equal(bed.core.status().lastExec, 0);
    assert.equal(answer.type, STATE_PAGES);
    const sent = bed.receive(2, answer.bytes);
    assert.equal(bed.core.status().lastExec, 4);
    assert.deepEqual(types(sent), [CHECKPOINT]);
    assert.deepEqual(types(bed.receive(HOST, bed.request(ALICE, 4))), [REPLY]);
  });

  test("a page with another digest is thrown away, whoever sends it", () => {
    const { bed, answer } = laggard();
    const wrong = encodeNodes([new Uint8Array(10)]);
    bed.receive(
      2,
      bed.envelopes(2).seal({ type: STATE_PAGES, payload: answer.envelope.payload }, "all", wrong),
    );
    assert.equal(bed.core.status().rejected["STATE-PAGES:digest"], 1);
    assert.equal(bed.core.status().lastExec, 0);
  });

  test("an answer with more or fewer nodes than were asked for is thrown away", () => {
    const { bed, answer } = laggard();
    const none = encodeNodes([]);
    bed.receive(
      2,
      bed.envelopes(2).seal({ type: STATE_PAGES, payload: answer.envelope.payload }, "all", none),
    );
    assert.equal(bed.core.status().rejected["STATE-PAGES:count"], 1);
  });

  test("answers that nobody waits for cost no verification", () => {
    const { bed, answer } = laggard();
    const before = bed.verifications;
    bed.receive(3, answer.bytes);
    for (let number = 50; number < 99; number++) {
      bed.receive(
        2,
        bed.envelopes(2).seal({ type: STATE_PAGES, payload: encodeStatePages(number) }, "all"),
      );
    }
    assert.equal(bed.verifications, before);
    assert.equal(bed.core.status().lastExec, 0);
  });

  test("one replier that has nothing does not move the target, f+1 do", () => {
    const { bed, questions } = laggard();
    for (const by of [0, 2, 3]) bed.receive(by, bed.checkpoint(by, 8, "88".repeat(32)));
    const nothing = encodeNodes([new Uint8Array(0)]);
    const answerOf = (by: number) => {
      const asked = questions.find(({ to }) => to === by)?.envelope.payload ?? nothing;
      const payload = encodeStatePages(decodeFetchState(asked)?.number ?? 0);
      return bed.envelopes(by).seal({ type: STATE_PAGES, payload }, 1, nothing);
    };
    bed.receive(3, answerOf(3));
    assert.deepEqual(
      bed.audited("statetransfer").map(({ n }) => n),
      [4],
    );
    bed.receive(2, answerOf(2));
    assert.deepEqual(
      bed.audited("statetransfer").map(({ n }) => n),
      [4, 8],
    );
  });

  test("what is installed survives a restart", () => {
    const { bed, answer } = laggard();
    bed.receive(2, answer.bytes);
    bed.restart();
    assert.equal(bed.core.status().lastExec, 4);
  });
});

describe("restart with an intact disk (protocols §13.3)", () => {
  test("resumes its view and repeats the votes that are on disk, no others", () => {
    const bed = new Bed(1);
    const batch = bed.batch(bed.request(ALICE, 1));
    const vote = { view: 0, sequence: 1, digest: batch.digest };
    bed.receive(0, bed.prePrepare(0, vote, batch));
    bed.receive(2, bed.prepare(2, vote));
    bed.restart();
    bed.now = 1000;
    const slots = Uint8Array.from([0]);
    const resent = bed.receive(3, status(bed, 3, { slots }));
    assert.deepEqual(types(resent), [PREPARE, COMMIT]);
    assert.ok(resent.every(({ vote: repeated }) => repeated?.digest === batch.digest));
  });

  test("what is prepared and not executed waits, with the timer; what is executed does not", () => {
    for (const reached of ["accepted", "prepared", "executed"] as const) {
      const bed = new Bed(1);
      const batch = bed.batch(bed.request(ALICE, 1));
      const vote = { view: 0, sequence: 1, digest: batch.digest };
      bed.receive(0, bed.prePrepare(0, vote, batch));
      if (reached !== "accepted") bed.receive(2, bed.prepare(2, vote));
      if (reached === "executed") for (const by of [0, 2]) bed.receive(by, bed.commit(by, vote));
      bed.now = 1000;
      bed.restart();
      bed.fire("status");
      const isBack = reached === "executed" && bed.core.status().lastExec === 0;
      assert.equal(bed.timers.has("request"), reached === "prepared" || isBack, reached);
    }
  });

  test("a primary does not propose again what it has prepared", () => {
    const primary = new Bed(0);
    const batch = primary.batch(primary.request(ALICE, 1));
    const vote = { view: 0, sequence: 1, digest: batch.digest };
    primary.receive(HOST, primary.request(ALICE, 1));
    for (const by of [1, 2]) primary.receive(by, primary.prepare(by, vote));
    primary.now = 1000;
    const sent = [...primary.restart(), ...primary.fire("status")];
    assert.equal(primary.timers.has("request"), true);
    const more = [...sent, ...primary.receive(HOST, primary.request(ALICE, 1))];
    assert.ok(!types(more).includes(PRE_PREPARE));
  });

  test("a primary never assigns a number twice in its view", () => {
    const primary = new Bed(0);
    primary.receive(HOST, primary.request(ALICE, 1));
    primary.restart();
    const [sent] = primary.receive(HOST, primary.request(BOB, 1));
    assert.equal(sent?.vote?.sequence, 2);
  });

  test("in a view without stored NEW-VIEW: inactive, the same VIEW-CHANGE bytes, no higher view", () => {
    const bed = new Bed(2);
    bed.receive(HOST, bed.request(ALICE, 1));
    const [before] = bed.fire("request");
    const [after] = bed.restart();
    assert.equal(after?.type, VIEW_CHANGE);
    assert.deepEqual(after.bytes, before?.bytes);
    assert.deepEqual([bed.core.status().view, bed.core.status().active], [1, false]);
  });

  test("a primary that restarts without stored NEW-VIEW does not lead that view", () => {
    const bed = new Bed(1);
    bed.receive(HOST, bed.request(ALICE, 1));
    bed.fire("request");
    bed.restart();
    for (const by of [2, 3]) bed.receive(by, bed.viewChange(by, { view: 1 }));
    assert.equal(bed.audited("newview").length, 0);
    assert.ok(bed.timers.has("view-change"), "the next view comes by time-out");
  });

  test("a primary that stored its NEW-VIEW sends the same bytes again", () => {
    const bed = new Bed(1);
    bed.receive(2, bed.viewChange(2, { view: 1 }));
    const sent = bed.receive(3, bed.viewChange(3, { view: 1 }));
    const newView = sent.find(({ type }) => type === 8);
    bed.restart();
    assert.equal(bed.core.status().active, true);
    bed.now = 1000;
    const again = bed.receive(2, status(bed, 2, { view: 1, active: false }));
    assert.deepEqual(again.find(({ type }) => type === 8)?.bytes, newView?.bytes);
  });

  test("certificates are on disk: a view change after the restart claims them", () => {
    const bed = executed(2);
    bed.restart();
    bed.receive(HOST, bed.request(BOB, 9));
    bed.fire("request");
    assert.deepEqual(
      bed
        .audited("viewchange")
        .at(-1)
        ?.p.map(([n]) => n),
      [1, 2],
    );
  });

  test("a learned decision is on disk: it is executed again after a restart", () => {
    const bed = new Bed(1);
    const batch = bed.batch(bed.request(ALICE, 1));
    const vote = { view: 0, sequence: 1, digest: batch.digest };
    const sent = [0, 2, 3].flatMap((by) => bed.receive(by, bed.commit(by, vote)));
    const question = sent.find(({ type }) => type === FETCH_BODY);
    assert.ok(question);
    bed.receive(
      2,
      bed.envelopes(2).seal({ type: 13, payload: question.envelope.payload }, "all", batch.bytes),
    );
    assert.equal(bed.core.status().lastExec, 1);
    bed.restart();
    assert.equal(bed.core.status().lastExec, 1);
  });
});

describe("retransmission by STATUS (protocols §11)", () => {
  test("a peer that is behind gets the proof of the stable checkpoint", () => {
    const bed = executed(4);
    const { d } = bed.audited("checkpoint")[0] ?? { d: "" };
    for (const by of [2, 3]) bed.receive(by, bed.checkpoint(by, 4, d));
    const sent = bed.receive(3, status(bed, 3, {}));
    assert.deepEqual(types(sent), [CHECKPOINT, CHECKPOINT, CHECKPOINT]);
  });

  test("a peer that lacks a decision gets the commit certificate, whatever its view", () => {
    const bed = executed(1);
    bed.now = 1000;
    const sent = bed.receive(3, status(bed, 3, { view: 4, active: false }));
    assert.deepEqual(types(sent), [COMMIT, COMMIT, COMMIT]);
  });

  test("the primary repeats a PRE-PREPARE with its bodies", () => {
    const primary = new Bed(0);
    const [first] = primary.receive(HOST, primary.request(ALICE, 1));
    primary.now = 1000;
    const sent = primary.receive(3, status(primary, 3, { slots: Uint8Array.from([0]) }));
    assert.equal(sent[0]?.type, PRE_PREPARE);
    assert.deepEqual(sent[0]?.bytes, first?.bytes);
  });

  test("what was sent a moment ago is not sent again", () => {
    const bed = executed(1);
    assert.deepEqual(bed.receive(3, status(bed, 3, {})), []);
  });

  test("a peer cannot make it talk more than the rate allows", () => {
    const bed = executed(1);
    bed.now = 1000;
    let answers = 0;
    for (let copy = 0; copy < 100; copy++) answers += bed.receive(3, status(bed, 3, {})).length;
    assert.equal(answers, 12, "four certificates of three COMMITs a period");
  });

  test("a STATUS passed on by somebody else triggers nothing", () => {
    const bed = executed(1);
    bed.now = 1000;
    assert.deepEqual(bed.receive(2, status(bed, 3, {})), []);
  });

  test("two replicas that lack the same body do not drive each other (seeds 1496, 2361, 2463)", () => {
    const bed = new Bed(1);
    const batch = bed.batch(bed.request(ALICE, 1));
    const vote = { view: 0, sequence: 1, digest: batch.digest };
    const sent = [0, 2, 3].flatMap((by) => bed.receive(by, bed.commit(by, vote)));
    const question = sent.find(({ type }) => type === FETCH_BODY);
    assert.ok(question);
    const same = bed
      .envelopes(3)
      .seal({ type: FETCH_BODY, payload: question.envelope.payload }, "all");
    assert.deepEqual(bed.receive(3, same), []);
  });
});
