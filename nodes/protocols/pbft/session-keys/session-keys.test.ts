/** Replicas that exchange keys and nothing else, over links that the test cuts (protocols §2.9). */
import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { fastAuthenticators } from "../../../../harness/drivers/simulation/authenticators.ts";
import { nullService } from "../../../services/null.ts";
import { MacVectors } from "../../authentication/mac-vectors.ts";
import { Signatures } from "../../authentication/signatures.ts";
import { parametersWith } from "../../cluster-parameters.fixture.ts";
import { withoutSigning } from "../../contract/authenticator.ts";
import { clientId, type NodeId } from "../../contract/core.ts";
import { signedVariant } from "../certificates/signed-variant.ts";
import { PREPARE } from "../messages.ts";
import { readRecord } from "../records.ts";
import { ReplicaState } from "../replica-state.ts";
import { Router } from "../router.ts";
import { encodeNewKey, NEW_KEY } from "./new-key.ts";
import { SessionKeys } from "./session-keys.ts";

const REPLICAS = [0, 1, 2, 3];
const ALICE = clientId({ host: 0, index: 1 });
const cluster = parametersWith({ epoch: 7 });
const PERIOD = cluster.timers.statusMs;
const authenticatorOf = fastAuthenticators(1, [...REPLICAS, ALICE]);
const CONTENT = { type: PREPARE, payload: Uint8Array.of(1, 2, 3) };

class Replica {
  readonly id: NodeId;
  readonly begin: (now: number) => void;
  readonly state: ReplicaState;
  readonly keys: SessionKeys;
  readonly router: Router;

  constructor(
    id: NodeId,
    send: (to: NodeId, frame: Uint8Array) => void,
    persisted: (records: readonly Uint8Array[]) => void,
  ) {
    this.id = id;
    const authenticator = authenticatorOf(id);
    const service = nullService.create({ argumentBytes: 0, resultBytes: 0 });
    this.state = new ReplicaState({ id, cluster, service, authenticator }, (state) => ({
      ...signedVariant(state, authenticator),
      scheme: new SessionKeys(state, withoutSigning(authenticator)).scheme,
    }));
    this.keys = new SessionKeys(this.state, withoutSigning(authenticator));
    this.router = new Router(this.state, this.keys.routes);
    const none = () => undefined;
    const effects = { persist: none, setTimer: none, cancelTimer: none, audit: none };
    this.begin = (now) =>
      this.state.begin(now, {
        ...effects,
        send,
        broadcast: (frame) => {
          for (const to of REPLICAS) if (to !== id) send(to, frame);
        },
        persist: (_mode, records) => persisted(records),
      });
  }
}

interface Sent {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly frame: Uint8Array;
  /** What was on the disk of its author by then. */
  readonly recordsBefore: number;
}

/** Frames arrive at once, where the link is not cut. */
class Group {
  now: number;
  /** When the host of each was started: its clock counts from there. */
  readonly startedAt = REPLICAS.map(() => 0);
  readonly replicas: Replica[];
  readonly disks: Uint8Array[][] = REPLICAS.map(() => []);
  readonly sent: Sent[] = [];
  isCut: (from: NodeId, to: NodeId) => boolean = () => false;
  /** Who never has new keys. */
  lazy: NodeId | null = null;

