/** Views that are left with certificates, entered on proof, and read back as both. */
import { assert } from "../../assert.ts";
import type { Content, ProofFrame } from "../../authentication/scheme.ts";
import { primaryOf } from "../../quorum.ts";
import { expectStored } from "../../stored-record.ts";
import { Reader } from "../../wire/codec.ts";
import { keepLoggedBody } from "../logged-body.ts";
import type { EnteredView, FoundVotes, LeftView, RestoredView, ViewRules } from "../variant.ts";
import type { Certified } from "./certified.ts";
import { leaveView, rememberOwnViewChange } from "./leaving.ts";
import { loggedVote } from "./logged-vote.ts";
import { adopt, loggedNewView, tryNewView } from "./new-view.ts";
import { newViewRecord, PROOF_RECORD, viewChangeRecord } from "./records.ts";
import { readViewChange } from "./view-change.ts";

interface LoggedView {
  readonly view: number;
  readonly frame: Uint8Array;
}

export class CertifiedViews implements ViewRules {
  readonly #certified: Certified;
  /** As they were read back; the last of each kind counts. */
  #viewChange: LoggedView | null = null;
  #newView: LoggedView | null = null;

  constructor(certified: Certified) {
    this.#certified = certified;
  }

  get asked() {
    return this.#certified.viewChanges;
  }

  get own(): Content | null {
    const { state, prover, viewChanges } = this.#certified;
    const own = viewChanges.of(state.id);
    const opened = own && prover.scheme.open(own.message.frame);
    return opened ? { type: opened.type, payload: opened.payload } : null;
  }

  left(): LeftView {
    return leaveView(this.#certified);
  }

  decide(): void {
    tryNewView(this.#certified);
  }

  /** O is made of digests: bodies are fetched by those who vote for them. */
  awaitsBody(): boolean {
    return false;
  }

  entered({ base }: EnteredView): void {
    const { newView, state } = this.#certified;
    assert(newView !== null, "a view is entered by its NEW-VIEW");
    const { stable } = state.marks;
    assert(state.replaying || base <= stable, `base ${base} is above the stable mark ${stable}`);
  }

  records(): readonly Uint8Array[] {
    const { state, newView, viewChanges } = this.#certified;
    const own = viewChanges.of(state.id);
    const records = newView ? [newViewRecord(newView.frame)] : [];
    // While inactive the own VIEW-CHANGE is the only witness of the view.
    if (!state.active && own) records.push(viewChangeRecord(own.message.frame));
    return records;
  }

  readBack(kind: number, body: Reader, found: FoundVotes): boolean {
    switch (kind) {
      case PROOF_RECORD.stable:
        this.#readStable(body);
        return true;
      case PROOF_RECORD.prePrepared:
        this.#readPrePrepared(body, found);
        return true;
      case PROOF_RECORD.prepared:
        this.#readPrepared(body);
        return true;
      case PROOF_RECORD.decided:
        this.#certified.decisions.readBack(body);
        return true;
      case PROOF_RECORD.covered:
        this.#certified.decisions.readCovered(body);
        return true;
      case PROOF_RECORD.viewChange:
        this.#viewChange = this.#readView(body);
        return true;
      case PROOF_RECORD.newView:
        this.#newView = this.#readView(body);
        return true;
      default:
        return false;
    }
  }

  restored(): RestoredView {
    const certified = this.#certified;
    const [viewChange, newView] = [this.#viewChange, this.#newView];
    const view = Math.max(viewChange?.view ?? 0, newView?.view ?? 0);
    const active = view === (newView?.view ?? 0);
    if (viewChange && !active) {
      const claims = readViewChange(certified.reading, viewChange.frame);
      expectStored(typeof claims !== "string", "its VIEW-CHANGE does not hold");
      rememberOwnViewChange(certified, certified.prover.recalled(viewChange.frame));
      // A NEW-VIEW that is not stored is never built again for the same view (protocols §13.3).
      certified.leadsNot = view;
    }
    const checked = active && newView ? loggedNewView(certified, newView.frame) : null;
    return { view, active, entered: checked && adopt(certified, checked) };
  }

  #readStable(body: Reader): void {
    const { state, evidence } = this.#certified;
    const [sequence, digest] = [body.u64(), body.digest()];
    const votes = evidence.votesOf(this.#proofs(body));
    if (sequence <= state.marks.stable) return;
    const stable = { sequence, digest, by: votes.map(({ replica }) => replica) };
    state.checkpoints.advance(stable);
    evidence.stable(stable, votes);
  }

  #readPrePrepared(body: Reader, found: FoundVotes): void {
    const { state, prover, messages } = this.#certified;
    const frame = body.blob();
    const { sequence, view, digest, sender, content } = loggedVote(prover.scheme, frame);
    keepLoggedBody(state, state.log.at(sequence), body.blob());
    const vote = { view, digest, own: sender === state.id ? content : null };
    messages.keep(vote, prover.recalled(frame));
    found.push({ sequence, vote });
  }

  #readPrepared(body: Reader): void {
    const { state, prover, evidence } = this.#certified;
    const prePrepare = this.#proof(body);
    const prepares = this.#proofs(body);
    const backups = prepares.map((frame) => loggedVote(prover.scheme, frame).sender);
    const { view, sequence, digest } = loggedVote(prover.scheme, prePrepare);
    const slot = state.log.at(sequence);
    if (slot.prepared && slot.prepared.view >= view) return;
    slot.prepared = { view, digest, by: [primaryOf(view, state.cluster), ...backups] };
    evidence.certify(slot.prepared, { prePrepare, prepares });
  }

  /** VIEW-CHANGE and NEW-VIEW payloads both start with their view. */
  #readView(body: Reader): LoggedView {
    const frame = body.blob();
    const envelope = this.#certified.prover.scheme.open(frame);
    expectStored(envelope !== null, "its view message is malformed");
    return { frame, view: new Reader(envelope.payload).u64() };
  }

  #proof(body: Reader): ProofFrame {
    return this.#written(body.blob());
  }

  #proofs(body: Reader): readonly ProofFrame[] {
    return body.blobs(1024).map((frame) => this.#written(frame));
  }

  #written(frame: Uint8Array): ProofFrame {
    const { prover } = this.#certified;
    expectStored(prover.scheme.open(frame) !== null, "its proof is malformed");
    return prover.written(frame);
  }
}
