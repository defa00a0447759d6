/** How long messages get where others vouch for them. */
import { NULL_DIGEST } from "../../contract/audit.ts";
import { TAG_BYTES } from "../../contract/authenticator.ts";
import { type BlankSchemes, blankMacVectors, blankTagsOf } from "../../contract/message-sizes.ts";
import type { MessageParameters, MessageSizes } from "../../contract/protocol.ts";
import type { ClusterSize } from "../../quorum.ts";
import { type BlankProofs, pbftMessageSizes } from "../message-sizes.ts";
import { PREPARE } from "../messages.ts";
import { encodeVouch, VOUCH } from "./messages.ts";
import { ProofVectors } from "./proof-vectors.ts";

export function provenMessageSizes(parameters: MessageParameters): MessageSizes {
  return pbftMessageSizes(parameters, blankProofs(parameters));
}

export function vouchBytes({ replica }: BlankSchemes): number {
  const saying = { author: 0, type: PREPARE, view: 0, sequence: 0, name: NULL_DIGEST };
  return replica.seal({ type: VOUCH, payload: encodeVouch(saying) }, "all").length;
}

/** As every replica proves things, for the length alone. */
export function blankProofs({ replicas, faultsMax }: ClusterSize): BlankProofs {
  const schemes = blankMacVectors(replicas);
  const scheme = new ProofVectors(
    { clusterId: "", epoch: 0, replicas, faultsMax },
    schemes.replica,
    blankTagsOf(0),
  );
  const vector = new Uint8Array(TAG_BYTES * (replicas - 1));
  const vouchers = Array.from({ length: scheme.vouchersMin }, (_, id) => [id, vector] as const);
  return {
    ...schemes,
    proof(content) {
      const envelope = scheme.open(scheme.seal(content, "all"));
      if (envelope === null) throw new RangeError("a blank message is well-formed");
      return scheme.proof(envelope, new Map(vouchers));
    },
  };
}