  constructor(now = 1_000) {
    this.now = now;
    this.replicas = REPLICAS.map((id) => this.#create(id));
    for (const id of REPLICAS) this.#start(id);
  }

  at(id: NodeId): Replica {
    return this.replicas[id] as Replica;
  }

  restart(id: NodeId): void {
    this.replicas[id] = this.#create(id);
    for (const record of this.disks[id] ?? []) {
      const { kind, body } = readRecord(record);
      assert.equal(this.at(id).keys.readBack(kind, body), true);
    }
    this.#start(id);
  }

  /** Its host is started again, on another disk. */
  reboot(id: NodeId): void {
    this.startedAt[id] = this.now - 5;
    this.disks[id] = [];
    this.restart(id);
  }

  /** One after the other, each with its turn; then all speak, as with STATUS. */
  periods(count: number): void {
    for (let period = 0; period < count; period += 1) {
      this.now += PERIOD;
      for (const replica of this.replicas) {
        this.#begin(replica.id);
        if (replica.id !== this.lazy) replica.keys.period();
      }
      for (const from of REPLICAS) for (const to of REPLICAS) this.believes(to, from);
    }
  }

  frame(from: NodeId): Uint8Array {
    this.#begin(from);
    return this.at(from).keys.scheme.seal(CONTENT, "all");
  }

  /** Does `to` believe what `from` says now? Over a cut link it hears nothing. */
  believes(to: NodeId, from: NodeId, frame = this.frame(from)): boolean {
    if (this.isCut(from, to)) return false;
    const { scheme } = this.at(to).keys;
    this.#begin(to);
    const envelope = scheme.open(frame);
    return envelope !== null && scheme.verify(envelope);
  }

  /** Pairs of which the second does not believe the first. */
  get deaf(): readonly string[] {
    return REPLICAS.flatMap((from) =>
      REPLICAS.filter((to) => to !== from && !this.believes(to, from)).map((to) => `${from}>${to}`),
    );
  }

  newKeys(from: NodeId): readonly Uint8Array[] {
    return this.sent.filter((each) => each.from === from).map(({ frame }) => frame);
  }

  receive(to: NodeId, from: NodeId, frame: Uint8Array): void {
    this.#begin(to);
    this.at(to).router.receive(from, frame);
  }

  #begin(id: NodeId): void {
    this.at(id).begin(this.now - (this.startedAt[id] ?? 0));
  }

  #create(id: NodeId): Replica {
    return new Replica(
      id,
      (to, frame) => {
        this.sent.push({ from: id, to, frame, recordsBefore: this.disks[id]?.length ?? 0 });
        if (!this.isCut(id, to)) this.replicas[to]?.router.receive(id, frame);
      },
      (records) => void this.disks[id]?.push(...records.map((record) => record.slice())),
    );
  }

  #start(id: NodeId): void {
    for (const replica of REPLICAS) this.#begin(replica);
    this.at(id).keys.started();
  }
}

describe("keys that their receiver chooses", () => {
  test("are known to all when all have started, and nobody is believed without", () => {
    const group = new Group();
    assert.deepEqual(group.deaf, []);
    const stranger = new MacVectors(cluster, authenticatorOf(0));
    assert.equal(group.believes(1, 0, stranger.seal(CONTENT, "all")), false, "long-term keys");
  });

  test("a client and a replica speak under long-term keys", () => {
    const group = new Group();
    const alice = new MacVectors(cluster, authenticatorOf(ALICE));
    assert.equal(group.believes(1, 0, alice.seal(CONTENT, "all")), true);
    const reply = group.at(1).keys.scheme.seal(CONTENT, ALICE);
    const opened = alice.open(reply);
    assert.ok(opened && alice.verify(opened));
  });

  test("what was recorded before a restart is worth nothing after it", () => {
    const group = new Group();
    const [before, own] = [group.frame(0), group.frame(1)];
    group.now += 10;
    group.restart(1);
    assert.equal(group.believes(1, 0, before), false);
    assert.equal(group.believes(2, 1, own), true, "what others chose, they still believe");
    assert.deepEqual(group.deaf, [], "who asks is answered at once");
  });

  test("a key that was given up counts until its user has the new one", () => {
    const group = new Group();
    group.isCut = (from) => from === 1;
    const old = group.frame(0);
    group.periods(64);
    group.isCut = () => false;
    assert.equal(group.believes(1, 0, old), true, "not told yet");
    group.periods(1);
    assert.equal(group.believes(1, 0), true);
    assert.equal(group.believes(1, 0, old), false, "told, and used");
  });

  test("and two periods at most, whether it is told or not", () => {
    const group = new Group();
    group.periods(63);
    const old = group.frame(0);
    group.isCut = (from) => from === 1;
    group.periods(1);
    assert.equal(group.believes(1, 0, old), true);
    group.periods(1);
    assert.equal(group.believes(1, 0, old), true);
    group.periods(1);
    assert.equal(group.believes(1, 0, old), false);
    assert.equal(group.believes(2, 0), true, "it is the link that ages");
  });

  test("what is said again is said under the newest key", () => {
    const group = new Group();
    const [before] = [group.frame(0)];
    group.periods(65);
    assert.notDeepEqual(group.frame(0), before);
    assert.deepEqual(group.deaf, []);
  });

  test("who never has new keys is believed, and believes", () => {
    const group = new Group();
    group.lazy = 2;
    for (let turn = 0; turn < 5; turn += 1) {
      group.periods(40);
      assert.deepEqual(group.deaf, []);
    }
    assert.equal(new Set(group.newKeys(2)).size, 1);
  });

  test("two that missed one another's keys agree a period after they meet", () => {
    const group = new Group();
    group.isCut = (from, to) => from + to === 1;
    group.periods(200);
    group.isCut = () => false;
    assert.deepEqual(group.deaf, ["0>1", "1>0"]);
    group.periods(1);
    assert.deepEqual(group.deaf, []);
  });

  test("are told again to whoever does not use them, and to nobody else", () => {
    const group = new Group();
    group.isCut = (from, to) => from === 0 && to === 3;
    group.now += 10;
    group.restart(0);
    group.periods(1);
    group.sent.length = 0;
    group.periods(5);
    const told = new Map<string, number>();
    for (const { from, to } of group.sent) {
      told.set(`${from}>${to}`, (told.get(`${from}>${to}`) ?? 0) + 1);
    }
    // r3 hears nothing of r0, so r0 may be lacking its keys as well.
    assert.deepEqual([...told].sort(), [
      ["0>3", 5],
      ["3>0", 5],
    ]);
  });
});

