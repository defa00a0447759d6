/** A liar can change every field of every message: its layouts are those that replicas speak. */
import { expect, test } from "vitest";
import { fastAuthenticators } from "../../../../harness/drivers/simulation/authenticators.ts";
import { drawSchedule } from "../../../../harness/drivers/simulation/draw-schedule.ts";
import type { Passing } from "../../../../harness/drivers/simulation/kernel.ts";
import { play } from "../../../../harness/drivers/simulation/play.ts";
import type { Protocol } from "../../../../nodes/protocols/contract/protocol.ts";
import { PBFT_MESSAGE_TYPES } from "../../../../nodes/protocols/pbft/messages.ts";
import { pbftMac } from "../../../../nodes/protocols/pbft/variants/pbft-mac.ts";
import { pbftMacProof } from "../../../../nodes/protocols/pbft/variants/pbft-mac-proof.ts";
import { pbftRelay } from "../../../../nodes/protocols/pbft/variants/pbft-relay.ts";
import { pbftSig } from "../../../../nodes/protocols/pbft/variants/pbft-sig.ts";
import { messageTypeOf } from "../../../../nodes/protocols/wire/envelope.ts";
import { kv } from "../../../../nodes/services/kv.ts";
import { ClaimingPbft } from "../pbft-mac.ts";
import { ProvingPbft } from "../pbft-mac-proof.ts";
import { RelayingPbft } from "../pbft-relay.ts";
import { SignedPbft } from "../pbft-sig.ts";
import { putTogether, takenApart } from "./layout.ts";
import { attachmentLayouts } from "./layouts.ts";

const VARIANTS = [
  { name: pbftSig.name, protocol: pbftSig, Messages: SignedPbft },
  { name: pbftMac.name, protocol: pbftMac, Messages: ClaimingPbft },
  { name: pbftMacProof.name, protocol: pbftMacProof, Messages: ProvingPbft },
  { name: pbftRelay.name, protocol: pbftRelay, Messages: RelayingPbft },
];
/** Views change in them, replicas fall behind, and states are fetched. */
const SEEDS = Array.from({ length: 8 }, (_, index) => index + 1);
/** What replicas say to replicas; the rest is between clients and them. */
const RARE = ["REQUEST", "REPLY", "FETCH-BODY", "BODY"];

/** Frames between the replicas of some schedules, all that differ in type or length. */
function framesOf(protocol: Protocol): readonly Uint8Array[] {
  const kept = new Map<string, Uint8Array>();
  const pass = ({ bytes }: Passing) => {
    kept.set(`${messageTypeOf(bytes)} ${bytes.length}`, bytes);
    return [bytes];
  };
  for (const seed of SEEDS) {
    const drawn = drawSchedule(seed, protocol, null, 1);
    const cluster = { ...drawn.cluster, clientAuth: protocol.traits.clientAuths[0] };
    const schedule = { ...drawn, cluster, byzantine: null };
    play(schedule, { protocol, service: kv, signatures: "fast", intruder: { holds: 0, pass } });
  }
  return [...kept.values()];
}

test.each(VARIANTS)(
  "$name: every message comes apart and together again",
  ({ protocol, Messages }) => {
    const { cluster } = drawSchedule(1, protocol, null, 1);
    const authenticator = fastAuthenticators(1, [0, 1, 2, 3])(0);
    const messages = new Messages({ id: 0, cluster, authenticator });
    const seen = new Set<number>();
    for (const frame of framesOf(protocol)) {
      const envelope = messages.open(frame);
      if (envelope === null) throw new Error(`type ${messageTypeOf(frame)} is no message`);
      const { type, payload, attachment } = envelope;
      seen.add(type);
      const tree = takenApart(messages.layouts.get(type) ?? [], payload);
      expect(tree, `payload of type ${type}`).not.toBeNull();
      expect(putTogether(tree ?? [])).toEqual(payload);
      const bodies = takenApart(attachmentLayouts.get(type) ?? [], attachment);
      expect(bodies, `attachment of type ${type}`).not.toBeNull();
      expect(putTogether(bodies ?? [])).toEqual(attachment);
    }
    const common = Object.entries(PBFT_MESSAGE_TYPES).filter(([name]) => !RARE.includes(name));
    for (const [name, type] of common) expect(seen.has(type), name).toBe(true);
    for (const type of Object.values(protocol.messageTypes)) {
      expect(messages.layouts.has(type), `type ${type}`).toBe(true);
    }
  },
);
