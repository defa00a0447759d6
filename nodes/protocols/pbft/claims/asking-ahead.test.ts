/**
 * A liar that asks for a view before anybody awaits it, then for higher ones: whoever vouched for
 * the first may have forgotten it by the time that a NEW-VIEW rests on it (protocols §20.5, §21.2).
 */
import { describe, expect, test } from "vitest";
import { kv } from "../../../services/kv.ts";
import { Channels } from "../../authentication/channels.ts";
import { CheckMeter } from "../../authentication/check-meter.ts";
import { MacVectors } from "../../authentication/mac-vectors.ts";
import type { AuthenticationScheme } from "../../authentication/scheme.ts";
import { type NodeAuthenticator, withoutSigning } from "../../contract/authenticator.ts";
import { clientId } from "../../contract/core.ts";
import type { ClusterParameters, Protocol } from "../../contract/protocol.ts";
import { messageTypeOf } from "../../wire/envelope.ts";
import { requestContent } from "../../wire/request.ts";
import { Cluster, filledService } from "../cluster.fixture.ts";
import { NEW_VIEW, PRE_PREPARE, STATUS, VIEW_CHANGE } from "../messages.ts";
import { decodeRelaySet, RELAY_SET } from "../relays/messages.ts";
import { SessionVectors } from "../session-keys/session-vectors.ts";
import { pbftMac } from "../variants/pbft-mac.ts";
import { pbftRelay } from "../variants/pbft-relay.ts";
import { ClaimsBed, FOUR, GENESIS, type Sent } from "./claims.fixture.ts";
import { decodeAck, encodeViewChange, VIEW_CHANGE_ACK } from "./messages.ts";

const HOST = clientId({ host: 0, index: 0 });
const ALICE = clientId({ host: 0, index: 1 });
const LIAR = 3;
const GOOD = [0, 1, 2];
const TIMERS = { requestMs: 1_000, statusMs: 150, clientMs: 400, clientCapMs: 1_000 };
/** The primary of view 0 is cut off for so long; nothing else ever is. */
const CUT_MS = 1_500;

interface Variant {
  readonly protocol: Protocol;
  client(cluster: ClusterParameters, keys: NodeAuthenticator): AuthenticationScheme;
  /** Under the keys of its honest core. */
  liar(cluster: Cluster, keys: NodeAuthenticator): AuthenticationScheme;
}

const VARIANTS: readonly Variant[] = [
  {
    protocol: pbftMac,
    client: (cluster, keys) => new MacVectors(cluster, keys),
    liar: ({ cluster, now }, keys) =>
      new SessionVectors(cluster, withoutSigning(keys), {
        meter: new CheckMeter(),
        clock: { now },
      }),
  },
  {
    protocol: pbftRelay,
    client: (cluster, keys) => new Channels(cluster, keys),
    liar: ({ cluster }, keys) => new Channels(cluster, keys),
  },
];

class AskingAhead {
  readonly cluster: Cluster;
  readonly #variant: Variant;
  #keys: NodeAuthenticator | null = null;

  constructor(variant: Variant) {
    this.#variant = variant;
    this.cluster = new Cluster({
      serviceOf: () => filledService(0, 0),
      wire: { latencyMs: 1, bytesPerMs: 100_000 },
      parameters: { timers: TIMERS },
      createReplica: (options) => {
        if (options.id === LIAR) this.#keys = options.authenticator;
        return variant.protocol.createReplica(options);
      },
    });
    const silent = new Set([PRE_PREPARE, NEW_VIEW, STATUS, VIEW_CHANGE]);
    this.cluster.onWire = ({ from, to, bytes }) => {
      const type = messageTypeOf(bytes) ?? 0;
      if (from === LIAR && silent.has(type)) return null;
      // So r1's timer runs for the request before r2's does.
      if (from === LIAR && to === 2 && type === RELAY_SET && this.cluster.now < 500) return null;
      return this.cluster.now < CUT_MS && (from === 0 || to === 0) ? null : bytes;
    };
  }

  get views(): readonly (number | undefined)[] {
    return GOOD.map((id) => this.cluster.cores[id]?.status().view);
  }

