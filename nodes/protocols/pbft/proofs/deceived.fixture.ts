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

  readonly #ids: readonly number[];
  readonly #liars: readonly ProofVectors[];

  /** @param accomplices beside the liar, that say what it wants */
  constructor({
    liar = 0,
    accomplices = [],
    ...options
  }: {
    liar?: number;
    accomplices?: readonly number[];
    checkpointInterval?: number;
    faultsMax?: number;
  } = {}) {
    super({ requestMs, ...options });
    this.#ids = this.cores.map((_, id) => id);
    this.liar = this.#vectorsOf(liar);
    this.#liars = [liar, ...accomplices].map((id) => this.#vectorsOf(id));
    this.#honest = this.#ids.filter((id) => id !== liar && !accomplices.includes(id));
  }

  #vectorsOf(id: number): ProofVectors {
    const keys = this.authenticatorOf(id);
    return new ProofVectors(this.cluster, new MacVectors(this.cluster, keys), keys);
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
      ...this.#liarsWords(saying),
      ...this.#wordsFor(saying).slice(0, 1),
      [saying.author, message.authentication],
    ]);
    this.#fill(words);
    const others = this.#ids.filter((id) => !readers.includes(id));
    const entries = new Writer(4096);
    for (const [id, vector] of [...words].toSorted(([a], [b]) => a - b)) {
      entries.u32(id).raw(id === intact ? vector : spoiledFor(others, { voucher: id, vector }));
    }
    return frameOf(message.content, entries.finish());
  }

  #liarsWords(saying: Saying): readonly (readonly [number, Uint8Array])[] {
    return this.#liars.map((liar) => [liar.self, liar.vectorOf(liar.vouchFor(saying))]);
  }

  #fill(words: Map<number, Uint8Array>): void {
    const nothing = new Uint8Array((this.cluster.replicas - 1) * TAG_BYTES);
    for (const id of this.#honest) {
      if (words.size < this.liar.vouchersMin && !words.has(id)) words.set(id, nothing);
    }
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
      ...this.#liarsWords(saying),
      ...this.#wordsFor(saying),
      [saying.author, message.authentication],
    ]);
    if (words.size <= this.cluster.faultsMax) return null;
    this.#fill(words);
    return this.liar.proof(message, words);
  }

  /** The liar tells its CHECKPOINT to this one alone, and it shows nothing to the others. */
  tellCheckpoint(to: number, author = this.liar.self): void {
    const readers = this.#ids.filter((id) => id !== to);
    const bytes = spoiledFrame(this.saidBy(author, CHECKPOINT), { author, readers });
    this.deliver({ from: author, to, bytes });
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