describe("the counter of keys", () => {
  test("is larger after a restart though the clock was set back", () => {
    const group = new Group(1_000_000);
    group.now = 5;
    group.restart(1);
    assert.deepEqual(group.deaf, []);
  });

  test("is larger after a restart though the disk is an older one", () => {
    const group = new Group();
    const disk = [...(group.disks[1] ?? [])];
    for (const kept of [undefined, disk]) {
      if (kept) group.disks[1] = kept;
      group.now += PERIOD;
      group.restart(1);
    }
    assert.deepEqual(group.deaf, []);
  });

  test("is durable before a key is told to anybody, and kept when the log is written anew", () => {
    const group = new Group();
    assert.equal(group.disks[1]?.length, 1);
    const told = group.sent.filter(({ from }) => from === 1);
    assert.ok(told.length > 0 && told.every(({ recordsBefore }) => recordsBefore === 1));
    assert.deepEqual(group.at(1).keys.records(), group.disks[1]);
  });

  test("is larger after a restart though the disk is lost, and the clock starts anew", () => {
    const group = new Group();
    for (let turn = 0; turn < 3; turn += 1) {
      group.now += 10 * PERIOD;
      group.reboot(1);
      assert.deepEqual(group.deaf, []);
    }
  });

  test("is larger though those who know better are met later", () => {
    const group = new Group();
    group.periods(10);
    group.isCut = (from, to) => from === 1 || to === 1;
    group.reboot(1);
    group.periods(3);
    group.isCut = () => false;
    group.periods(2);
    assert.deepEqual(group.deaf, []);
  });

  test("lets no older NEW-KEY in, whose author is told by which it was passed", () => {
    const group = new Group();
    const [old] = group.newKeys(1);
    group.now += 10;
    group.restart(1);
    group.periods(1);
    const held = group.newKeys(1).at(-1);
    group.sent.length = 0;
    group.receive(2, 1, old as Uint8Array);
    assert.deepEqual(group.newKeys(2), [held]);
    assert.deepEqual(group.newKeys(1), [], "who knows that chooses no new ones");
    assert.deepEqual(group.deaf, []);
  });
});

