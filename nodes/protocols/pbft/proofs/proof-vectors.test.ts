/** Proofs made of vouchers' vectors: what they promise, whatever liars do (protocols §22.1). */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NULL_DIGEST } from "../../contract/audit.ts";
import { TAG_BYTES } from "../../contract/authenticator.ts";
import type { NodeId } from "../../contract/core.ts";
import { Writer } from "../../wire/codec.ts";
import { digestOf, type Envelope } from "../../wire/envelope.ts";
import { CHECKPOINT, COMMIT, encodeCheckpoint, encodeVote, PREPARE } from "../messages.ts";
import { VOUCH } from "./messages.ts";
import { Provers, spoiledFor } from "./proofs.fixture.ts";

const AUTHOR = 1;
const CLUSTERS = new Map([1, 2].map((faults) => [faults, new Provers(faults)]));

const prepare = (sequence = 1) => ({
  type: PREPARE,
  payload: encodeVote({ view: 0, sequence, digest: NULL_DIGEST }),
});

/** So many liars, and for each replica the readers whose entries it would spoil. */
const worlds = fc.constantFrom(1, 2).chain((faults) => {
  const ids = CLUSTERS.get(faults)?.ids ?? [];
  return fc.record({
    faults: fc.constant(faults),
    liars: fc.subarray([...ids], { maxLength: faults }),
    author: fc.constantFrom(...ids),
    holder: fc.constantFrom(...ids),
    spoils: fc.array(fc.subarray([...ids]), { minLength: ids.length, maxLength: ids.length }),
  });
});

function clusterOf(faults: number): Provers {
  const provers = CLUSTERS.get(faults);
  if (provers === undefined) throw new RangeError(`no cluster for ${faults}`);
  return provers;
}

/** A proof of these entries, whatever they are worth. */
function framed({ content }: Envelope, entries: readonly (readonly [NodeId, Uint8Array])[]) {
  const writer = new Writer(1024);
  for (const [voucher, vector] of entries) writer.u32(voucher).raw(vector);
  const authentication = writer.finish();
  const frame = new Writer(1024).blob(content).u16(authentication.length).raw(authentication);
  return frame.finish();
}

