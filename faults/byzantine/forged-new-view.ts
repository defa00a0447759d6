/**
 * A new primary whose NEW-VIEW is not justified (reference 1.16): it throws away what was prepared
 * by leaving out who knows of it, or signs its set O with nonsense.
 */
import { z } from "zod";
import { select } from "../../nodes/protocols/pbft/certificates/selection.ts";
import {
  readViewChange,
  type ViewChangeClaims,
} from "../../nodes/protocols/pbft/certificates/view-change.ts";
import {
  decodeNewView,
  decodeViewChange,
  encodeNewView,
  encodeViewChange,
  encodeVote,
  NEW_VIEW,
  type NewView,
  PRE_PREPARE,
  VIEW_CHANGE,
} from "../../nodes/protocols/pbft/messages.ts";
import { quorumSize, weakQuorumSize } from "../../nodes/protocols/quorum.ts";
import { Writer } from "../../nodes/protocols/wire/codec.ts";
import { type BehaviourContext, defineBehaviour, ownMessage } from "./behaviour.ts";
import { passedOff } from "./passed-off.ts";

const schema = z.strictObject({
  /**
   * `few`: f+1 VIEW-CHANGEs, those that prove least, its own among them. `repeated`: its own as
   * often as a quorum needs. `unsigned`: the right set O, with signatures that do not fit.
   */
  lie: z.enum(["few", "repeated", "unsigned"]).default("few"),
});

export const forgedNewView = defineBehaviour({
  name: "forged-new-view",
  summary: "as new primary, sends a NEW-VIEW with too few VIEW-CHANGEs, or with a set O unsigned",
  schema,
  variants: [{ lie: "few" }, { lie: "repeated" }, { lie: "unsigned" }],
  create: ({ lie }, context) => ({
    rewrite(_to, frame) {
      const envelope = ownMessage(context, frame);
      const message =
        envelope?.type === NEW_VIEW ? decodeNewView(envelope.payload, context.cluster) : null;
      if (message === null) return [frame];
      const told = lie === "unsigned" ? unsigned(message) : unjustified(context, message, lie);
      return [
        context.envelopes.seal({ type: NEW_VIEW, payload: encodeNewView(passedOff(told)) }, "all"),
      ];
    },
  }),
});

function unsigned(message: NewView<Uint8Array>): NewView<Uint8Array> {
  const prePrepares = message.prePrepares.map((frame) => {
    const bytes = frame.slice();
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    return bytes;
  });
  return { ...message, prePrepares };
}

function unjustified(
  context: BehaviourContext,
  { view, viewChanges }: NewView<Uint8Array>,
  lie: "few" | "repeated",
): NewView<Uint8Array> {
  const { cluster, envelopes, id } = context;
  const all = viewChanges.flatMap((frame) => claimsIn(context, frame) ?? []);
  const others = all
    .filter(({ replica }) => replica !== id)
    .toSorted((a, b) => a.prepared.size - b.prepared.size);
  const own = all.find(({ replica }) => replica === id);
  const empty = own && claimsIn(context, withoutCertificates(context, own.frame));
  if (!empty) return { view, viewChanges, prePrepares: [] };
  const used =
    lie === "few"
      ? [empty, ...others.slice(0, weakQuorumSize(cluster) - 1)]
      : Array.from({ length: quorumSize(cluster) }, () => empty);
  const prePrepares = select(used).chosen.map((choice) =>
    envelopes.seal({ type: PRE_PREPARE, payload: encodeVote({ view, ...choice }) }, "all"),
  );
  return { view, viewChanges: used.map(({ frame }) => frame), prePrepares };
}

function claimsIn(context: BehaviourContext, frame: Uint8Array): ViewChangeClaims | null {
  const envelope = context.envelopes.open(frame);
  const found =
    envelope &&
    readViewChange({ scheme: context.envelopes, cluster: context.cluster }, envelope.frame.slice());
  return typeof found === "string" ? null : found;
}

function withoutCertificates(
  { cluster, envelopes }: BehaviourContext,
  frame: Uint8Array,
): Uint8Array {
  const envelope = envelopes.open(frame);
  const message = envelope && decodeViewChange(envelope.payload, cluster);
  if (message === null) return new Writer(0).finish();
  return envelopes.seal(
    { type: VIEW_CHANGE, payload: encodeViewChange(passedOff({ ...message, prepared: [] })) },
    "all",
  );
}
