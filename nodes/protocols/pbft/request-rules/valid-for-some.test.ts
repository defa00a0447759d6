/**
 * Clients whose requests are valid for some replicas only, against good replicas on one wire: they
 * cost view changes, and nobody's service (protocols §19.5, §19.6).
 */
import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { kv } from "../../../services/kv.ts";
import { Channels } from "../../authentication/channels.ts";
import { MacVectors } from "../../authentication/mac-vectors.ts";
import type { Content } from "../../authentication/scheme.ts";
import { SigningClient } from "../../authentication/signing-client.ts";
import { TAG_BYTES } from "../../contract/authenticator.ts";
import { type ClientEffects, clientId, type NodeId } from "../../contract/core.ts";
import type { ClusterParameters, Protocol } from "../../contract/protocol.ts";
import { requestSigner } from "../../contract/request-signatures.ts";
import { messageTypeOf } from "../../wire/envelope.ts";
import { requestContent } from "../../wire/request.ts";
import { Cluster, filledService } from "../cluster.fixture.ts";
import { RELAY_SET } from "../relays/messages.ts";
import { pbftMac } from "../variants/pbft-mac.ts";
import { pbftRelay } from "../variants/pbft-relay.ts";

const HOST = clientId({ host: 0, index: 0 });
const BAD = clientId({ host: 0, index: 1 });
const GOOD = [2, 3, 4].map((index) => clientId({ host: 0, index }));
const OPTIONS = { argumentBytes: 0, resultBytes: 0 };
/** Of view changes; without them one learns as much in less. */
const LONG_MS = 10_000;
const SHORT_MS = 2_000;
const REQUEST_MS = 1_000;
const TIMERS = { requestMs: REQUEST_MS, statusMs: 150, clientMs: 400, clientCapMs: 1_000 };

/** The replicas whose entries are right, of the request that one of them gets. */
type Entries = (receiver: NodeId, turn: number) => readonly NodeId[];

interface Deceit {
  readonly entries: Entries;
  /** Another operation for each replica, under one timestamp. */
  readonly differs: boolean;
}

const operationOf = (client: NodeId, value: string) =>
  kv.encode({ f: "write", key: `k${client}`, value }, OPTIONS);

/** A protocol without signatures, and how its bad client makes a request that some alone believe. */
interface Variant {
  readonly name: string;
  readonly protocol: Protocol;
  readonly parameters?: Partial<ClusterParameters>;
  /** What goes to one replica. */
  seal(cluster: Cluster, to: NodeId, content: Content, valid: readonly NodeId[]): Uint8Array;
}

/** @param first where the vector begins */
function validFor(frame: Uint8Array, first: number, valid: readonly NodeId[]): Uint8Array {
  for (let entry = 0; entry < 4; entry++) {
    if (valid.includes(entry)) continue;
    frame.fill(7, first + entry * TAG_BYTES + 4, first + (entry + 1) * TAG_BYTES);
  }
  return frame;
}

const VARIANTS: readonly Variant[] = [
  {
    name: "pbft-mac",
    protocol: pbftMac,
    seal({ cluster, authenticatorOf }, _to, content, valid) {
      const frame = new MacVectors(cluster, authenticatorOf(BAD)).seal(content, "all");
      return validFor(frame, frame.length - 4 * TAG_BYTES, valid);
    },
  },
  {
    name: "pbft-relay",
    protocol: pbftRelay,
    seal({ cluster, authenticatorOf }, to, content, valid) {
      const frame = new Channels(cluster, authenticatorOf(BAD)).seal(content, to);
      if (!valid.includes(to)) frame.fill(7, frame.length - TAG_BYTES + 4);
      return frame;
    },
  },
];

/** Where a bad client costs nobody anything: what convinces one convinces all. */
const SIGNED: Variant = {
  name: "pbft-mac, clientAuth: signature (protocols §19.7)",
  protocol: pbftMac,
  parameters: { clientAuth: "signature" },
  seal({ cluster, authenticatorOf }, _to, content, valid) {
    const keys = authenticatorOf(BAD);
    const frame = new SigningClient(cluster, keys, requestSigner(keys)).seal(content);
    return validFor(frame, frame.length - 64 - 4 * TAG_BYTES, valid);
  },
};

