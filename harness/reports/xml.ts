/** What is put into XML, made harmless. */

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

/** Untrusted text between two tags. */
export function text(value: string): string {
  return value
    .toWellFormed()
    .replace(NOT_XML, "\ufffd")
    .replace(/[&<>"]/g, (character) => ENTITIES[character] ?? character);
}

/**
 * Line breaks in an attribute are folded to spaces by every XML reader unless written as
 * references.
 */
export function attribute(value: string): string {
  return text(value).replace(/[\n\r\t]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** What XML 1.0 cannot hold, not even as a reference. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const NOT_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;
