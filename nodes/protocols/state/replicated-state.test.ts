import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { kv } from "../../services/kv.ts";
import { ClientTable } from "../client-table.ts";
import { ReplicatedState } from "./replicated-state.ts";

const OPTIONS = { argumentBytes: 0, resultBytes: 0 };
const CLIENT = 65_537;
const VALUE = "v".repeat(10_000);

function start() {
  const service = kv.create(OPTIONS);
  const clients = new ClientTable();
  const work = { bytes: 0 };
  const digest = (bytes: Uint8Array) => {
    work.bytes += bytes.length;
    return createHash("sha256").update(bytes).digest("hex");
  };
  const state = new ReplicatedState({ service, clients, digest });
  let timestamp = 0;
  const write = (key: string, value: string) => {
    timestamp += 1;
    const result = service.execute(kv.encode({ f: "write", key, value }, OPTIONS));
    clients.record(CLIENT, { timestamp, result });
  };
  /** Of the same content, built from nothing. */
  const anew = () => state.tree.of(changedEntries(service, clients)).digest;
  return { state, service, write, work, anew };
}

function changedEntries(service: ReturnType<typeof kv.create>, clients: ClientTable) {
  const inSpace = (space: number, entries: Iterable<{ key: Uint8Array; value: Uint8Array }>) =>
    [...entries].map(({ key, value }) => ({ key: Uint8Array.of(space, ...key), value }));
  return [...inSpace(0, service.entries()), ...inSpace(1, clients.entries())];
}

test("the digest of 30 MiB costs what has changed since it was asked for, not the whole state", () => {
  const { state, write, work, anew } = start();
  for (let key = 0; key < 3_000; key++) write(`k${key}`, VALUE);
  state.checkpoint();
  for (const key of ["k7", "new"]) {
    write(key, "x");
    work.bytes = 0;
    const digest = state.digest();
    expect(work.bytes).toBeLessThan(128 * 1024);
    work.bytes = 0;
    expect(state.digest()).toBe(digest);
    expect(work.bytes).toBe(0);
    expect(digest).toBe(anew());
  }
});

test("questions between checkpoints change no checkpoint, nor what the last one was", () => {
  const writes = fc.array(fc.record({ key: fc.integer({ min: 0, max: 40 }), asks: fc.boolean() }));
  fc.assert(
    fc.property(writes, (list) => {
      const [asked, silent] = [start(), start()];
      for (const { key, asks } of list) {
        for (const { write } of [asked, silent]) write(`k${key}`, VALUE);
        const { root } = asked.state;
        if (asks) expect(asked.state.digest()).toBe(asked.anew());
        expect(asked.state.root).toBe(root);
      }
      expect(asked.state.checkpoint().digest).toBe(silent.state.checkpoint().digest);
    }),
    { numRuns: 50 },
  );
});

test("the digest of a small state shows an increment that its service has missed", () => {
  const { state, service, write, anew } = start();
  write("k", "x");
  service.takeChanges();
  expect(state.digest()).toBe(anew());
});

test("the digest of a restored state is that of the checkpoint it was restored from", () => {
  const { state, write } = start();
  for (let key = 0; key < 30; key++) write(`k${key}`, VALUE);
  const root = state.checkpoint();
  const copy = start();
  copy.write("left over", VALUE);
  expect(copy.state.restore(root)).toBe(true);
  expect(copy.state.digest()).toBe(root.digest);
});
