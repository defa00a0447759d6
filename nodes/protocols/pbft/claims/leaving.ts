/** VIEW-CHANGE, sent and received, where it carries claims (protocols §20.3). */
import { assert } from "../../assert.ts";
import { Reader } from "../../wire/codec.ts";
import { compactLongLog, onAskedView } from "../leaving-a-view.ts";
import { type CheckpointVote, VIEW_CHANGE } from "../messages.ts";
import { readingCost } from "../reading-cost.ts";
import type { Route } from "../route.ts";
import type { LeftView } from "../variant.ts";
import { claimsMax, encodeViewChange } from "./messages.ts";
import { otherViewChangeRecord, viewChangeRecord } from "./records.ts";
import type { PreparedClaim } from "./selection.ts";
import type { Unsigned } from "./unsigned.ts";
import { readViewChange, type ViewChangeClaims } from "./view-change.ts";

/** The own VIEW-CHANGE for the view that was just left for. */
export function leaveView(unsigned: Unsigned): LeftView {
  const { state, evidence, marks } = unsigned;
  unsigned.newView = null;
  const prepared = ownPrepared(unsigned);
  const payload = encodeViewChange({
    view: state.view,
    stable: marks.stable,
    checkpoints: ownCheckpoints(unsigned),
    prepared,
    prePrepared: evidence.claimedPrePrepares(),
  });
  rememberOwn(unsigned, payload);
  unsigned.forgetOld();
  vouchForHeld(unsigned);
  return {
    content: { type: VIEW_CHANGE, payload },
    record: viewChangeRecord(payload),
    prepared: [...prepared].map(([sequence, claim]) => ({ sequence, ...claim })),
  };
}

/**
 * P: whatever was prepared above the stable mark, at or below the floor of the last view too. What
 * is left out may be reassigned by the next one.
 */
function ownPrepared({ state, marks }: Unsigned): ReadonlyMap<number, PreparedClaim> {
  const claims = new Map<number, PreparedClaim>();
  for (const { sequence, prepared } of state.log.ascending()) {
    if (!prepared || sequence <= marks.stable) continue;
    claims.set(sequence, { view: prepared.view, digest: prepared.digest });
  }
  return claims;
}

/**
 * C: every checkpoint at or above the stable one whose state can be had here; that of genesis can
 * be had everywhere. A state that was installed may be older than what is stable. Of more than
 * others take the highest: what is left out can cost a choice, and nothing else.
 */
function ownCheckpoints({ state, marks }: Unsigned): readonly CheckpointVote[] {
  const { own, stable } = state.checkpoints;
  const genesis = marks.stable === 0 ? [{ sequence: 0, digest: stable.digest }] : [];
  return [...genesis, ...own.values()]
    .filter(({ sequence }) => sequence >= marks.stable)
    .sort((a, b) => a.sequence - b.sequence)
    .slice(-claimsMax(state.cluster));
}

/** Also after a restart, with the content from the log. */
export function rememberOwn(unsigned: Unsigned, payload: Uint8Array): void {
  const { state, scheme } = unsigned;
  const own = readViewChange({ scheme, cluster: state.cluster }, state.id, payload);
  assert(typeof own !== "string", "the own VIEW-CHANGE is valid by the rules for others'");
  remember(unsigned, own);
}

/** A VIEW-CHANGE of whose author this replica is certain. */
export function remember(
  { state, held, asked, vouching }: Unsigned,
  viewChange: ViewChangeClaims,
): void {
  held.add(viewChange, { isCertain: true });
  asked.add(viewChange);
  if (viewChange.view === state.view) vouching.remember(viewChange);
}

/**
 * For a view that it awaits itself, and for no other: that VIEW-CHANGE stays until the view is
 * over, and so does this replica's word for it. One for a view above may have to make room for the
 * next that its author asks for, and a NEW-VIEW may rest on it by then.
 */
function vouchForHeld({ state, held, vouching }: Unsigned): void {
  for (const viewChange of held.atLeast(state.view)) {
    if (viewChange.view !== state.view || viewChange.replica === state.id) continue;
    vouching.remember(viewChange);
    vouching.vouch(viewChange);
  }
  vouching.awaits();
}

/**
 * Over its author's channel alone: who holds it for somebody else cannot show more than its
 * content, which counts by its name where enough vouch for it (`copies.ts`).
 */
export function viewChangeRoute(unsigned: Unsigned): Route<number> {
  const { state, scheme, held, asked, longest, limits } = unsigned;
  return {
    name: "VIEW-CHANGE",
    firstHand: true,
    decode: ({ payload }) => new Reader(payload).u64(),
    check(view, { sender, from, envelope }) {
      if (view < state.view || (view === state.view && state.active)) return "no";
      if (held.certain(view, sender)) return "no";
      // Its author has left that view for a higher one. The first for it may have been forgotten
      // since, and this be another one, which would be vouched for as if it were the first.
      if (view < (asked.of(sender)?.view ?? 0)) return "no";
      if (envelope.frame.length > longest.viewChange) return { refused: "too large" };
      return limits.viewChange.take(from, state.now, readingCost(envelope))
        ? "yes"
        : { refused: "rate" };
    },
    take(_view, { sender, envelope }) {
      const payload = envelope.payload.slice();
      const viewChange = readViewChange({ scheme, cluster: state.cluster }, sender, payload);
      if (typeof viewChange === "string") return { refused: viewChange };
      // Durable before anybody is told: who vouches for it must be able to show it after a crash.
      state.persist(otherViewChangeRecord(sender, payload));
      remember(unsigned, viewChange);
      unsigned.forgetOld();
      compactLongLog(state);
      if (viewChange.view === state.view) unsigned.vouching.vouch(viewChange);
      onAskedView(state);
      return "yes";
    },
  };
}
