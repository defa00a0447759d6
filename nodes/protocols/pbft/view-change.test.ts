import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { NULL_DIGEST } from "../contract/audit.ts";
import { REQUEST } from "../wire/request.ts";
import { COMMIT, decodeViewChange, NEW_VIEW, PREPARE, VIEW_CHANGE } from "./messages.ts";
import { ALICE, Bed, BOB, HOST, type Sent, types } from "./pbft.fixture.ts";

const D1 = "d1".repeat(32);
const D2 = "d2".repeat(32);
const CLUSTER = new Bed(0).cluster;

function claimsOf(sent: readonly Sent[]) {
  const found = sent.find(({ type }) => type === VIEW_CHANGE);
  assert.ok(found, "a VIEW-CHANGE was sent");
  const message = decodeViewChange(found.envelope.payload, CLUSTER);
  assert.ok(message);
  return message;
}

describe("PBFT §4.4, leaving a view (protocols §9.1, §9.2)", () => {
  test("a request that waits too long: persist, then VIEW-CHANGE(v+1) to all", () => {
    const backup = new Bed(1);
    backup.receive(HOST, backup.request(ALICE, 1));
    const sent = backup.fire("request");
    assert.equal(claimsOf(sent).view, 1);
    assert.deepEqual(backup.journal, ["persist", `send ${VIEW_CHANGE}`]);
    assert.equal(backup.core.status().active, false);
  });

  test("while changing view no PRE-PREPARE or PREPARE of the old view is accepted", () => {
    const backup = new Bed(1);
    backup.receive(HOST, backup.request(ALICE, 1));
    backup.fire("request");
    const batch = backup.batch(backup.request(ALICE, 1));
    const first = { view: 0, sequence: 1 };
    assert.deepEqual(backup.receive(0, backup.prePrepare(0, first, batch)), []);
  });

  test("P holds the certificate of every prepared number above h, also executed ones", () => {
    const backup = new Bed(1);
    const vote = backup.execute(1);
    backup.receive(HOST, backup.request(BOB, 9));
    const [certificate] = claimsOf(backup.fire("request")).prepared;
    assert.ok(certificate);
    assert.equal(certificate.prepares.length, 2);
    assert.equal(backup.audited("viewchange")[0]?.p[0]?.[1], vote.digest);
  });

  test("certificates survive the entry of a view in which nothing was prepared", () => {
    const backup = new Bed(1);
    const { digest } = backup.execute(1);
    const view = 2;
    const viewChanges = [0, 2, 3].map((by) => backup.viewChange(by, { view }));
    // V of three replicas that prepared nothing: the view starts empty.
    backup.receive(2, backup.newView(2, { view, viewChanges, chosen: [] }));
    assert.equal(backup.core.status().view, 2);
    backup.receive(HOST, backup.request(BOB, 9));
    backup.fire("request");
    assert.deepEqual(backup.audited("viewchange").at(-1)?.p, [[1, digest, 0]]);
  });

  test("f+1 rule: f+1 replicas in higher views are joined at the (f+1)-th largest", () => {
    const backup = new Bed(1);
    assert.deepEqual(backup.receive(3, backup.viewChange(3, { view: 7 })), []);
    const sent = backup.receive(2, backup.viewChange(2, { view: 3 }));
    assert.equal(claimsOf(sent).view, 3);
  });

  test("one replica alone moves nobody, however often it asks", () => {
    const backup = new Bed(1);
    for (let view = 1; view < 6; view++) {
      assert.deepEqual(backup.receive(3, backup.viewChange(3, { view })), []);
    }
    assert.equal(backup.core.status().view, 0);
  });

  test.each([
    ["h without proof", { stable: 4 }, "checkpoint proof"],
    ["h with votes for two states", { stable: 4, checkpoints: "mixed" }, "checkpoint proof"],
    ["a certificate of its own view", { prepared: "own view" }, "certificate"],
    ["two certificates for one number", { prepared: "twice" }, "two certificates for one number"],
    ["a certificate with f+1 signers", { prepared: "short" }, "certificate"],
    ["a certificate with one signer twice", { prepared: "double" }, "certificate"],
    ["a certificate beyond the window", { prepared: "beyond" }, "certificate outside the window"],
    ["a certificate signed by the wrong primary", { prepared: "impostor" }, "certificate"],
    ["a certificate of two digests", { prepared: "mixed" }, "certificate"],
  ] as const)("rejects a VIEW-CHANGE with %s", (_, claim, reason) => {
    const backup = new Bed(1);
    const vote = { view: 0, sequence: 1, digest: D1 };
    const good = backup.certificate(vote, [1, 2]);
    const kinds = {
      "own view": [backup.certificate({ ...vote, view: 1 }, [2, 3])],
      twice: [good, good],
      short: [backup.certificate(vote, [1])],
      double: [backup.certificate(vote, [2, 2])],
      beyond: [backup.certificate({ ...vote, sequence: 9 }, [1, 2])],
      impostor: [{ ...good, prePrepare: backup.barePrePrepare(3, vote) }],
      mixed: [
        {
          ...good,
          prepares: [backup.prepare(1, vote), backup.prepare(2, { ...vote, digest: D2 })],
        },
      ],
    };
    const checkpoints = [D1, D1, D2].map((digest, by) => backup.checkpoint(by, 4, digest));
    const message =
      "prepared" in claim
        ? { view: 1, prepared: kinds[claim.prepared] }
        : { view: 1, stable: 4, checkpoints: "checkpoints" in claim ? checkpoints : [] };
    backup.receive(3, backup.viewChange(3, message));
    assert.equal(backup.core.status().rejected[`VIEW-CHANGE:${reason}`], 1);
  });
});

