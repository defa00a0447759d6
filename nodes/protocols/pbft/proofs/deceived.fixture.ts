/** A cluster with a liar in it that makes proofs for whom it likes (protocols §22.1). */
import { frameOf } from "../../../../faults/byzantine/forgeries/own-messages.ts";
import { passedOff } from "../../../../faults/byzantine/forgeries/passed-off.ts";
import { MacVectors } from "../../authentication/mac-vectors.ts";
import { TAG_BYTES } from "../../contract/authenticator.ts";
import { Writer } from "../../wire/codec.ts";
import type { Envelope } from "../../wire/envelope.ts";
import {
  CHECKPOINT,
  encodeNewView,
  encodeViewChange,
  NEW_VIEW,
  VIEW_CHANGE,
  type ViewChange,
} from "../messages.ts";
import { type Saying, VOUCH } from "./messages.ts";
import { ProofVectors } from "./proof-vectors.ts";
import { spoiledFor } from "./proofs.fixture.ts";
import { ProvingCluster, STATUS_MS, spoiledFrame } from "./proving.fixture.ts";

export const requestMs = 6 * STATUS_MS;

/** The liar hears whatever is said to anybody. */
export class Deceived extends ProvingCluster {
  readonly liar: ProofVectors;
  readonly #honest: readonly number[];

  constructor({ liar = 0, ...options }: { liar?: number; checkpointInterval?: number } = {}) {
    super({ requestMs, ...options });
    const keys = this.authenticatorOf(liar);
    this.liar = new ProofVectors(this.cluster, new MacVectors(this.cluster, keys), keys);
    this.#honest = [0, 1, 2, 3].filter((id) => id !== liar);
  }

  /**
   * With entries that are good for these readers alone: its author's, the liar's and a voucher's.
   * @param intact whose vector is whole, or it would not recognise it
   */
  shownTo(
    readers: readonly number[],
    frame: Uint8Array,
    intact: number | undefined = readers[0],
  ): Uint8Array {
    const message = this.#opened(frame);
    const saying = this.liar.sayingOf(message);
    const words = new Map([
      [this.liar.self, this.liar.vectorOf(this.liar.vouchFor(saying))],
      ...this.#wordsFor(saying).slice(0, 1),
      [saying.author, message.authentication],
    ]);
    for (const id of this.#honest) if (words.size < 3 && !words.has(id)) words.set(id, NOTHING);
    const others = [0, 1, 2, 3].filter((id) => !readers.includes(id));
    const entries = new Writer(1024);
    for (const [id, vector] of [...words].toSorted(([a], [b]) => a - b)) {
      entries.u32(id).raw(id === intact ? vector : spoiledFor(others, { voucher: id, vector }));
    }
    return frameOf(message.content, entries.finish());
  }

  #wordsFor({ author, name }: Saying): readonly (readonly [number, Uint8Array])[] {
    return this.#honest.flatMap((id) => {
      const vouch = this.sentBy(id, VOUCH).find((each) => {
        const saying = this.vouchIn(each);
        return saying?.author === author && saying.name === name;
      });
      return vouch ? [[id, this.liar.vectorIn(vouch.bytes)] as const] : [];
    });
  }

  /** The liar's own, for view 1. */
  viewChange(claimed: Partial<ViewChange<Uint8Array>> = {}): Uint8Array {
    const nothing = { view: 1, stable: 0, checkpoints: [], prepared: [] };
    const message = passedOff({ ...nothing, ...claimed });
    return this.liar.seal({ type: VIEW_CHANGE, payload: encodeViewChange(message) }, "all");
  }

  /**
   * The liar's own, which orders nothing.
   * @returns null if one of these has nobody who vouches for it but its author and the liar
   */
  newView(viewChanges: readonly Uint8Array[]): Uint8Array | null {
    const proofs = viewChanges.flatMap((frame) => this.#proved(frame) ?? []);
    if (proofs.length < viewChanges.length) return null;
    const payload = encodeNewView({ view: 1, viewChanges: proofs, prePrepares: [] });
    return this.liar.seal({ type: NEW_VIEW, payload }, "all");
  }

  #proved(frame: Uint8Array) {
    const message = this.#opened(frame);
    const saying = this.liar.sayingOf(message);
    const words = new Map([
      [this.liar.self, this.liar.vectorOf(this.liar.vouchFor(saying))],
      ...this.#wordsFor(saying),
      [saying.author, message.authentication],
    ]);
    if (words.size <= this.cluster.faultsMax) return null;
    for (const id of this.#honest) if (words.size < 3 && !words.has(id)) words.set(id, NOTHING);
    return this.liar.proof(message, words);
  }

  /** The liar tells its CHECKPOINT to this one alone, and it shows nothing to the others. */
  tellCheckpoint(to: number): void {
    const readers = [0, 1, 2, 3].filter((id) => id !== to);
    const frame = this.saidBy(this.liar.self, CHECKPOINT);
    const bytes = spoiledFrame(frame, { author: this.liar.self, readers });
    this.deliver({ from: this.liar.self, to, bytes });
  }

  /** What this one said to all, without attachment. */
  saidBy(id: number, type: number): Uint8Array {
    const [said] = this.sentBy(id, type);
    if (said === undefined) throw new RangeError(`r${id} said nothing`);
    const { content, authentication } = this.#opened(said.bytes);
    return frameOf(content, authentication);
  }

  #opened(frame: Uint8Array): Envelope {
    const message = this.liar.open(frame);
    if (message === null) throw new RangeError("it is malformed");
    return message;
  }
}

const NOTHING = new Uint8Array(3 * TAG_BYTES);
