/** How long the messages of a view change without signatures get. */
import { NULL_DIGEST } from "../../contract/audit.ts";
import { ENVELOPE_BYTES_MAX } from "../../contract/limits.ts";
import { linear } from "../../contract/message-sizes.ts";
import type { MessageParameters, MessageSizes } from "../../contract/protocol.ts";
import { pbftMessageSizes } from "../message-sizes.ts";
import type { ViewSize } from "../messages.ts";
import { claimsMax, encodeNewView, encodeViewChange } from "./messages.ts";
import type { PreparedClaim } from "./selection.ts";

/** What plans reckon with: claims about one window, as long as nobody lacks a state. */
export function claimsMessageSizes(parameters: MessageParameters): MessageSizes {
  const { window } = parameters;
  return {
    ...pbftMessageSizes(parameters),
    "VIEW-CHANGE": viewChangeBytes(window),
    "NEW-VIEW": newViewBytes(parameters, window),
  };
}

/** Bytes of the longest honest ones: a longer one is refused before anything of it is read. */
export function longestOf(cluster: ViewSize) {
  const claims = claimsMax(cluster);
  return { viewChange: viewChangeBytes(claims), newView: newViewBytes(cluster, claims) };
}

const CHECKPOINT = { sequence: 0, digest: NULL_DIGEST };

/** @param claims in each of its lists */
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
  return ENVELOPE_BYTES_MAX + checkpoints + votes;
}

/** @param chosen numbers in X */
function newViewBytes({ replicas }: ViewSize, chosen: number): number {
  const lengthOf = (references: number, choices: number) =>
    encodeNewView({
      view: 0,
      viewChanges: Array(references).fill({ replica: 0, name: NULL_DIGEST }),
      selection: { base: CHECKPOINT, chosen: Array(choices).fill(CHECKPOINT) },
    }).length;
  const references = linear(replicas, (count) => lengthOf(count, 0));
  return ENVELOPE_BYTES_MAX + references + linear(chosen, (count) => lengthOf(0, count));
}