describe("PBFT §4.4, the new primary (protocols §9.5)", () => {
  test("with Q VIEW-CHANGEs, its own included, it persists and sends NEW-VIEW with the set O", () => {
    const primary = new Bed(1);
    const certificate = primary.certificate({ view: 0, sequence: 2, digest: D1 }, [2, 3]);
    primary.receive(2, primary.viewChange(2, { view: 1, prepared: [certificate] }));
    const sent = primary.receive(3, primary.viewChange(3, { view: 1 }));
    assert.ok(types(sent).includes(NEW_VIEW));
    const newView = primary.audited("newview")[0];
    assert.deepEqual(newView?.selected, [
      [1, NULL_DIGEST],
      [2, D1],
    ]);
    const order = primary.journal;
    assert.ok(order.lastIndexOf("persist") < order.indexOf(`send ${NEW_VIEW}`));
  });

  test("the certificate of the highest view wins", () => {
    const primary = new Bed(3, { replicas: 4 });
    const old = primary.certificate({ view: 0, sequence: 1, digest: D1 }, [1, 2]);
    const young = primary.certificate({ view: 2, sequence: 1, digest: D2 }, [0, 1]);
    primary.receive(0, primary.viewChange(0, { view: 3, prepared: [young] }));
    primary.receive(1, primary.viewChange(1, { view: 3, prepared: [old] }));
    assert.deepEqual(primary.audited("newview")[0]?.selected, [[1, D2]]);
  });

  test("a request that waits is proposed after O", () => {
    const primary = new Bed(1);
    primary.receive(HOST, primary.request(ALICE, 1));
    primary.receive(2, primary.viewChange(2, { view: 1 }));
    primary.receive(3, primary.viewChange(3, { view: 1 }));
    const proposed = primary.audited("preprepared").at(-1);
    assert.deepEqual([proposed?.v, proposed?.n, proposed?.as], [1, 1, "primary"]);
  });
});

