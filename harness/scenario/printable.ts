/** Control characters, and those that reorder the text around them. */
const UNPRINTABLE = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/**
 * Names and evidence come from files that anybody may have written: what could move a cursor,
 * colour a terminal or turn a line around is shown as its code instead.
 */
export function printable(text: string): string {
  return text
    .toWellFormed()
    .replace(
      UNPRINTABLE,
      (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
    );
}

/** The same for text of several lines, whose breaks are ours. */
export function printableLines(text: string): string {
  return text.split("\n").map(printable).join("\n");
}
