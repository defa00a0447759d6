/** Views where nothing is signed: left with claims, entered on what others vouch for. */
import { assert } from "../../assert.ts";
import type { Content } from "../../authentication/scheme.ts";
import { expectStored } from "../../stored-record.ts";
import type { Reader } from "../../wire/codec.ts";
import { keepLoggedBody } from "../logged-body.ts";
import { PRE_PREPARE, VIEW_CHANGE } from "../messages.ts";
import { ownVote } from "../ordering.ts";
import type { EnteredView, FoundVotes, LeftView, RestoredView, ViewRules } from "../variant.ts";
import { readDecision } from "./deciding.ts";
import { leaveView, remember, rememberOwn } from "./leaving.ts";
import { type Ack, decodeNewView } from "./messages.ts";
import { adopt, heldNewView, tryKept, tryNewView } from "./new-view.ts";
import {
  CLAIM_RECORD,
  newViewRecord,
  otherViewChangeRecord,
  reachedRecord,
  readAck,
  readIds,
  readVote,
  viewChangeRecord,
} from "./records.ts";
import type { HeldNewView, Unsigned } from "./unsigned.ts";
import { readViewChange, type ViewChangeClaims } from "./view-change.ts";

interface LoggedViewChange {
  readonly view: number;
  readonly payload: Uint8Array;
}

export class ClaimedViews implements ViewRules {
  readonly #unsigned: Unsigned;
  /** As they were read back; the last of each kind counts. */
  #viewChange: LoggedViewChange | null = null;
  #newView: HeldNewView | null = null;
  readonly #others: ViewChangeClaims[] = [];
  readonly #relayed: Ack[] = [];

  constructor(unsigned: Unsigned) {
    this.#unsigned = unsigned;
  }

  get asked() {
    return this.#unsigned.asked;
  }

  get own(): Content | null {
    const { state, held } = this.#unsigned;
    const own = held.certain(state.view, state.id);
    return own ? { type: VIEW_CHANGE, payload: own.payload } : null;
  }

