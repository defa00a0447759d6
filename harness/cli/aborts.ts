import { EXIT_CODES } from "../checkers/verdict/exit-code.ts";
import type { AbortListener } from "../drivers/driver.ts";
import { callerGone, callersOf } from "./callers.ts";

/** What a signal is called by who sent it. */
const SIGNALS = { SIGINT: "Ctrl-C", SIGTERM: "SIGTERM", SIGHUP: "SIGHUP" } as const;

/**
 * Ctrl-C: first stop and analyse, second only heal, third leave the rest to the reaper. The end of
 * npm or npx, which started this command, is a first one.
 */
export class Aborts implements Disposable {
  level = 0;
  #why = "";
  #listeners: AbortListener[] = [];
  readonly #over = new AbortController();

  constructor() {
    for (const [signal, why] of Object.entries(SIGNALS)) {
      const press = () => this.#press(why);
      process.on(signal, press);
      this.#over.signal.addEventListener("abort", () => void process.off(signal, press));
    }
    void callerGone(callersOf(process.pid), this.#over.signal).then((gone) => {
      // Ctrl-C in a terminal reaches npm as well, and ends it: that is one wish, not two.
      if (gone !== null && this.level === 0) {
        this.#press(`the end of process ${gone.pid}, which had started the command`);
      }
    });
  }

  /** Who comes late hears at once what was pressed before. */
  listen(listener: AbortListener): void {
    this.#listeners.push(listener);
    if (this.level > 0) listener(this.level === 1 ? 1 : 2, this.#why);
  }

  forget(): void {
    this.#listeners = [];
  }

  [Symbol.dispose](): void {
    this.#over.abort();
  }

  #press(why: string): void {
    this.level += 1;
    if (this.level === 1) {
      this.#why = why;
      process.stderr.write(
        `\nstopping (${why}): no new faults, healing, then judging what there is (again: only heal)\n`,
      );
      for (const listener of this.#listeners) listener(1, why);
    } else if (this.level === 2) {
      process.stderr.write("\nstopping: healing only (again: leave it to the reaper)\n");
      for (const listener of this.#listeners) listener(2, why);
    } else {
      process.stderr.write("\nleft: the reaper removes what is still there\n");
      process.exit(EXIT_CODES.aborted);
    }
  }
}
