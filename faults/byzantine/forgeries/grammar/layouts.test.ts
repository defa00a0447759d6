/** A liar can change every field of every message: its layouts are those that replicas speak. */
import { expect, test } from "vitest";
import { fastAuthenticators } from "../../../../harness/drivers/simulation/authenticators.ts";
import { drawPlan } from "../../../../harness/drivers/simulation/draw-plan.ts";
import { parametersOf } from "../../../../harness/drivers/simulation/explore.fixture.ts";
import type { Passing } from "../../../../harness/drivers/simulation/kernel.ts";
import { playPlan } from "../../../../harness/drivers/simulation/play-plan.ts";
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

const LYING = ["byzantine", "bad-client"];

/** Frames between the replicas of some plans, all that differ in type or length. */
function framesOf(protocol: Protocol): readonly Uint8Array[] {
  const kept = new Map<string, Uint8Array>();
  const pass = ({ bytes }: Passing) => {
    kept.set(`${messageTypeOf(bytes)} ${bytes.length}`, bytes);
    return [bytes];
  };
  for (const seed of SEEDS) {
    const { cluster, ...drawn } = drawPlan(seed, protocol, kv, { faults: 1 });
    const [clientAuth] = protocol.traits.clientAuths;
    const parameters = { ...cluster.parameters, clientAuth };
    const entries = drawn.entries.filter(({ fault }) => !LYING.includes(fault));
    const plan = { ...drawn, cluster: { ...cluster, parameters }, entries };
    const nodes = { protocols: [protocol], services: [kv] };
    playPlan(plan, { nodes, intruder: { holds: 0, pass }, rerun: "" });
  }
  return [...kept.values()];
}

test.each(VARIANTS)(
  "$name: every message comes apart and together again",
  ({ protocol, Messages }) => {
    const cluster = parametersOf(protocol);
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