  left(): LeftView {
    return leaveView(this.#unsigned);
  }

  decide(): void {
    tryNewView(this.#unsigned);
    tryKept(this.#unsigned);
  }

  awaitsBody(sequence: number, digest: string): boolean {
    return this.#unsigned.awaitedBodies.get(sequence) === digest;
  }

  entered(entered: EnteredView): void {
    const unsigned = this.#unsigned;
    const { newView, held, marks, kept } = unsigned;
    assert(newView !== null, "a view is entered by its NEW-VIEW");
    const { base } = newView.selection;
    const claimants = newView.viewChanges.filter(({ name }) =>
      held
        .named(name)
        ?.claims.checkpoints.some(
          ({ sequence, digest }) => sequence === base.sequence && digest === base.digest,
        ),
    );
    const by = claimants.map(({ replica }) => replica);
    marks.enter({ ...base, by }, entered.chosen.length);
    for (const [author, { view }] of kept) if (view <= entered.view) kept.delete(author);
    unsigned.fetched = null;
    unsigned.forgetOld();
  }

  records(): readonly Uint8Array[] {
    const { state, newView, held, marks, vouching, evidence } = this.#unsigned;
    const records = [reachedRecord(marks.reached), ...evidence.qRecords()];
    if (newView) records.push(newViewRecord(newView.payload));
    for (const { replica, payload } of held.atLeast(state.view)) {
      records.push(
        replica === state.id ? viewChangeRecord(payload) : otherViewChangeRecord(replica, payload),
      );
    }
    return [...records, ...vouching.records()];
  }

  readBack(kind: number, body: Reader, found: FoundVotes): boolean {
    switch (kind) {
      case CLAIM_RECORD.stable:
        this.#readStable(body);
        return true;
      case CLAIM_RECORD.prePrepared:
        this.#readPrePrepared(body, found);
        return true;
      case CLAIM_RECORD.prepared:
        this.#readPrepared(body);
        return true;
      case CLAIM_RECORD.decided:
        readDecision(this.#unsigned.state, body);
        return true;
      case CLAIM_RECORD.viewChange:
        this.#readViewChange(body);
        return true;
      case CLAIM_RECORD.newView:
        this.#readNewView(body);
        return true;
      case CLAIM_RECORD.q:
        this.#readQ(body);
        return true;
      case CLAIM_RECORD.otherViewChange:
        this.#readOther(body);
        return true;
      case CLAIM_RECORD.reached:
        this.#unsigned.marks.reach(body.u64());
        return true;
      case CLAIM_RECORD.relayed:
        this.#relayed.push(readAck(body));
        return true;
      default:
        return false;
    }
  }

  restored(): RestoredView {
    const unsigned = this.#unsigned;
    const [viewChange, newView] = [this.#viewChange, this.#newView];
    const view = Math.max(viewChange?.view ?? 0, newView?.view ?? 0);
    const active = view === (newView?.view ?? 0);
    // At once: of what follows only so much is kept, and what is of the awaited view in any case.
    unsigned.state.view = view;
    if (viewChange) rememberOwn(unsigned, viewChange.payload);
    // A NEW-VIEW that is not stored is never built again for the same view (protocols §13.3): one
    // that is stored need not be.
    unsigned.leadsNot = view;
    for (const other of this.#others) if (other.view >= view) remember(unsigned, other);
    for (const ack of this.#relayed) unsigned.vouching.recall(ack);
    return { view, active, entered: active && newView ? adopt(unsigned, newView) : null };
  }

  #readStable(body: Reader): void {
    const { state, evidence } = this.#unsigned;
    const stable = { sequence: body.u64(), digest: body.digest(), by: readIds(body) };
    if (stable.sequence <= state.marks.stable) return;
    state.checkpoints.advance(stable);
    evidence.stable(stable);
  }

  #readPrePrepared(body: Reader, found: FoundVotes): void {
    const { state, evidence } = this.#unsigned;
    const vote = readVote(body);
    const { sequence, view, digest } = vote;
    keepLoggedBody(state, state.log.at(sequence), body.blob());
    const isOwn = state.primary(view) === state.id;
    found.push({
      sequence,
      vote: isOwn ? ownVote(PRE_PREPARE, vote) : { view, digest, own: null },
    });
    evidence.prePrepare(sequence, vote);
  }

  #readPrepared(body: Reader): void {
    const { sequence, view, digest } = readVote(body);
    const by = readIds(body);
    const slot = this.#unsigned.state.log.at(sequence);
    if (!slot.prepared || slot.prepared.view < view) slot.prepared = { view, digest, by };
  }

  #readQ(body: Reader): void {
    const vote = readVote(body);
    this.#unsigned.evidence.prePrepare(vote.sequence, vote);
  }

  #readViewChange(body: Reader): void {
    const { state, scheme } = this.#unsigned;
    const payload = body.blob();
    const read = readViewChange({ scheme, cluster: state.cluster }, state.id, payload);
    expectStored(typeof read !== "string", "its VIEW-CHANGE does not hold");
    this.#viewChange = { view: read.view, payload };
  }

  /** What it chose was recorded in Q by entering. */
  #readNewView(body: Reader): void {
    const { state, evidence, marks } = this.#unsigned;
    const payload = body.blob();
    const message = decodeNewView(payload, state.cluster);
    expectStored(message !== null, "its NEW-VIEW is malformed");
    const { view, selection } = message;
    this.#newView = heldNewView(this.#unsigned, payload, message);
    marks.reach(selection.base.sequence);
    for (const { sequence, digest } of selection.chosen) {
      evidence.prePrepare(sequence, { digest, view });
    }
  }

  #readOther(body: Reader): void {
    const { state, scheme } = this.#unsigned;
    const author = body.u32();
    const read = readViewChange({ scheme, cluster: state.cluster }, author, body.blob());
    expectStored(typeof read !== "string", "its VIEW-CHANGE does not hold");
    this.#others.push(read);
  }
}
