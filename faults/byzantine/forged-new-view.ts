/**
 * A new primary whose NEW-VIEW is not justified (protocols §9.6): it throws away what was prepared
 * by leaving out who knows of it, or puts nonsense in the place of signatures or codes.
 */
import { z } from "zod";
import type { NewView as ClaimedNewView } from "../../nodes/protocols/pbft/claims/messages.ts";
import type { NewView } from "../../nodes/protocols/pbft/messages.ts";
import { quorumSize, weakQuorumSize } from "../../nodes/protocols/quorum.ts";
import { defineBehaviour } from "./behaviour.ts";
import { claimingPbft } from "./forgeries/every-pbft.ts";
import { type ClaimingPbft, nothingClaimed } from "./forgeries/pbft-mac.ts";
import { SignedPbft } from "./forgeries/pbft-sig.ts";

const schema = z.strictObject({
  /**
   * `few`: f+1 VIEW-CHANGEs, those that prove least, its own among them. `repeated`: its own as
   * often as a quorum needs. `unsigned`: the right set O, with signatures that do not fit; the
   * right message, with codes that do not, where nothing is signed.
   */
  lie: z.enum(["few", "repeated", "unsigned"]).default("few"),
});

type Parameters = z.output<typeof schema>;

export const forgedNewView = defineBehaviour({
  name: "forged-new-view",
  summary: "as new primary, sends a NEW-VIEW with too few VIEW-CHANGEs, or with a set O unsigned",
  schema,
  variants: [{ lie: "few" }, { lie: "repeated" }, { lie: "unsigned" }],
  fits: {
    "pbft-sig"({ lie }, context) {
      const messages = new SignedPbft(context);
      return {
        rewrite(_to, frame) {
          const message = messages.newViewIn(frame);
          if (message === null) return [frame];
          const told = lie === "unsigned" ? unsigned(message) : unjustified(messages, message, lie);
          return [messages.newView(told)];
        },
      };
    },
    ...claimingPbft(({ lie }: Parameters, messages) => ({
      rewrite(_to, frame) {
        const message = messages.newViewIn(frame);
        if (message === null) return [frame];
        if (lie === "unsigned") return [messages.spoiled(frame)];
        return [messages.newView(unfounded(messages, message, lie))];
      },
    })),
  },
});

function unsigned(message: NewView<Uint8Array>): NewView<Uint8Array> {
  const prePrepares = message.prePrepares.map((frame) => {
    const bytes = frame.slice();
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    return bytes;
  });
  return { ...message, prePrepares };
}

/** Nothing is chosen, as if nobody had prepared anything. */
function unfounded(
  messages: ClaimingPbft,
  { view, viewChanges, selection }: ClaimedNewView,
  lie: "few" | "repeated",
): ClaimedNewView {
  const { cluster, id } = messages;
  const own = { replica: id, name: messages.nameOf(nothingClaimed(view)) };
  const others = viewChanges.filter(({ replica }) => replica !== id);
  const used =
    lie === "few"
      ? [own, ...others.slice(0, weakQuorumSize(cluster) - 1)]
      : Array.from({ length: quorumSize(cluster) }, () => own);
  const ascending = used.toSorted((a, b) => a.replica - b.replica);
  return { view, viewChanges: ascending, selection: { base: selection.base, chosen: [] } };
}

function unjustified(
  messages: SignedPbft,
  { view, viewChanges }: NewView<Uint8Array>,
  lie: "few" | "repeated",
): NewView<Uint8Array> {
  const { cluster, id } = messages;
  const all = viewChanges.flatMap((frame) => messages.claimsIn(frame) ?? []);
  const others = all
    .filter(({ replica }) => replica !== id)
    .toSorted((a, b) => a.prepared.size - b.prepared.size);
  const own = all.find(({ replica }) => replica === id);
  const message = own ? messages.viewChangeIn(own.frame) : null;
  const empty = message && messages.claimsIn(messages.viewChange({ ...message, prepared: [] }));
  if (!empty) return { view, viewChanges, prePrepares: [] };
  const used =
    lie === "few"
      ? [empty, ...others.slice(0, weakQuorumSize(cluster) - 1)]
      : Array.from({ length: quorumSize(cluster) }, () => empty);
  const prePrepares = messages.proposalsFrom(view, used);
  return { view, viewChanges: used.map(({ frame }) => frame), prePrepares };
}
