/**
 * Clients that keep to no rule, against a cluster of good replicas: whatever they send, and to
 * whomever, nobody deposes a correct primary for it and every good client is served.
 */
import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { kv } from "../../services/kv.ts";
import { clientId } from "../contract/core.ts";
import { VALUE_BYTES_MAX } from "../contract/limits.ts";
import { encodeRequest } from "../wire/request.ts";
import { Cluster, filledService } from "./cluster.fixture.ts";

const HOST = clientId({ host: 0, index: 0 });
const BAD = clientId({ host: 0, index: 1 });
const GOOD = [2, 3, 4].map((index) => clientId({ host: 0, index }));
const OPTIONS = { argumentBytes: 0, resultBytes: 0 };
const REQUEST_MS = 1_000;
const LASTS_MS = 5_000;
const EVERY_MS = 20;

/** What the bad client sends at its k-th turn: timestamps, each with an operation of its own. */
const PROGRAMS: Readonly<Record<string, (turn: number) => readonly number[]>> = {
  "rising timestamps, never waiting": (turn) => [3 * turn, 3 * turn + 1, 3 * turn + 2],
  "falling timestamps": (turn) => [1_000_000 - turn, 999_999 - 2 * turn],
  "one timestamp again and again": () => [7, 7],
  "rising, and back to each older one": (turn) => [turn, Math.max(1, turn - 1), 1],
};

const TARGETS: Readonly<Record<string, readonly number[]>> = {
  "the primary": [0],
  "one backup": [2],
  "all backups": [1, 2, 3],
  everybody: [0, 1, 2, 3],
};

interface Attack {
  readonly program: (turn: number) => readonly number[];
  readonly targets: readonly number[];
  readonly valueBytes: number;
  /** Another operation for each target, under one timestamp. */
  readonly differs?: boolean;
}

function attacked({ program, targets, valueBytes, differs = false }: Attack) {
  const timers = { requestMs: REQUEST_MS, statusMs: 150, clientMs: 400, clientCapMs: 2000 };
  const cluster = new Cluster({
    serviceOf: () => filledService(0, 0),
    wire: { latencyMs: 1, bytesPerMs: 100_000 },
    parameters: { timers, checkpointInterval: 64, window: 128, batchMax: 64, pipeline: 4 },
    isDiskKept: false,
  });
  const send = (client: number, timestamp: number, value: string, to: readonly number[]) => {
    const operation = kv.encode({ f: "write", key: `k${client}`, value }, OPTIONS);
    const bytes = encodeRequest(cluster.envelopes(client), { timestamp, operation });
    for (const target of to) cluster.deliver({ from: HOST, to: target, bytes });
  };
  const filling = "x".repeat(valueBytes);
  for (let turn = 1; turn * EVERY_MS < LASTS_MS; turn++) {
    cluster.at(turn * EVERY_MS, () => {
      for (const timestamp of program(turn)) {
        for (const target of targets) {
          const mark = differs ? `${target}` : "";
          send(BAD, timestamp, `${turn} ${timestamp} ${mark} ${filling}`, [target]);
        }
      }
    });
  }
  const sentAt = new Map<string, number>();
  for (const [index, client] of GOOD.entries()) {
    for (let t = 1; 200 * t < LASTS_MS; t++) {
      cluster.at(200 * t + 7 * index, () => {
        sentAt.set(`${client} ${t}`, cluster.now);
        send(client, t, "good", [0]);
      });
    }
  }
  return { cluster, sentAt };
}

/** How long each good request took until a quorum had executed it, ms; throws at a lost one. */
function longestWait(attack: Attack): { readonly waitMs: number; readonly views: number[] } {
  const { cluster, sentAt } = attacked(attack);
  const seen = cluster.audits.map(() => 0);
  const executedBy = new Map<string, number>();
  let waitMs = 0;
  const look = () => {
    for (const [id, audit] of cluster.audits.entries()) {
      for (const event of audit.slice(seen[id])) {
        if (event.e !== "executed") continue;
        for (const [client, t] of event.ops) {
          const name = `${client} ${t}`;
          const count = (executedBy.get(name) ?? 0) + 1;
          executedBy.set(name, count);
          const sent = sentAt.get(name);
          if (count === 3 && sent !== undefined && client !== BAD) {
            waitMs = Math.max(waitMs, cluster.now - sent);
          }
        }
      }
      seen[id] = audit.length;
    }
    cluster.at(cluster.now + 5, look);
  };
  cluster.at(0, look);
  cluster.run(() => false, LASTS_MS + 2 * REQUEST_MS);
  for (const name of sentAt.keys()) assert.ok((executedBy.get(name) ?? 0) >= 3, `${name} is lost`);
  return { waitMs, views: cluster.cores.map((core) => core.status().view) };
}

describe("clients that keep to no rule (protocols §5, §10.2)", () => {
  for (const [what, program] of Object.entries(PROGRAMS)) {
    for (const [whom, targets] of Object.entries(TARGETS)) {
      test(`${what}, to ${whom}: nobody is deposed, and the others are served`, () => {
        const { waitMs, views } = longestWait({ program, targets, valueBytes: 10 });
        assert.deepEqual(views, [0, 0, 0, 0]);
        assert.ok(waitMs < 100, `${waitMs} ms`);
      });
    }
  }

  test("another operation for each replica under one timestamp deposes nobody", () => {
    const program = (turn: number) => [turn];
    const attack = { program, targets: [0, 1, 2, 3], valueBytes: 10, differs: true };
    const { waitMs, views } = longestWait(attack);
    assert.deepEqual(views, [0, 0, 0, 0]);
    assert.ok(waitMs < 100, `${waitMs} ms`);
  });

  test("the largest requests of one client do not keep the small ones of its host back", () => {
    const program = (turn: number) => (turn % 5 === 0 ? [turn, turn + 1] : []);
    const attack = { program, targets: [0], valueBytes: VALUE_BYTES_MAX - 100 };
    const { waitMs, views } = longestWait(attack);
    assert.deepEqual(views, [0, 0, 0, 0]);
    assert.ok(waitMs < 200, `${waitMs} ms`);
  });
});
