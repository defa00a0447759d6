/** Text that is markup already; everything else is escaped where it is put in. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type Child = Html | string | number | null | readonly Child[];

/**
 * The only way markup is made: what is interpolated is untrusted unless it is `Html`. Attribute
 * values must stand in double quotes.
 */
export function html(strings: TemplateStringsArray, ...children: readonly Child[]): Html {
  return new Html(
    strings
      .map((text, index) => text + (index < children.length ? textOf(children[index] ?? null) : ""))
      .join(""),
  );
}

function textOf(child: Child): string {
  if (child === null) return "";
  if (child instanceof Html) return child.text;
  if (typeof child === "object") return child.map(textOf).join("");
  return escape(String(child));
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/**
 * Control characters, and those that turn the reading direction around (they would hide what was
 * written).
 */
const DECEPTIVE = /[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

function escape(text: string): string {
  return text
    .toWellFormed()
    .replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character)
    .replace(DECEPTIVE, (character) => {
      if (character === "\n" || character === "\t") return character;
      return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
    });
}
