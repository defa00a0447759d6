/** Lies about one message: what is said instead, in whose name, and what is put behind it. */

import type { NodeId } from "../../../../nodes/protocols/contract/core.ts";
import { type Envelope, withAttachment } from "../../../../nodes/protocols/wire/envelope.ts";
import { REPLY } from "../../../../nodes/protocols/wire/request.ts";
import { frameOf } from "../own-messages.ts";
import type { PbftMessages } from "../pbft.ts";
import { changed, type Means } from "./changes.ts";
import { drawsOf } from "./draws.ts";
import { isList, putTogether, takenApart } from "./layout.ts";
import { attachmentLayouts, treeOf } from "./layouts.ts";

export interface LiesParts extends Means {
  readonly messages: PbftMessages;
  /** Seed of what it always does. */
  readonly habits: number;
}

/** Of the kinds of messages, so many in a hundred are always told with one and the same change. */
const HABIT_PERCENT = 8;
const CHANGES_MAX = 3;

export class Lies {
  readonly #messages: PbftMessages;
  readonly #means: Means;
  readonly #habits: number;
  readonly #names = new Map<NodeId, PbftMessages>();

  constructor({ messages, draws, memory, habits }: LiesParts) {
    this.#messages = messages;
    this.#means = { draws, memory };
    this.#habits = habits;
  }

  /** What it always says in place of such a message of its own; null if it has no habit there. */
  habitual(envelope: Envelope, to: NodeId): readonly Uint8Array[] | null {
    const draws = drawsOf(this.#habits * 256 + envelope.type);
    if (envelope.sender !== this.#messages.id || !draws.chance(HABIT_PERCENT / 100)) return null;
    // Nothing at all: that kind of message never reaches them.
    if (draws.chance(0.4)) return [];
    const { memory } = this.#means;
    const payload = this.#payload(envelope, { draws, memory });
    return [this.#sealed({ ...envelope, payload }, to)];
  }

  about(envelope: Envelope, to: NodeId): Uint8Array {
    const { draws } = this.#means;
    const payload = this.#payload(envelope, this.#means);
    const attachment = this.#attachment(envelope);
    const told = { ...envelope, payload, attachment };
    return draws.pick([
      () => this.#sealed(told, to),
      () => this.#sealed(told, to),
      () => this.#sealed({ ...envelope, attachment }, to),
      () => this.#sealed({ ...told, type: this.#anyType() }, to),
      () => this.#inName(told, to),
      () => this.#withOldProof(told, envelope),
      () => this.#withOldProof({ ...told, sender: draws.pick(this.#messages.others) }, envelope),
      () => this.#messages.spoiled(envelope.frame),
    ])();
  }

  #payload(envelope: Envelope, means: Means): Uint8Array {
    let tree = treeOf(envelope, this.#messages.layouts);
    if (tree === null) return envelope.payload;
    for (let left = means.draws.integer(1, CHANGES_MAX); left > 0; left -= 1) {
      tree = changed(tree, means);
    }
    return putTogether(tree);
  }

  #attachment({ type, attachment }: Envelope): Uint8Array {
    const layout = attachmentLayouts.get(type);
    const tree = layout === undefined ? null : takenApart(layout, attachment);
    if (tree === null || this.#means.draws.chance(0.5)) return attachment;
    return putTogether(changed(tree, this.#means));
  }

  /** Under the own keys, in the own name: for all where that is how it was, else for its reader. */
  #sealed({ type, payload, attachment, authentication }: Envelope, to: NodeId): Uint8Array {
    const content = { type, payload };
    const more = attachment.length === 0 ? undefined : attachment;
    if (type === REPLY) return this.#messages.say(content, this.#clientIn(payload) ?? to, more);
    const toAll = this.#messages.say(content, "all", more);
    const made = this.#messages.open(toAll);
    if (made?.authentication.length === authentication.length) return toAll;
    return this.#messages.say(content, to, more);
  }

  #clientIn(payload: Uint8Array): NodeId | null {
    const layout = this.#messages.layouts.get(REPLY) ?? [];
    const client = takenApart(layout, payload)?.find(
      (part) => !isList(part) && part.kind === "node",
    );
    return client && !isList(client) && typeof client.value === "number" ? client.value : null;
  }

  /** Under the own keys, in the name of another: only who does not look believes it. */
  #inName({ type, payload, attachment }: Envelope, to: NodeId): Uint8Array {
    const name = this.#means.draws.pick(this.#messages.others);
    const known = this.#names.get(name) ?? this.#messages.as(name);
    this.#names.set(name, known);
    const more = attachment.length === 0 ? undefined : attachment;
    return known.say({ type, payload }, type === REPLY ? to : "all", more);
  }

  /** Other content before what stood behind the true one, or behind something else. */
  #withOldProof(told: Envelope, { content, payload }: Envelope): Uint8Array {
    const { draws, memory } = this.#means;
    const head = content.slice(0, content.length - payload.length);
    head.set(senderBytes(told.sender), head.length - SENDER_BYTES);
    const elsewhere = draws.chance(0.5) ? memory.frame(draws) : null;
    const proof = (elsewhere && this.#messages.open(elsewhere)) ?? told;
    const made = frameOf(withAttachment(head, told.payload), proof.authentication);
    return withAttachment(made, told.attachment);
  }

  #anyType(): number {
    return this.#means.draws.pick([...this.#messages.layouts.keys()]);
  }
}

const SENDER_BYTES = 4;

/** The last thing before the payload. */
function senderBytes(sender: NodeId): Uint8Array {
  return Uint8Array.of(sender >>> 24, sender >>> 16, sender >>> 8, sender);
}
