/** How much of what was ordered a cluster keeps in memory (protocols §5.2, §12.5). */
import assert from "node:assert/strict";
import { test } from "vitest";
import { ed25519Authenticators } from "../../../harness/drivers/simulation/authenticators.ts";
import { clientId } from "../contract/core.ts";
import { OPERATION_BYTES_MAX, VALUE_BYTES_MAX } from "../contract/limits.ts";
import type { Envelope } from "../wire/envelope.ts";
import { decodeRequest, encodeRequest, makeBatch, type Request } from "../wire/request.ts";
import { Cluster, filledService } from "./cluster.fixture.ts";
import { encodeVote, PRE_PREPARE } from "./messages.ts";

const MIB = 1024 * 1024;
const WRITES = 100;
const EVERY_MS = 20;

test("large requests bring the next checkpoint nearer, before their bodies take much memory", () => {
  const cluster = new Cluster({
    serviceOf: () => filledService(0, 0),
    wire: { latencyMs: 1, bytesPerMs: 100_000 },
    parameters: { checkpointInterval: 128, window: 256 },
    // Real digests: of megabytes they are the quick ones.
    authenticators: ed25519Authenticators,
    isDiskKept: false,
  });
  const bodies: number[] = [];
  let most = 0;
  const envelopes = cluster.envelopes(1);
  cluster.onWire = ({ from, to, bytes }) => {
    if (from !== 0 || to !== 1) return bytes;
    const envelope = envelopes.open(bytes);
    if (envelope?.type !== PRE_PREPARE) return bytes;
    bodies.push(envelope.attachment.length);
    const kept = bodies.slice(cluster.cores[0]?.status().stable ?? 0);
    most = Math.max(
      most,
      kept.reduce((sum, length) => sum + length, 0),
    );
    return bytes;
  };
  const value = "v".repeat(VALUE_BYTES_MAX);
  for (let turn = 1; turn <= WRITES; turn++) {
    cluster.at(turn * EVERY_MS, () => cluster.write(`k${turn % 3}`, value));
  }
  cluster.run(() => false, WRITES * EVERY_MS + 2000);
  const executed = (cluster.audits[1] ?? []).flatMap((event) =>
    event.e === "executed" ? event.ops : [],
  );
  assert.equal(executed.length, WRITES);
  assert.ok(most <= 70 * MIB, `${(most / MIB).toFixed(0)} MiB`);
  for (const core of cluster.cores) {
    const { view, stable, lastExec } = core.status();
    assert.deepEqual({ view, stable }, { view: 0, stable: 128 });
    assert.ok(lastExec > 128 && lastExec < 128 + WRITES, `${lastExec}`);
  }
});

test("bodies that a bad primary left far above do not keep the next one from ordering", () => {
  const cluster = new Cluster({
    serviceOf: () => filledService(0, 0),
    wire: { latencyMs: 1, bytesPerMs: 100_000 },
    parameters: { checkpointInterval: 8, window: 32 },
    authenticators: ed25519Authenticators,
    isDiskKept: false,
  });
  const r0 = cluster.envelopes(0);
  cluster.onWire = ({ from, bytes }) => (from === 0 ? null : bytes);
  const requestOf = (index: number, timestamp: number, bytes: number): Request => {
    const client = cluster.envelopes(clientId({ host: 0, index }));
    const frame = encodeRequest(client, { timestamp, operation: new Uint8Array(bytes) });
    return decodeRequest(r0, r0.open(frame) as Envelope) as Request;
  };
  // Another batch for each backup, so that nothing of it is ever prepared.
  for (const to of [1, 2, 3]) {
    const long = [1, 2].map((index) => requestOf(index, to, OPERATION_BYTES_MAX - 8192));
    const { digest, bytes } = makeBatch(r0, long);
    for (let sequence = 9; sequence <= 25; sequence++) {
      const content = { type: PRE_PREPARE, payload: encodeVote({ view: 0, sequence, digest }) };
      cluster.deliver({ from: 0, to, bytes: r0.seal(content, "all", bytes) });
    }
  }
  const { frame } = requestOf(3, 1, 10).envelope;
  const host = clientId({ host: 0, index: 0 });
  for (const to of [1, 2, 3]) cluster.deliver({ from: host, to, bytes: frame });
  const isServed = (id: number) => cluster.cores[id]?.status().counters["requests"] === 1;
  assert.notEqual(
    cluster.run(() => [1, 2, 3].every(isServed), 100_000),
    null,
  );
});