describe("PBFT §4.4, a backup and NEW-VIEW (protocols §9.6)", () => {
  const view = 2;

  function offered(chosen: readonly { sequence: number; digest: string }[]) {
    const backup = new Bed(1);
    const certificate = backup.certificate({ view: 0, sequence: 1, digest: D1 }, [2, 3]);
    const viewChanges = [
      backup.viewChange(0, { view }),
      backup.viewChange(2, { view }),
      backup.viewChange(3, { view, prepared: [certificate] }),
    ];
    return { backup, viewChanges, frame: backup.newView(2, { view, viewChanges, chosen }) };
  }

  test("accepts it if O is what V forces, though it never asked for the view itself", () => {
    const { backup, frame } = offered([{ sequence: 1, digest: D1 }]);
    backup.receive(2, frame);
    assert.deepEqual([backup.core.status().view, backup.core.status().active], [2, true]);
  });

  test.each([
    ["an empty O", []],
    ["null instead of the certificate", [{ sequence: 1, digest: NULL_DIGEST }]],
    ["another digest", [{ sequence: 1, digest: D2 }]],
    [
      "a number too many",
      [
        { sequence: 1, digest: D1 },
        { sequence: 2, digest: D2 },
      ],
    ],
  ])("rejects %s", (_, chosen) => {
    const { backup, frame } = offered(chosen);
    backup.receive(2, frame);
    assert.equal(backup.core.status().view, 0);
    assert.equal(backup.core.status().rejected["NEW-VIEW:O"], 1);
  });

  test("rejects fewer than Q VIEW-CHANGEs, and one replica counted twice", () => {
    const { backup, viewChanges } = offered([]);
    const few = backup.newView(2, { view, viewChanges: viewChanges.slice(0, 2), chosen: [] });
    backup.receive(2, few);
    const first = viewChanges[0] ?? few;
    const twice = backup.newView(2, { view, viewChanges: [first, first, first], chosen: [] });
    backup.receive(2, twice);
    assert.equal(backup.core.status().view, 0);
  });

  test("rejects it from a replica that is not the primary of the view", () => {
    const { backup, viewChanges } = offered([]);
    const chosen = [{ sequence: 1, digest: D1 }];
    backup.receive(3, backup.newView(3, { view, viewChanges, chosen }));
    assert.equal(backup.core.status().rejected["NEW-VIEW:not the primary"], 1);
  });

  test("rejects it once a VIEW-CHANGE for a higher view was sent", () => {
    const { backup, frame } = offered([{ sequence: 1, digest: D1 }]);
    backup.receive(0, backup.viewChange(0, { view: 3 }));
    backup.receive(2, backup.viewChange(2, { view: 3 }));
    assert.equal(backup.core.status().view, 3);
    backup.receive(2, frame);
    assert.deepEqual([backup.core.status().view, backup.core.status().active], [3, false]);
  });

  test("an invalid NEW-VIEW of the view it waits for: straight on to the next", () => {
    const { backup, viewChanges } = offered([]);
    for (const by of [0, 2]) backup.receive(by, backup.viewChange(by, { view }));
    const sent = backup.receive(2, backup.newView(2, { view, viewChanges, chosen: [] }));
    assert.equal(claimsOf(sent).view, 3);
  });

  test("an invalid NEW-VIEW of a far view moves nobody", () => {
    const backup = new Bed(1);
    backup.receive(2, backup.newView(2, { view: 402, viewChanges: [], chosen: [] }));
    assert.equal(backup.core.status().view, 0);
  });

  test("prepares an entry of O once it has the body, and persists the body before", () => {
    const backup = new Bed(1);
    const batch = backup.batch(backup.request(ALICE, 1));
    const { digest } = batch;
    const certificate = backup.certificate({ view: 0, sequence: 1, digest }, [2, 3]);
    const viewChanges = [0, 2].map((by) => backup.viewChange(by, { view }));
    viewChanges.push(backup.viewChange(3, { view, prepared: [certificate] }));
    const chosen = [{ sequence: 1, digest }];
    const sent = backup.receive(2, backup.newView(2, { view, viewChanges, chosen }));
    assert.ok(!types(sent).includes(PREPARE));
    const question = sent.find(({ type }) => type === 12);
    assert.ok(question, "asks for the body");
    const answer = backup
      .envelopes(3)
      .seal({ type: 13, payload: question.envelope.payload }, "all", batch.bytes);
    assert.deepEqual(types(backup.receive(3, answer)), [PREPARE]);
    assert.deepEqual(backup.journal, ["persist", `send ${PREPARE}`]);
  });

  test("orders executed numbers again without executing them again", () => {
    const backup = new Bed(1);
    const { digest } = backup.execute(1);
    const certificate = backup.certificate({ view: 0, sequence: 1, digest }, [2, 3]);
    const viewChanges = [0, 2].map((by) => backup.viewChange(by, { view }));
    viewChanges.push(backup.viewChange(3, { view, prepared: [certificate] }));
    const chosen = [{ sequence: 1, digest }];
    const sent = backup.receive(2, backup.newView(2, { view, viewChanges, chosen }));
    assert.ok(types(sent).includes(PREPARE));
    const vote = { view, sequence: 1, digest };
    backup.receive(0, backup.prepare(0, vote), backup.commit(0, vote));
    backup.receive(3, backup.prepare(3, vote), backup.commit(3, vote));
    assert.equal(backup.audited("executed").length, 1);
  });

  test("PREPAREs of a view that come before its NEW-VIEW are not lost", () => {
    const { backup, frame } = offered([{ sequence: 1, digest: D1 }]);
    const vote = { view, sequence: 1, digest: D1 };
    backup.receive(0, backup.prepare(0, vote));
    backup.receive(3, backup.prepare(3, vote));
    backup.receive(2, frame);
    assert.ok(!backup.journal.includes(`send ${COMMIT}`), "the body is still missing");
  });

  test("what waits is forwarded to the new primary", () => {
    const { backup, frame } = offered([{ sequence: 1, digest: D1 }]);
    backup.receive(HOST, backup.request(BOB, 5));
    const sent = backup.receive(2, frame);
    assert.deepEqual(
      sent.filter(({ type }) => type === REQUEST).map(({ to }) => to),
      [2],
    );
  });
});

