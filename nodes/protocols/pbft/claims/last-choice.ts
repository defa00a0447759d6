/**
 * The choice is asked for at every input while a view is awaited, and depends on nothing but S.
 * With the claims of full windows it takes milliseconds, so it is made anew where S is another one.
 */
import { type Selection, type SelectionRules, select } from "./selection.ts";
import type { ViewChangeClaims } from "./view-change.ts";

export class LastChoice {
  readonly #rules: SelectionRules;
  #of = "";
  #choice: Selection | null = null;

  constructor(rules: SelectionRules) {
    this.#rules = rules;
  }

  /** @param s of distinct replicas, ascending */
  from(s: readonly Pick<ViewChangeClaims, "digest" | "claims">[]): Selection | null {
    // The name of a VIEW-CHANGE is over its author and all of its content.
    const of = s.map(({ digest }) => digest).join(" ");
    if (of !== this.#of) {
      this.#of = of;
      const claims = s.map((viewChange) => viewChange.claims);
      this.#choice = select(claims, this.#rules);
    }
    return this.#choice;
  }
}
