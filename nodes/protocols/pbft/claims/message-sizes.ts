/** How long the messages of a view change without signatures get. */
import { NULL_DIGEST } from "../../contract/audit.ts";
import { ENVELOPE_BYTES_MAX } from "../../contract/limits.ts";
import { type BlankSchemes, linear } from "../../contract/message-sizes.ts";
import type { MessageParameters, MessageSizes } from "../../contract/protocol.ts";
import { normalCaseSizes } from "../message-sizes.ts";
import { VIEW_CHANGE, type ViewSize } from "../messages.ts";
import { claimsMax, encodeNewView, encodeViewChange } from "./messages.ts";
import type { PreparedClaim } from "./selection.ts";

/** What plans reckon with: claims about one window, as long as nobody lacks a state. */
export function claimsMessageSizes(
  parameters: MessageParameters,
  schemes: BlankSchemes,
): MessageSizes {
  const { window } = parameters;
  const blank = { type: VIEW_CHANGE, payload: new Uint8Array(0) };
  const envelope = schemes.replica.seal(blank, "all").length;
  return {
    ...normalCaseSizes(parameters, schemes),
    "VIEW-CHANGE": envelope + viewChangeBytes(window),
    "NEW-VIEW": envelope + newViewBytes(parameters, window),
  };
}

/** Bytes of the longest honest ones: a longer one is refused before anything of it is read. */
export function longestOf(cluster: ViewSize) {
  const claims = claimsMax(cluster);
  return {
    viewChange: ENVELOPE_BYTES_MAX + viewChangeBytes(claims),
    newView: ENVELOPE_BYTES_MAX + newViewBytes(cluster, claims),
  };
}

const CHECKPOINT = { sequence: 0, digest: NULL_DIGEST };

/** Of the payload. @param claims in each of its lists */
function viewChangeBytes(claims: number): number {
  const none = new Map<number, PreparedClaim>();
  const empty = { view: 0, stable: 0, checkpoints: [], prepared: none, prePrepared: new Map() };
  const claim = new Map([[1, { view: 0, digest: NULL_DIGEST }]]);
  const checkpoints = linear(
    claims,
    (count) => encodeViewChange({ ...empty, checkpoints: Array(count).fill(CHECKPOINT) }).length,
  );
  const votes = linear(
    2 * claims,
    (count) => encodeViewChange(count ? { ...empty, prepared: claim } : empty).length,
  );
  // Both begin with the head that the lists share.
  return checkpoints + votes - encodeViewChange(empty).length;
}

/** Of the payload. @param chosen numbers in X */
function newViewBytes({ replicas }: ViewSize, chosen: number): number {
  const lengthOf = (references: number, choices: number) =>
    encodeNewView({
      view: 0,
      viewChanges: Array(references).fill({ replica: 0, name: NULL_DIGEST }),
      selection: { base: CHECKPOINT, chosen: Array(choices).fill(CHECKPOINT) },
    }).length;
  const references = linear(replicas, (count) => lengthOf(count, 0));
  return references + linear(chosen, (count) => lengthOf(0, count)) - lengthOf(0, 0);
}
