import { after, atEndOfTick, hostClockMs } from "./timers.ts";

/** So many times what a rendering took, and giving it to all who asked, it rests, */
const REST = 4;
/** but whoever asks has a deadline too. */
const REST_MAX_MS = 1000;

/**
 * One page, rendered for all who ask at the same time: whoever asks while it is being rendered gets
 * the next rendering, so nobody sees what was true before he asked. After a rendering it rests in
 * proportion to what that took: however many ask, other work has its time.
 */
export class Page<Content> {
  readonly #render: () => Content | Promise<Content>;
  #next: Promise<Content> | null = null;
  #notBeforeMs = 0;

  constructor(render: () => Content | Promise<Content>) {
    this.#render = render;
  }

  /** Rejects if the page cannot be rendered. */
  content(): Promise<Content> {
    this.#next ??= this.#renderNext(Math.max(0, this.#notBeforeMs - hostClockMs()));
    return this.#next;
  }

  async #renderNext(restMs: number): Promise<Content> {
    await new Promise<void>((resolve) => after(restMs, resolve));
    this.#next = null;
    const start = hostClockMs();
    try {
      return await this.#render();
    } finally {
      this.#restSince(start);
      atEndOfTick(() => this.#restSince(start));
    }
  }

  #restSince(startMs: number): void {
    const nowMs = hostClockMs();
    this.#notBeforeMs = nowMs + Math.min(REST_MAX_MS, REST * (nowMs - startMs));
  }
}
