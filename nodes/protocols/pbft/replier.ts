/**
 * One replica that is asked for state (protocols §8.3): one question at a time, and what its
 * answers so far say about it.
 */
import { PAGE_BYTES, PAGES_ANSWER_BYTES } from "../contract/limits.ts";
import type { WantedNode } from "./partial-state.ts";
import { NODES_PER_FETCH_MAX } from "./state-messages.ts";

export interface Question {
  readonly number: number;
  /** Of the checkpoint that was aimed at then. */
  readonly sequence: number;
  readonly nodes: readonly WantedNode[];
  readonly frame: Uint8Array;
}

/**
 * Questions to one replier in a status period, of the usual length: half of what it grants, so that
 * nothing an honest asker sends is refused, however its clock and the wire shift them.
 */
const QUESTIONS_PER_PERIOD = 32;
/** A question unanswered for so many status periods is repeated, then given up. */
const PATIENCE_PERIODS = 4;
/** Patience doubles when it was too short: on a slow wire it must outgrow the round trip. */
const DOUBLINGS_MAX = 4;
/** Questions whose answer counts although nothing waits: on a slow wire every answer is late. */
const LATE_MAX = 4;

export class Replier {
  readonly id: number;
  /** Gave a wrong node. */
  lied = false;
  /** Said that it does not have what is wanted now. */
  lacks = false;
  /** Did not answer, however often it was asked. */
  isSilent = false;
  /** Not asked before, ms. */
  readyAt = 0;
  readonly #statusMs: number;
  #question: Question | null = null;
  #isRepeated = false;
  #deadline = 0;
  #doublings = 0;
  #bytes = PAGE_BYTES;
  readonly #late = new Map<number, Question>();

  constructor(id: number, statusMs: number) {
    this.id = id;
    this.#statusMs = statusMs;
  }

  /** Nothing more of what is wanted now is expected of it. */
  get isSpent(): boolean {
    return this.lacks || this.lied || this.isSilent;
  }

  get isIdle(): boolean {
    return this.#question === null && !this.lied;
  }

  /** When something is due here: an answer, or the next question; ms. */
  get dueAt(): number {
    return this.#question === null ? this.readyAt : this.#deadline;
  }

  /** As many nodes as it should be asked for now, and always one. */
  choose(nodes: Iterable<WantedNode>): WantedNode[] {
    const chosen: WantedNode[] = [];
    let bytes = 0;
    for (const node of nodes) {
      if (chosen.length > 0 && bytes + node.bytesMax > this.#bytes) break;
      chosen.push(node);
      bytes += node.bytesMax;
      if (chosen.length === NODES_PER_FETCH_MAX) break;
    }
    return chosen;
  }

  asked(question: Question, now: number): void {
    this.#question = question;
    this.#isRepeated = false;
    const bytes = question.nodes.reduce((sum, node) => sum + node.bytesMax, 0);
    // As it is charged there.
    const answers = 1 + Math.floor(bytes / PAGES_ANSWER_BYTES);
    this.readyAt = now + (answers * this.#statusMs) / QUESTIONS_PER_PERIOD;
    this.#deadline = now + this.#patience();
  }

  /** @returns the question that the answer belongs to, which is then settled */
  settle(number: number): Question | null {
    const question = this.find(number);
    this.isSilent = false;
    if (question && question === this.#question) {
      this.#question = null;
      this.#doublings = Math.max(0, this.#doublings - 1);
      this.#bytes = Math.min(2 * this.#bytes, PAGES_ANSWER_BYTES);
    }
    this.#late.delete(number);
    return question;
  }

  find(number: number): Question | null {
    if (this.#question?.number === number) return this.#question;
    return this.#late.get(number) ?? null;
  }

  /**
   * The deadline of its question may have passed: the first time it is repeated, the second time
   * the nodes are for somebody else.
   */
  expire(now: number): { readonly repeat: Question } | { readonly givenUp: Question } | null {
    const question = this.#question;
    if (question === null || now < this.#deadline) return null;
    this.#doublings = Math.min(this.#doublings + 1, DOUBLINGS_MAX);
    if (!this.#isRepeated) {
      this.#isRepeated = true;
      this.#deadline = now + this.#patience();
      return { repeat: question };
    }
    this.#question = null;
    this.isSilent = true;
    this.#bytes = Math.max(PAGE_BYTES, this.#bytes / 4);
    this.rest(now);
    this.expectLate(question);
    return { givenUp: question };
  }

  /** Nothing waits for the answer, but it will be read. */
  expectLate(question: Question): void {
    this.#late.set(question.number, question);
    const [oldest] = this.#late.keys();
    if (this.#late.size > LATE_MAX && oldest !== undefined) this.#late.delete(oldest);
  }

  /** There is a new checkpoint to ask about. */
  startAfresh(now: number): void {
    this.lacks = false;
    this.isSilent = false;
    if (!this.lied) this.readyAt = now;
  }

  /** It had its turn and was of no use. */
  rest(now: number): void {
    this.readyAt = now + PATIENCE_PERIODS * this.#statusMs;
  }

  #patience(): number {
    return PATIENCE_PERIODS * this.#statusMs * 2 ** this.#doublings;
  }
}
