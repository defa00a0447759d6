/** What a replica knows beside what it counts, where nothing is signed. */
import type { AuthenticationScheme } from "../../authentication/scheme.ts";
import type { NodeId } from "../../contract/core.ts";
import { RateLimit } from "../../rate-limit.ts";
import type { ReplicaState } from "../replica-state.ts";
import { ViewChanges } from "../view-changes.ts";
import { Decisions } from "./decisions.ts";
import { ClaimedEvidence } from "./evidence.ts";
import { LastChoice } from "./last-choice.ts";
import { ClaimedMarks } from "./marks.ts";
import { longestOf } from "./message-sizes.ts";
import { claimsMax, type NewView } from "./messages.ts";
import type { SelectionRules } from "./selection.ts";
import { HeldViewChanges, type ViewChangeClaims } from "./view-change.ts";
import type { Vouching } from "./vouching.ts";

const NO_NEW_VIEWS: readonly HeldNewView[] = [];

/** A NEW-VIEW as its primary said it. */
export interface HeldNewView extends NewView {
  readonly author: NodeId;
  /** Of its content. */
  readonly name: string;
  readonly payload: Uint8Array;
}

export class Unsigned {
  readonly state: ReplicaState;
  readonly scheme: AuthenticationScheme;
  readonly marks: ClaimedMarks;
  readonly evidence: ClaimedEvidence;
  readonly decisions = new Decisions();
  readonly asked = new ViewChanges<ViewChangeClaims>();
  readonly held = new HeldViewChanges();
  readonly vouching: Vouching;
  /** NEW-VIEWs that lack something, one of each primary: tried again at whatever comes. */
  readonly kept = new Map<NodeId, HeldNewView>();
  /** Those of them that were tried, and lacked something. */
  readonly lacking = new WeakSet<HeldNewView>();
  /** One that W replicas state to have entered their view by, fetched by its name. */
  fetched: HeldNewView | null = null;
  /** By which NEW-VIEW each peer last said to be active in which view. */
  readonly stated = new Map<NodeId, { readonly view: number; readonly name: string }>();
  /** The NEW-VIEW by which the current view was entered; null in view 0 and while inactive. */
  newView: HeldNewView | null = null;
  /**
   * A view that this replica must not lead: it restarted in it without a stored NEW-VIEW
   * (protocols §13.3).
   */
  leadsNot = -1;
  /** What this replica chooses as the primary of the view that it waits for. */
  readonly choice: LastChoice;
  /** Bodies that its choice waits for, by number. */
  awaitedBodies: ReadonlyMap<number, string> = new Map();
  /** Bytes of the largest honest ones: a longer one is refused before anything of it is read. */
  readonly longest: { readonly viewChange: number; readonly newView: number };
  readonly limits: {
    readonly viewChange: RateLimit;
    readonly newView: RateLimit;
  };

  constructor(
    state: ReplicaState,
    scheme: AuthenticationScheme,
    vouchingOf: (held: HeldViewChanges) => Vouching,
  ) {
    const { cluster } = state;
    const periodMs = cluster.timers.statusMs;
    this.state = state;
    this.scheme = scheme;
    this.vouching = vouchingOf(this.held);
    this.marks = new ClaimedMarks(state);
    this.evidence = new ClaimedEvidence(state, this.marks, this.decisions);
    this.choice = new LastChoice(this.rules);
    this.longest = longestOf(cluster);
    this.limits = {
      viewChange: new RateLimit({ perPeriod: 4, periodMs }),
      newView: new RateLimit({ perPeriod: 2, periodMs }),
    };
  }

  get rules(): SelectionRules {
    const { quorum, weakQuorum, cluster } = this.state;
    return { quorum, weakQuorum, chosenMax: claimsMax(cluster) };
  }

  /** Those that may have to be entered: above the view, or the view that this replica waits for. */
  get candidates(): readonly HeldNewView[] {
    const { view, active, id } = this.state;
    // Asked after every step, and there is hardly ever one.
    if (this.kept.size === 0 && this.fetched === null) return NO_NEW_VIEWS;
    return [...this.kept.values(), ...(this.fetched ? [this.fetched] : [])]
      .filter((each) => each.author !== id)
      .filter((each) => each.view > view || (each.view === view && !active))
      .sort((a, b) => b.view - a.view);
  }

  /**
   * What this one rests on is asked for: that of the awaited view where there is one, since anybody
   * can lay claim to a view far above.
   */
  get sought(): HeldNewView | undefined {
    const { candidates, state } = this;
    return candidates.find(({ view }) => view === state.view) ?? candidates[0];
  }

  /** The NEW-VIEW by which W others, so a good one, state to have entered a view above. */
  get enteredByOthers(): { readonly view: number; readonly name: string } | null {
    const { view, active, weakQuorum } = this.state;
    const stated = [...this.stated.values()].filter(
      (each) => each.view > view || (each.view === view && !active),
    );
    const isEnough = ({ name }: { readonly name: string }) =>
      stated.filter((each) => each.name === name).length >= weakQuorum;
    return stated.find(isEnough) ?? null;
  }

  /** Forgets VIEW-CHANGEs that neither this view nor a kept NEW-VIEW nor a later view needs. */
  forgetOld(): void {
    const newViews = [...this.candidates, ...(this.newView ? [this.newView] : [])];
    const named = newViews.flatMap(({ viewChanges }) => viewChanges);
    this.held.keep(this.state.view, new Set(named.map(({ name }) => name)));
  }
}