describe("PBFT §4.5.2, timers (protocols §10)", () => {
  test("the request timer follows the head of the queue, not any execution", () => {
    const backup = new Bed(1);
    backup.receive(HOST, backup.request(ALICE, 900));
    backup.now = 500;
    backup.timers.set("request", 500);
    backup.receive(HOST, backup.request(BOB, 1));
    backup.execute(1, BOB);
    assert.equal(backup.timers.get("request"), 500, "another client's progress changes nothing");
  });

  test("it stops when nothing waits", () => {
    const backup = new Bed(1);
    backup.receive(HOST, backup.request(ALICE, 1));
    backup.execute(1);
    assert.equal(backup.timers.has("request"), false);
  });

  test("it does not run while changing view", () => {
    const backup = new Bed(1);
    backup.receive(HOST, backup.request(ALICE, 1));
    backup.fire("request");
    backup.receive(HOST, backup.request(BOB, 1));
    assert.equal(backup.timers.has("request"), false);
  });

  test("Tvc starts with Q replicas in this view or a higher one", () => {
    const backup = new Bed(1);
    backup.receive(HOST, backup.request(ALICE, 1));
    backup.receive(2, backup.viewChange(2, { view: 5 }));
    backup.fire("request");
    assert.equal(backup.timers.has("view-change"), false);
    backup.receive(3, backup.viewChange(3, { view: 1 }));
    assert.equal(backup.timers.get("view-change"), 1000);
  });

  test("each expiry of Tvc doubles the time-outs and moves one view on", () => {
    const backup = new Bed(0);
    for (const by of [2, 3]) backup.receive(by, backup.viewChange(by, { view: 1 }));
    assert.equal(claimsOf(backup.fire("view-change")).view, 2);
    for (const by of [2, 3]) backup.receive(by, backup.viewChange(by, { view: 2 }));
    assert.equal(backup.timers.get("view-change"), 2000);
  });

  test("Tvc runs on in the new view until a waiting request executes there", () => {
    const primary = new Bed(1);
    primary.receive(HOST, primary.request(ALICE, 1));
    primary.receive(2, primary.viewChange(2, { view: 1 }));
    primary.receive(3, primary.viewChange(3, { view: 1 }));
    assert.equal(primary.core.status().active, true);
    assert.ok(primary.timers.has("view-change"));
    const batch = primary.batch(primary.request(ALICE, 1));
    const vote = { view: 1, sequence: 1, digest: batch.digest };
    for (const by of [2, 3]) primary.receive(by, primary.prepare(by, vote));
    for (const by of [2, 3]) primary.receive(by, primary.commit(by, vote));
    assert.equal(primary.timers.has("view-change"), false);
  });

  test("time-outs shrink one step after 100 executions without a time-out", () => {
    const primary = new Bed(1, { checkpointInterval: 1000, window: 2000 });
    for (const by of [2, 3]) primary.receive(by, primary.viewChange(by, { view: 1 }));
    /** Executes one request; how long it could have waited. */
    const executeOne = () => {
      const [sent] = primary.receive(HOST, primary.request(ALICE, (primary.now += 1)));
      const timeoutMs = primary.timers.get("request");
      assert.ok(sent?.vote);
      for (const by of [2, 3]) primary.receive(by, primary.prepare(by, sent.vote));
      for (const by of [2, 3]) primary.receive(by, primary.commit(by, sent.vote));
      return timeoutMs;
    };
    primary.fire("view-change");
    for (const view of [2, 5]) {
      for (const by of [2, 3]) primary.receive(by, primary.viewChange(by, { view }));
    }
    assert.equal(primary.core.status().view, 5);
    const waits = Array.from({ length: 101 }, executeOne);
    assert.deepEqual([waits[0], waits[99], waits[100]], [2000, 2000, 1000]);
  });
});