describe("NEW-KEY", () => {
  const author = new Group();
  const newKey = (by: NodeId, counter: number, sealed = new Uint8Array(96)) =>
    author.at(by).keys.scheme.newKey(encodeNewKey({ counter, asks: false, sealed }));
  /** A period after all have started. */
  const later = () => {
    const group = new Group();
    group.periods(1);
    return group;
  };

  test("in another's name, changed, or out of another cluster does nothing", () => {
    const group = later();
    const payload = encodeNewKey({ counter: 9_999, asks: false, sealed: new Uint8Array(96) });
    const stolen = newKey(3, 9_999).slice();
    // The last byte of the sender, which stands before the payload in the content.
    const sender = stolen.length - 64 - 2 - payload.length - 1;
    assert.equal(stolen[sender], 3);
    stolen[sender] = 1;
    group.receive(2, 1, stolen);
    const signed = new Signatures(cluster, authenticatorOf(1));
    group.receive(2, 1, signed.seal({ type: NEW_KEY, payload }, "all"));
    const elsewhere = new Signatures({ ...cluster, epoch: 8 }, authenticatorOf(1));
    group.receive(2, 1, elsewhere.seal({ type: NEW_KEY, payload }, "all"));
    assert.deepEqual(group.at(2).state.rejections.byReason, {
      "NEW-KEY:signature": 2,
      "frame:malformed": 1,
    });
    assert.deepEqual(group.deaf, []);
  });

  test("comes first hand, or not at all", () => {
    const group = new Group();
    group.receive(2, 3, newKey(1, 9_999));
    assert.deepEqual(group.at(2).state.rejections.byReason, { "NEW-KEY:second hand": 1 });
  });

  test("of its reader's own, brought by a liar, makes it choose others once at most", () => {
    const group = new Group();
    const recorded = group.newKeys(1).slice(0, 1);
    group.periods(1);
    group.restart(1);
    group.periods(1);
    recorded.push(...group.newKeys(1).slice(-1));
    group.sent.length = 0;
    for (const frame of [...recorded, ...recorded]) group.receive(1, 3, frame);
    assert.deepEqual(group.newKeys(1), []);
    group.receive(1, 3, newKey(1, 9_999));
    const [chosen] = group.newKeys(1);
    for (let again = 0; again < 5; again += 1) group.receive(1, 3, newKey(1, 9_999));
    assert.ok(group.newKeys(1).every((frame) => frame === chosen));
    assert.deepEqual(group.deaf, []);
  });

  test("whose keys are not sealed for their reader leaves him those that he has", () => {
    const group = later();
    group.receive(2, 1, newKey(1, 9_999));
    assert.deepEqual(group.at(2).state.rejections.byReason, { "NEW-KEY:not sealed": 1 });
    assert.deepEqual(group.deaf, []);
  });

  test("that is longer or shorter than an honest one is not even verified", () => {
    const group = later();
    const { meter, rejections } = group.at(2).state;
    const before = meter.verifications;
    for (const bytes of [0, 95, 97, 1_000_000]) {
      group.receive(2, 1, newKey(1, 9_999 + bytes, new Uint8Array(bytes)));
    }
    assert.equal(meter.verifications, before);
    assert.deepEqual(rejections.byReason, { "NEW-KEY:malformed": 4 });
    assert.deepEqual(group.deaf, []);
  });

  test("a storm of them costs two verifications a period, and its author alone", () => {
    const group = later();
    const { meter, rejections } = group.at(2).state;
    const before = meter.verifications;
    for (let number = 0; number < 1_000; number += 1) {
      group.receive(2, 1, newKey(1, 10_000 + number));
    }
    assert.equal(meter.verifications - before, 2);
    assert.equal(rejections.byReason["NEW-KEY:rate"], 998);
    assert.deepEqual(group.deaf, []);
  });

  test("nothing else that is signed opens, and no tag makes a NEW-KEY", () => {
    const group = new Group();
    const { scheme } = group.at(2).keys;
    const signatures = new Signatures(cluster, authenticatorOf(1));
    assert.equal(scheme.open(signatures.seal(CONTENT, "all")), null);
    const payload = encodeNewKey({ counter: 9_999, asks: false, sealed: new Uint8Array(96) });
    assert.equal(scheme.open(group.at(1).keys.scheme.seal({ type: NEW_KEY, payload }, 2)), null);
  });

  test("is no signature under anything else", () => {
    const frame = newKey(1, 9_999);
    const signatures = new Signatures(cluster, authenticatorOf(2));
    const opened = signatures.open(frame);
    assert.ok(opened);
    assert.equal(signatures.verify(opened), false);
  });
});
