/**
 * A new primary whose NEW-VIEW is not justified (protocols §9.6): it throws away what was prepared
 * by leaving out who knows of it, or puts nonsense in the place of signatures or codes.
 */
import { z } from "zod";
import type { Input, NodeId } from "../../nodes/protocols/contract/core.ts";
import type { NewView as ClaimedNewView } from "../../nodes/protocols/pbft/claims/messages.ts";
import type { NewView } from "../../nodes/protocols/pbft/messages.ts";
import { quorumSize, weakQuorumSize } from "../../nodes/protocols/quorum.ts";
import { type Behaviour, defineBehaviour } from "./behaviour.ts";
import { claimingPbft } from "./forgeries/every-pbft.ts";
import { GivenVouches } from "./forgeries/given-vouches.ts";
import { type ClaimingPbft, nothingClaimed } from "./forgeries/pbft-mac.ts";
import { ProvingPbft } from "./forgeries/pbft-mac-proof.ts";
import { type FramedClaims, SignedPbft } from "./forgeries/pbft-sig.ts";

const schema = z.strictObject({
  /**
   * `few`: f+1 VIEW-CHANGEs, those that prove least, its own among them. `repeated`: its own as
   * often as a quorum needs. `unsigned`: the right set O, with signatures that do not fit; the
   * right message, with codes that do not, where nothing is signed. Where others vouch for
   * VIEW-CHANGEs: those of all that nobody made, and that nobody but itself vouches for.
   */
  lie: z.enum(["few", "repeated", "unsigned"]).default("few"),
});

type Parameters = z.output<typeof schema>;

export const forgedNewView = defineBehaviour({
  name: "forged-new-view",
  summary:
    "as new primary, sends a NEW-VIEW with too few VIEW-CHANGEs, or that nobody stands behind",
  as: "new primary",
  schema,
  fits: {
    "pbft-sig"({ lie }, context) {
      const messages = new SignedPbft(context);
      return {
        rewrite(_to, frame) {
          const message = messages.newViewIn(frame);
          if (message === null) return [frame];
          if (lie === "unsigned") return [messages.newView(unsigned(message))];
          return [unjustified(messages, message, lie)];
        },
      };
    },
    "pbft-mac-proof": ({ lie }, context) => new Unproven(new ProvingPbft(context), lie),
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

/** Where only what 2f+1 vouch for can stand in a NEW-VIEW. */
class Unproven implements Behaviour {
  readonly #messages: ProvingPbft;
  readonly #lie: Parameters["lie"];
  readonly #given: GivenVouches;

  constructor(messages: ProvingPbft, lie: Parameters["lie"]) {
    this.#messages = messages;
    this.#lie = lie;
    this.#given = new GivenVouches(messages);
  }

  observe(input: Input): void {
    this.#given.hear(input);
  }

  rewrite(to: NodeId, frame: Uint8Array): readonly Uint8Array[] {
    const messages = this.#messages;
    const view = this.#lie === "unsigned" ? messages.viewAskedIn(frame) : null;
    // Whoever vouched for whatever it is asked for would vouch for these.
    if (view !== null)
      return [frame, ...this.#inventions(view).map((each) => messages.question(each, to))];
    const message = messages.newViewIn(frame);
    return [message === null ? frame : messages.newViewFrom(message.view, this.#told(message))];
  }

  #told({ view, viewChanges }: NewView<Uint8Array>): readonly FramedClaims[] {
    const { cluster } = this.#messages;
    const claims = this.#messages.claimsOf(viewChanges);
    const poorest = claims.toSorted((a, b) => a.prepared.size - b.prepared.size);
    const quorum = quorumSize(cluster);
    const [first] = poorest;
    switch (this.#lie) {
      case "few":
        return poorest.slice(0, weakQuorumSize(cluster));
      case "repeated":
        return first === undefined ? [] : Array.from({ length: quorum }, () => first);
      case "unsigned": {
        const shown = this.#inventions(view).map((each) => this.#given.shown(each));
        return this.#messages.claimsOf(shown).slice(0, quorum);
      }
      default:
        return this.#lie satisfies never;
    }
  }

  /** As if nobody had prepared anything. */
  #inventions(view: number): readonly Uint8Array[] {
    const { id, others } = this.#messages;
    return [id, ...others].map((author) => this.#messages.as(author).understatement(view));
  }
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
): Uint8Array {
  const { cluster, id } = messages;
  const all = messages.claimsOf(viewChanges);
  const others = all
    .filter(({ replica }) => replica !== id)
    .toSorted((a, b) => a.prepared.size - b.prepared.size);
  const own = all.find(({ replica }) => replica === id);
  const message = own ? messages.viewChangeIn(own.frame) : null;
  const empty = message && messages.claimsIn(messages.viewChange({ ...message, prepared: [] }));
  if (!empty) return messages.newView({ view, viewChanges, prePrepares: [] });
  const used =
    lie === "few"
      ? [empty, ...others.slice(0, weakQuorumSize(cluster) - 1)]
      : Array.from({ length: quorumSize(cluster) }, () => empty);
  return messages.newViewFrom(view, used);
}