describe("protocols §22.1: a proof", () => {
  test("is complete: what one good replica holds convinces all, whatever liars spoil", () => {
    const held = { proofs: 0, whole: 0 };
    fc.assert(
      fc.property(worlds, ({ faults, liars, author, holder, spoils }) => {
        const provers = clusterOf(faults);
        fc.pre(!liars.includes(holder));
        const message = provers.message(author, prepare());
        const accepted = new Map<NodeId, Uint8Array>();
        for (const voucher of provers.ids) {
          const vector = provers.vectorOf(voucher, message);
          const shown = liars.includes(voucher)
            ? spoiledFor(spoils[voucher] ?? [], { voucher, vector })
            : vector;
          // An author is known to have said it otherwise, perhaps: then its vector counts unseen.
          const isTaken =
            voucher === author || provers.isGoodFor(holder, shown, { voucher, message });
          if (isTaken) accepted.set(voucher, shown);
        }
        // All good replicas vouch for what a good author said, and they are enough.
        const { vouchersMin } = provers.of(holder);
        if (!liars.includes(author)) expect(accepted.size).toBeGreaterThanOrEqual(vouchersMin);
        if (accepted.size < vouchersMin) return;
        held.proofs += 1;
        const proof = provers.of(holder).proof(message, accepted);
        for (const reader of provers.ids.filter((id) => !liars.includes(id))) {
          expect(provers.of(reader).prove(proof), `r${reader}`).not.toBe(null);
        }
      }),
      { numRuns: 400 },
    );
    expect(held.proofs).toBeGreaterThan(100);
  });

  test("is sound: f liars make nobody believe what a good author did not say", () => {
    fc.assert(
      fc.property(worlds, fc.nat(), ({ faults, liars, author, spoils }, seed) => {
        const provers = clusterOf(faults);
        fc.pre(!liars.includes(author));
        const [said, unsaid] = [provers.message(author, prepare(1)), prepare(2)];
        const forged = provers.message(author, unsaid);
        const entries = provers.ids.map((voucher): readonly [NodeId, Uint8Array] => {
          if (liars.includes(voucher)) return [voucher, provers.vectorOf(voucher, forged)];
          // Of good ones liars have what they said of something else, or of the same to others.
          const other = provers.vectorOf(voucher, said);
          const borrowed = provers.vectorOf(liars[0] ?? voucher, liars.length > 0 ? forged : said);
          return [voucher, (spoils[voucher]?.length ?? 0) % 2 === 0 ? other : borrowed];
        });
        const { vouchersMin } = provers.of(author);
        const first = seed % (provers.ids.length - vouchersMin + 1);
        const chosen = entries.slice(first, first + vouchersMin);
        for (const reader of provers.ids.filter((id) => !liars.includes(id))) {
          expect(provers.of(reader).prove(framed(forged, chosen)), `r${reader}`).toBe(null);
        }
      }),
      { numRuns: 400 },
    );
  });

  const provers = clusterOf(1);
  const message = provers.message(AUTHOR, prepare());
  const entry = (voucher: NodeId, of = message) =>
    [voucher, provers.vectorOf(voucher, of)] as const;
  const spoiled = (voucher: NodeId, readers: readonly NodeId[]) =>
    [
      voucher,
      spoiledFor(readers, { voucher, vector: provers.vectorOf(voucher, message) }),
    ] as const;
  const isBelieved = (reader: NodeId, entries: readonly (readonly [NodeId, Uint8Array])[]) =>
    provers.of(reader).prove(framed(message, entries)) !== null;

  test("with good entries of f replicas only convinces nobody", () => {
    expect(isBelieved(3, [entry(0), spoiled(1, [3]), spoiled(2, [3])])).toBe(false);
    expect(isBelieved(3, [entry(0), entry(1), spoiled(2, [3])])).toBe(true);
  });

  test("counts who vouches, not how often", () => {
    expect(isBelieved(3, [entry(0), entry(0), spoiled(2, [3])])).toBe(false);
    expect(isBelieved(3, [spoiled(1, [3]), entry(2), entry(2)])).toBe(false);
  });

  test("is about one content: vouches for another message count for nothing", () => {
    const payload = encodeVote({ view: 0, sequence: 1, digest: "d1".repeat(32) });
    for (const content of [prepare(2), { type: PREPARE, payload }]) {
      const other = provers.message(AUTHOR, content);
      expect(isBelieved(3, [entry(0, other), entry(1, other), entry(2, other)])).toBe(false);
    }
  });

  test("is read by the words of each voucher, whatever was digested of the message before", () => {
    const whole = provers.opened(framed(message, [entry(0), entry(1), entry(2)]));
    digestOf(whole, provers.of(3));
    expect(provers.of(3).prove(whole.frame)).toBe(whole.frame);
  });

  test("is verified by the same rule when it comes by itself", () => {
    const payload = encodeCheckpoint({ sequence: 64, digest: NULL_DIGEST });
    const checkpoint = provers.message(AUTHOR, { type: CHECKPOINT, payload });
    const isVerified = (of: Envelope, spoilt: readonly NodeId[]) => {
      const entries = provers.ids.slice(0, 3).map((voucher) => {
        const vector = provers.vectorOf(voucher, of);
        const readers = spoilt.includes(voucher) ? [3] : [];
        return [voucher, spoiledFor(readers, { voucher, vector })] as const;
      });
      return provers.of(3).verify(provers.opened(framed(of, entries)));
    };
    expect(isVerified(checkpoint, [])).toBe(true);
    expect(isVerified(checkpoint, [1, 2])).toBe(false);
    expect(isVerified(message, []), "a vote comes from its author").toBe(false);
  });

  test("is what others bring, and no author's vector: that may be spoiled on its way", () => {
    const whole = provers.opened(framed(message, [entry(0), entry(1), entry(2)]));
    expect([message, whole].map((each) => provers.of(3).isPortable(each))).toEqual([false, true]);
  });

  test("is about one author: what it vouches for of another one counts for nothing", () => {
    const same = provers.message(2, prepare());
    expect(isBelieved(3, [entry(0, same), entry(1, same), entry(2, same)])).toBe(false);
  });

  test("has 2f+1 vectors, of replicas, and nothing attached", () => {
    expect(isBelieved(3, [entry(0), entry(1)])).toBe(false);
    expect(isBelieved(3, [entry(0), entry(1), entry(2), entry(3)])).toBe(false);
    expect(isBelieved(3, [entry(0), entry(1), [9, entry(2)[1]]])).toBe(false);
    const whole = framed(message, [entry(0), entry(1), entry(2)]);
    expect(provers.of(3).prove(whole)).toBe(whole);
    expect(provers.of(3).prove(Uint8Array.of(...whole, 1))).toBe(null);
  });

  test("is believed by its own voucher, which has no entry for itself in its vector", () => {
    // The liar 0 spoilt 2's entry: of three vouchers 1 and 2 itself are good for 2.
    expect(isBelieved(2, [spoiled(0, [2]), entry(1), entry(2)])).toBe(true);
    const invented = [2, entry(0)[1]] as const;
    expect(isBelieved(2, [spoiled(0, [2]), entry(1), invented])).toBe(false);
  });

  test("is there of what may have to be shown, and of nothing else", () => {
    const commit = { type: COMMIT, payload: prepare().payload };
    const said = provers.message(AUTHOR, commit);
    const vectors = [0, 1, 2].map((voucher) => [voucher, provers.vectorOf(voucher, said)] as const);
    expect(provers.of(3).prove(framed(said, vectors))).toBe(null);
    const vouch = provers.message(0, provers.of(0).vouchFor(provers.of(0).sayingOf(message)));
    expect(vouch.type).toBe(VOUCH);
    expect(provers.of(3).prove(framed(vouch, vectors))).toBe(null);
  });
});

test("protocols §22.1: what others are to vouch for has an entry for each of them", () => {
  const provers = clusterOf(1);
  const message = provers.message(AUTHOR, prepare());
  const tag = message.authentication.subarray(0, TAG_BYTES);
  const forOne = new Writer(256).blob(message.content).u16(TAG_BYTES).raw(tag).finish();
  expect(provers.of(0).open(forOne)).toBe(null);
});
