/** Views where messages are signed: left with certificates, entered on proof, read back as both. */
import { assert } from "../../assert.ts";
import type { Content, ProofFrame } from "../../authentication/scheme.ts";
import { primaryOf } from "../../quorum.ts";
import { expectStored } from "../../stored-record.ts";
import { Reader } from "../../wire/codec.ts";
import type { Envelope } from "../../wire/envelope.ts";
import { keepLoggedBody } from "../logged-body.ts";
import { decodeVote, type Vote } from "../messages.ts";
import type { EnteredView, FoundVotes, LeftView, RestoredView, ViewRules } from "../variant.ts";
import { leaveView, rememberOwnViewChange } from "./leaving.ts";
import { adopt, loggedNewView, tryNewView } from "./new-view.ts";
import { newViewRecord, PROOF_RECORD, viewChangeRecord } from "./records.ts";
import type { Signed } from "./signed.ts";

interface LoggedView {
  readonly view: number;
  readonly frame: ProofFrame;
}

export class SignedViews implements ViewRules {
  readonly #signed: Signed;
  /** As they were read back; the last of each kind counts. */
  #viewChange: LoggedView | null = null;
  #newView: LoggedView | null = null;

  constructor(signed: Signed) {
    this.#signed = signed;
  }

  get asked() {
    return this.#signed.viewChanges;
  }

  get own(): Content | null {
    const { state, signatures, viewChanges } = this.#signed;
    const own = viewChanges.of(state.id);
    const opened = own && signatures.open(own.frame);
    return opened ? contentOf(opened) : null;
  }

  left(): LeftView {
    return leaveView(this.#signed);
  }

  decide(): void {
    tryNewView(this.#signed);
  }

  /** O is made of digests: bodies are fetched by those who vote for them. */
  awaitsBody(): boolean {
    return false;
  }

  entered({ base }: EnteredView): void {
    const { newView, state } = this.#signed;
    assert(newView !== null, "a view is entered by its NEW-VIEW");
    const { stable } = state.marks;
    assert(state.replaying || base <= stable, `base ${base} is above the stable mark ${stable}`);
  }

  records(): readonly Uint8Array[] {
    const { state, newView, viewChanges } = this.#signed;
    const own = viewChanges.of(state.id);
    const records = newView ? [newViewRecord(newView)] : [];
    // While inactive the own VIEW-CHANGE is the only witness of the view.
    if (!state.active && own) records.push(viewChangeRecord(own.frame));
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
        this.#readDecided(body);
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
    const signed = this.#signed;
    const [viewChange, newView] = [this.#viewChange, this.#newView];
    const view = Math.max(viewChange?.view ?? 0, newView?.view ?? 0);
    const active = view === (newView?.view ?? 0);
    if (viewChange && !active) {
      rememberOwnViewChange(signed, viewChange.frame);
      // A NEW-VIEW that is not stored is never built again for the same view (protocols §13.3).
      signed.leadsNot = view;
    }
    const checked = active && newView ? loggedNewView(signed, newView.frame) : null;
    return { view, active, entered: checked && adopt(signed, checked) };
  }

  #readStable(body: Reader): void {
    const { state, evidence } = this.#signed;
    const [sequence, digest] = [body.u64(), body.digest()];
    const votes = evidence.votesOf(this.#proofs(body));
    if (sequence <= state.marks.stable) return;
    const stable = { sequence, digest, by: votes.map(({ replica }) => replica) };
    state.checkpoints.advance(stable);
    evidence.stable(stable, votes);
  }

  #readPrePrepared(body: Reader, found: FoundVotes): void {
    const { state, evidence } = this.#signed;
    const frame = this.#proof(body);
    const { sequence, view, digest, sender, content } = this.#voteIn(frame);
    keepLoggedBody(state, state.log.at(sequence), body.blob());
    const vote = { view, digest, own: sender === state.id ? content : null };
    evidence.keep(vote, frame);
    found.push({ sequence, vote });
  }

  #readPrepared(body: Reader): void {
    const { state, evidence } = this.#signed;
    const prePrepare = this.#proof(body);
    const prepares = this.#proofs(body);
    const backups = prepares.map((frame) => this.#voteIn(frame).sender);
    const { view, sequence, digest } = this.#voteIn(prePrepare);
    const slot = state.log.at(sequence);
    if (slot.prepared && slot.prepared.view >= view) return;
    slot.prepared = { view, digest, by: [primaryOf(view, state.cluster), ...backups] };
    evidence.certify(slot.prepared, { prePrepare, prepares });
  }

  #readDecided(body: Reader): void {
    const { state, evidence } = this.#signed;
    const commits = this.#proofs(body);
    const by = commits.map((frame) => this.#voteIn(frame).sender);
    const { sequence, digest } = this.#voteIn(commits[0]);
    const slot = state.log.at(sequence);
    keepLoggedBody(state, slot, body.blob());
    slot.decided = { digest, by };
    evidence.keepDecision(slot.decided, commits);
  }

  /** VIEW-CHANGE and NEW-VIEW payloads both start with their view. */
  #readView(body: Reader): LoggedView {
    const frame = this.#proof(body);
    const envelope = this.#signed.signatures.open(frame);
    expectStored(envelope !== null, "its view message is malformed");
    return { frame, view: new Reader(envelope.payload).u64() };
  }

  #voteIn(frame: ProofFrame | undefined): LoggedVote {
    const envelope = frame ? this.#signed.signatures.open(frame) : null;
    const vote = envelope && decodeVote(envelope.payload);
    expectStored(envelope !== null && vote !== null, "its vote is malformed");
    return { ...vote, sender: envelope.sender, content: contentOf(envelope) };
  }

  #proof(body: Reader): ProofFrame {
    return this.#signed.signatures.written(body.blob());
  }

  #proofs(body: Reader): readonly ProofFrame[] {
    return body.blobs(1024).map((frame) => this.#signed.signatures.written(frame));
  }
}

interface LoggedVote extends Vote {
  readonly sender: number;
  readonly content: Content;
}

function contentOf({ type, payload }: Envelope): Content {
  return { type, payload };
}