  /** Alice asks all, and all again. */
  ask(): void {
    const { cluster } = this;
    const scheme = this.#variant.client(cluster.cluster, cluster.authenticatorOf(ALICE));
    const options = { argumentBytes: 0, resultBytes: 0 };
    const operation = kv.encode({ f: "write", key: "k", value: "v" }, options);
    const content = requestContent({ timestamp: 1, operation });
    for (const to of [...GOOD, LIAR]) {
      for (const at of [10, 410, 1_210, 2_210]) {
        const bytes = scheme.seal(content, to).slice();
        cluster.at(at, () => cluster.deliver({ from: HOST, to, bytes }));
      }
    }
  }

  /** To be called when r1 awaits the view that it leads, and r2 does not yet. */
  lie(): void {
    this.#tell(1, 1);
    for (const view of [1, 2, 3]) this.#tell(view, 2);
  }

  #tell(view: number, to: number): void {
    const { cluster } = this;
    if (this.#keys === null) throw new RangeError("the liar has no keys");
    const payload = encodeViewChange({
      view,
      stable: 0,
      checkpoints: [GENESIS],
      prepared: new Map(),
      prePrepared: new Map(),
    });
    const scheme = this.#variant.liar(cluster, this.#keys);
    const bytes = scheme.seal({ type: VIEW_CHANGE, payload }, "all");
    cluster.deliver({ from: LIAR, to, bytes });
  }
}

/** Names of the VIEW-CHANGEs that these messages vouch for. */
function vouchedIn({ cluster }: ClaimsBed, sent: readonly Sent[]): readonly string[] {
  return sent.flatMap(({ type, payload }) => {
    if (type === VIEW_CHANGE_ACK) return decodeAck(payload, cluster)?.name ?? [];
    const relayed = type === RELAY_SET ? decodeRelaySet(payload) : null;
    return (relayed ?? []).map(({ digest }) => digest);
  });
}

test.each(VARIANTS)("$protocol.name: it costs nobody a view", (variant) => {
  const world = new AskingAhead(variant);
  const { cluster } = world;
  world.ask();
  expect(cluster.run(() => world.views[1] === 1, 5_000)).not.toBe(null);
  expect(world.views).toEqual([0, 1, 0]);
  world.lie();
  const isServed = () => GOOD.every((id) => cluster.lastExec(id) > 0);
  expect(cluster.run(isServed, 20_000)).not.toBe(null);
  expect(world.views).toEqual([1, 1, 1]);
});

describe.each(["vectors", "channels"] as const)("a VIEW-CHANGE over %s", (by) => {
  test("whose author has asked past it is not taken, not before a restart nor after it", () => {
    const bed = new ClaimsBed(2, by);
    const [first, other] = [bed.viewChange(1, {}), bed.viewChange(1, { c: [GENESIS, FOUR] })];
    bed.hear(LIAR, VIEW_CHANGE, first);
    bed.hear(LIAR, VIEW_CHANGE, bed.viewChange(2, {}));
    bed.leaveFor(1);
    const name = bed.reference(LIAR, other).name;
    for (const turn of ["before", "after"]) {
      expect(bed.hear(LIAR, VIEW_CHANGE, other)).toEqual([]);
      expect(bed.journal, `${turn} the restart`).toEqual([]);
      expect(vouchedIn(bed, bed.status(1, 1, {}))).not.toContain(name);
      if (turn === "before") bed.restart();
    }
  });

  test("is vouched for by who awaits its view, and not before", () => {
    const bed = new ClaimsBed(2, by);
    const payload = bed.viewChange(1, {});
    const { name } = bed.reference(LIAR, payload);
    bed.hear(LIAR, VIEW_CHANGE, payload);
    expect(bed.journal).toEqual(["persist"]);
    expect(bed.timers.has("relay")).toBe(false);
    expect(vouchedIn(bed, bed.status(1, 1, {})), "told again neither").toEqual([]);
    const sent = bed.hear(0, VIEW_CHANGE, payload);
    const relayed = bed.timers.has("relay") ? bed.fire("relay") : [];
    expect(bed.core.status().view).toBe(1);
    expect(vouchedIn(bed, [...sent, ...relayed])).toContain(name);
  });
});