class World {
  readonly #variant: Variant;
  readonly cluster: Cluster;
  answered = 0;
  longestMs = 0;
  unknown = 0;
  readonly #invoked: (() => void)[] = [];

  constructor(variant: Variant) {
    this.#variant = variant;
    this.cluster = new Cluster({
      serviceOf: () => filledService(0, 0),
      wire: { latencyMs: 1, bytesPerMs: 100_000 },
      parameters: {
        timers: TIMERS,
        checkpointInterval: 64,
        window: 128,
        pipeline: 4,
        ...variant.parameters,
      },
      isDiskKept: false,
      createReplica: variant.protocol.createReplica,
    });
    const clients = new Map(GOOD.map((id) => [id, this.#client(id)]));
    this.cluster.onReply = ({ from, to, bytes }) => clients.get(to)?.(from, bytes);
    this.cluster.at(1, () => this.#invoked.forEach((invoke) => invoke()));
  }

  /** @returns how it takes replies */
  #client(id: NodeId): (from: NodeId, bytes: Uint8Array) => void {
    const { cluster } = this;
    const authenticator = cluster.authenticatorOf(id);
    const core = this.#variant.protocol.createClient({
      id,
      cluster: cluster.cluster,
      authenticator,
    });
    const timers = new Map<string, number>();
    let since = 0;
    const invoke = () => {
      since = cluster.now;
      core.invoke(operationOf(id, `${since}`), cluster.now, effects);
    };
    const effects: ClientEffects = {
      send: (to, bytes) =>
        cluster.at(cluster.now + 1, () => cluster.deliver({ from: HOST, to, bytes })),
      setTimer: (name, afterMs) => {
        const at = cluster.now + afterMs;
        timers.set(name, at);
        cluster.at(at, () => {
          if (timers.get(name) === at) core.timer(name, cluster.now, effects);
        });
      },
      cancelTimer: (name) => void timers.delete(name),
      completed: ({ outcome }) => {
        if (outcome === "ok") this.answered += 1;
        else this.unknown += 1;
        this.longestMs = Math.max(this.longestMs, cluster.now - since);
        cluster.at(cluster.now + 50, invoke);
      },
    };
    this.#invoked.push(invoke);
    return (from, bytes) => core.frame(from, bytes, cluster.now, effects);
  }

  bad(turn: number, { entries, differs }: Deceit): void {
    for (let to = 0; to < 4; to++) {
      const content = requestContent({
        timestamp: turn,
        operation: operationOf(BAD, `${turn} ${differs ? to : ""}`),
      });
      const bytes = this.#variant.seal(this.cluster, to, content, entries(to, turn));
      this.cluster.deliver({ from: HOST, to, bytes });
    }
  }

  /** @param everyMs between two turns of the bad client; null: it does nothing */
  run(lastsMs: number, everyMs: number | null, deceit: Deceit): void {
    const { cluster } = this;
    for (let turn = 1; everyMs !== null && turn * everyMs < lastsMs; turn++) {
      cluster.at(turn * everyMs, () => this.bad(turn, deceit));
    }
    cluster.run(() => false, lastsMs);
  }

  get views(): readonly number[] {
    return this.cluster.cores.map((core) => core.status().view);
  }
}

const EVERYBODY = [0, 1, 2, 3];

/** What costs view changes. */
const ATTACKS = {
  "each valid where it is sent alone": { entries: (receiver) => [receiver], differs: true },
  "valid at one replica, a different one each time": {
    entries: (_receiver, turn) => [turn % 4],
    differs: false,
  },
} satisfies Record<string, Deceit>;

interface Cost {
  readonly what: keyof typeof ATTACKS;
  readonly everyMs: number;
  /** In the time of the test; of fewer it would be no attack. */
  readonly viewsMin: number;
}

const COSTS: readonly Cost[] = [
  { what: "each valid where it is sent alone", everyMs: 50, viewsMin: 4 },
  { what: "each valid where it is sent alone", everyMs: 500, viewsMin: 4 },
  { what: "valid at one replica, a different one each time", everyMs: 50, viewsMin: 4 },
  // What is valid at a backup costs nothing: the primary's turn comes every 2 s, and a second later
  // it is deposed.
  { what: "valid at one replica, a different one each time", everyMs: 500, viewsMin: 3 },
];

/** What costs nobody anything but patience. */
const OTHERS: Readonly<Record<string, Deceit>> = {
  "valid everywhere, the next before the last one is executed": {
    entries: () => EVERYBODY,
    differs: false,
  },
  "valid at f+1 of them": {
    entries: (_receiver, turn) => [turn % 4, (turn + 1) % 4],
    differs: false,
  },
  "valid nowhere": { entries: () => [], differs: true },
};

describe.each(VARIANTS)("a bad client of $name (protocols §19.5, §19.6)", (variant) => {
  for (const { what, everyMs, viewsMin } of COSTS) {
    test(`${what}, every ${everyMs} ms: the others are served, whatever it costs`, () => {
      const world = new World(variant);
      world.run(LONG_MS, everyMs, ATTACKS[what]);
      const views = Math.min(...world.views);
      assert.ok(views >= viewsMin, `views ${world.views.join()}: it is no attack`);
      assert.equal(world.unknown, 0);
      assert.ok(world.answered >= 15, `${world.answered} answered`);
      assert.ok(world.longestMs < 3_000, `${world.longestMs} ms`);
    });
  }

  test("what it has left behind deposes nobody once it has stopped", () => {
    const world = new World(variant);
    world.run(SHORT_MS, 50, ATTACKS["each valid where it is sent alone"]);
    const settledMs = 2 * SHORT_MS;
    world.cluster.run(() => false, settledMs);
    const before = world.views;
    world.cluster.run(() => false, LONG_MS);
    assert.ok((before[0] ?? 0) > 0, "it is no attack");
    assert.deepEqual(world.views, before);
  });

  for (const [what, deceit] of Object.entries(OTHERS)) {
    test(`${what}: nobody is deposed, and the others are served as ever`, () => {
      const world = new World(variant);
      world.run(SHORT_MS, 10, deceit);
      assert.deepEqual(world.views, [0, 0, 0, 0]);
      assert.equal(world.unknown, 0);
      assert.ok(world.longestMs < REQUEST_MS, `${world.longestMs} ms`);
    });
  }

  test("where all clients are good nothing is relayed", () => {
    const world = new World(variant);
    const relayed = new Set<number>();
    world.cluster.onWire = ({ bytes }) => {
      relayed.add(messageTypeOf(bytes) ?? 0);
      return bytes;
    };
    world.run(SHORT_MS, null, { entries: () => EVERYBODY, differs: false });
    assert.equal(relayed.has(RELAY_SET), false);
    assert.ok(world.answered > 90, `${world.answered} answered`);
  });
});

/** Or nothing is proposed of which not all are certain. */
const AT_K2: Variant = {
  ...(VARIANTS[1] as Variant),
  name: "pbft-relay, requestAt: K2 (protocols §21.3)",
  parameters: { requestAt: "K2" },
};

describe.each([SIGNED, AT_K2])("a bad client of $name", (variant) => {
  for (const [what, deceit] of Object.entries({ ...ATTACKS, ...OTHERS })) {
    test(`${what}: nobody is deposed, and the others are served as ever`, () => {
      const world = new World(variant);
      world.run(SHORT_MS, 50, deceit);
      assert.deepEqual(world.views, [0, 0, 0, 0]);
      assert.equal(world.unknown, 0);
      assert.ok(world.answered > 60, `${world.answered} answered`);
      assert.ok(world.longestMs < REQUEST_MS, `${world.longestMs} ms`);
    });
  }
});
