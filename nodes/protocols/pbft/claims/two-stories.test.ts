import { expect, test } from "vitest";
import { kv } from "../../../services/kv.ts";
import { CheckMeter } from "../../authentication/check-meter.ts";
import { MacVectors } from "../../authentication/mac-vectors.ts";
import { NULL_DIGEST } from "../../contract/audit.ts";
import { type UnsignedAuthenticator, withoutSigning } from "../../contract/authenticator.ts";
import { clientId, type NodeId } from "../../contract/core.ts";
import { messageTypeOf } from "../../wire/envelope.ts";
import { encodeRequest } from "../../wire/request.ts";
import { Cluster, filledService } from "../cluster.fixture.ts";
import { NEW_VIEW, PRE_PREPARE, STATUS, VIEW_CHANGE } from "../messages.ts";
import { SessionVectors } from "../session-keys/session-vectors.ts";
import { pbftMac } from "../variants/pbft-mac.ts";
import { encodeViewChange } from "./messages.ts";

const HOST = clientId({ host: 0, index: 0 });
const ALICE = clientId({ host: 0, index: 1 });
const LIARS = [0, 6];
const GOOD = [1, 2, 3, 4, 5];
const ALL = [0, ...GOOD, 6];
const GENESIS = { sequence: 0, digest: NULL_DIGEST };
const PARAMETERS = {
  replicas: 7,
  faultsMax: 2,
  timers: { requestMs: 1000, statusMs: 150, clientMs: 400, clientCapMs: 1000 },
};

/**
 * Two of seven neither propose, nor lead, nor say where they are. They ask for each view early, and
 * tell half of the good replicas another VIEW-CHANGE than the rest.
 */
class TwoStories {
  readonly #authenticators = new Map<NodeId, UnsignedAuthenticator>();
  readonly cluster: Cluster;
  readonly #told = new Set<number>();

  constructor() {
    this.cluster = new Cluster({
      serviceOf: () => filledService(0, 0),
      wire: { latencyMs: 1, bytesPerMs: 100_000 },
      parameters: PARAMETERS,
      createReplica: (options) => {
        this.#authenticators.set(options.id, withoutSigning(options.authenticator));
        return pbftMac.createReplica(options);
      },
    });
    const silent = new Set([PRE_PREPARE, NEW_VIEW, STATUS, VIEW_CHANGE]);
    this.cluster.onWire = ({ from, bytes }) =>
      LIARS.includes(from) && silent.has(messageTypeOf(bytes) ?? 0) ? null : bytes;
  }

  /** Alice asks all, and all again. */
  ask(): void {
    const scheme = new MacVectors(this.cluster.cluster, this.cluster.authenticatorOf(ALICE));
    const options = { argumentBytes: 0, resultBytes: 0 };
    const operation = kv.encode({ f: "write", key: "k", value: "v" }, options);
    const bytes = encodeRequest(scheme, { timestamp: 1, operation });
    for (const to of ALL) {
      for (const at of [1, 401, 1201]) {
        this.cluster.at(at, () => this.cluster.deliver({ from: HOST, to, bytes }));
      }
    }
  }

  /** For the view that comes after the highest. */
  lie(): void {
    const views = GOOD.map((id) => this.cluster.cores[id]?.status().view ?? 0);
    const view = 1 + Math.max(...views);
    if (this.#told.has(view)) return;
    this.#told.add(view);
    for (const from of LIARS) for (const to of ALL) if (to !== from) this.#tell(view, from, to);
  }

  #tell(view: number, from: NodeId, to: NodeId): void {
    const backups = GOOD.filter((id) => id !== view % ALL.length);
    const fooled = from === 0 ? backups.slice(2) : backups.slice(0, 2);
    const other = fooled.includes(to) ? [{ sequence: 4000, digest: "a".repeat(64) }] : [];
    const payload = encodeViewChange({
      view,
      stable: 0,
      checkpoints: [GENESIS, ...other],
      prepared: new Map(),
      prePrepared: new Map(),
    });
    const authenticator = this.#authenticators.get(from) as UnsignedAuthenticator;
    const parts = { meter: new CheckMeter(), clock: this.cluster };
    const scheme = new SessionVectors(this.cluster.cluster, authenticator, parts);
    const bytes = scheme.seal({ type: VIEW_CHANGE, payload }, "all");
    this.cluster.deliver({ from, to, bytes });
  }
}

test("protocols §20.8: two liars of seven who tell two stories cost the view that one of them leads, and no service", () => {
  const stories = new TwoStories();
  const { cluster } = stories;
  stories.ask();
  for (let at = 300; at < 20_000; at += 100) cluster.at(at, () => stories.lie());
  const isServed = () => GOOD.every((id) => cluster.lastExec(id) > 0);
  expect(cluster.run(isServed, 20_000)).not.toBe(null);
  expect(GOOD.map((id) => cluster.cores[id]?.status().view)).toEqual(GOOD.map(() => 1));
});
