/**
 * The records behind a piece of evidence, in words. They are shown as they were written, so nothing
 * is taken for granted of what they hold.
 */
import { nodeName } from "../../../nodes/protocols/contract/core.ts";
import { milliseconds } from "../format.ts";
import { type Child, type Html, html } from "./markup.ts";

type Fields = ReadonlyMap<string, unknown>;

const VALUE_LENGTH_MAX = 160;
const OPERATIONS_MAX = 3;

/** Null for a record of no known kind. */
export function inWords(fields: Fields): Html | null {
  const type = fields.get("type");
  const known = type === undefined ? audit.get(plain(fields.get("e"))) : history.get(plain(type));
  return known?.(fields) ?? null;
}

const place = (fields: Fields): Html =>
  html`number ${of(fields, "n")} in view ${of(fields, "v")}, batch ${of(fields, "d")}`;
const votes = (fields: Fields): Html => html`with the votes of ${replicas(fields.get("by"))}`;
const state = (fields: Fields): Html => html`number ${of(fields, "n")}, state ${of(fields, "d")}`;

/** The vocabulary of the audit log. */
const audit = new Map<string, (fields: Fields) => Html>([
  [
    "boot",
    (f) => html`starts in view ${of(f, "v")} with what was executed up to ${of(f, "lastExec")}`,
  ],
  [
    "preprepared",
    (f) => html`${f.get("as") === "primary" ? "proposes" : "accepts the proposal of"} ${place(f)}`,
  ],
  ["prepared", (f) => html`has prepared ${place(f)}, ${votes(f)}`],
  ["committed", (f) => html`has committed ${place(f)}, ${votes(f)}`],
  [
    "stated",
    (f) => html`is told that number ${of(f, "n")}, batch ${of(f, "d")}, was decided, ${votes(f)}`,
  ],
  ["decided", (f) => html`learns that ${place(f)} was committed, ${votes(f)}`],
  [
    "executed",
    (f) => html`executes number ${of(f, "n")}, batch ${of(f, "d")}${operations(f.get("ops"))}`,
  ],
  ["checkpoint", (f) => html`takes a checkpoint at ${state(f)}`],
  ["stable", (f) => html`has a stable checkpoint at ${state(f)}, ${votes(f)}`],
  [
    "viewchange",
    (f) =>
      html`asks for view ${of(f, "v")}, has ${sizeOf(f.get("p"))} prepared above ${of(f, "h")}`,
  ],
  [
    "newview",
    (f) =>
      html`enters view ${of(f, "v")} by the VIEW-CHANGEs of ${replicas(f.get("from"))}: ${sizeOf(f.get("selected"))} chosen above ${of(f, "base")}`,
  ],
  [
    "vouched",
    (f) => html`vouches for the VIEW-CHANGE of ${replicas([f.get("of")])} for view ${of(f, "v")}`,
  ],
  [
    "believed",
    (f) =>
      html`takes the word of others for ${of(f, "t")} of client ${of(f, "client")} (${of(f, "on")})`,
  ],
  ["keys", (f) => html`has the keys ${of(f, "counter")} of ${replicas([f.get("of")])}`],
  ["statetransfer", (f) => html`fetches ${state(f)} from ${replicas(f.get("from"))}`],
  ["installed", (f) => html`has installed ${state(f)}`],
  [
    "corrupt",
    (f) =>
      html`finds its own state ${of(f, "own")} at number ${of(f, "n")}, where ${of(f, "stable")} is stable`,
  ],
  ["timer", (f) => html`timer ${of(f, "id")} ran out after ${durationOf(f.get("afterMs"))}`],
  [
    "reject",
    (f) => html`rejects ${of(f, "type")} of ${replicas([f.get("from")])}: ${of(f, "reason")}`,
  ],
  [
    "evidence",
    (f) =>
      html`has proof against ${replicas([f.get("against")])} at number ${of(f, "n")}, view ${of(f, "v")}: ${of(f, "what")}`,
  ],
]);

const asked = (fields: Fields): Html => {
  const value = fields.get("value");
  const pair = Array.isArray(value)
    ? html` from ${shortened(value[0])} to ${shortened(value[1])}`
    : null;
  const given = value === undefined || value === null ? null : html` ${shortened(value)}`;
  return html`${of(fields, "f")} ${of(fields, "key")}${pair ?? given}`;
};

/** The events of a history. */
const history = new Map<string, (fields: Fields) => Html>([
  ["invoke", (f) => html`asks: ${asked(f)}`],
  ["ok", (f) => html`is answered: ${asked(f)}`],
  ["fail", (f) => html`is told that it did not happen: ${asked(f)}`],
  ["info", (f) => html`never hears what became of: ${asked(f)}`],
]);

/** `[client, t, digest of result, digest of operation]` each. */
function operations(value: unknown): Html {
  if (!Array.isArray(value) || value.length === 0) return html`, in which nothing was new`;
  const shown = value.slice(0, OPERATIONS_MAX).map((one: unknown): Html => {
    if (!Array.isArray(one)) return html` ${shortened(one)};`;
    const [client, t, result, operation] = one as readonly unknown[];
    const who = Number.isSafeInteger(client) ? nodeName(client as number) : plain(client);
    return html` request ${shortened(t)} of client ${who} (operation ${shortened(operation)}, result ${shortened(result)});`;
  });
  const more = value.length - shown.length;
  return html`:${shown}${more > 0 ? html` and ${more} more` : null}`;
}

function replicas(value: unknown): string {
  if (!Array.isArray(value)) return plain(value);
  return value.map((id) => `r${plain(id)}`).join(", ") || "nobody";
}

function sizeOf(value: unknown): string {
  return Array.isArray(value) ? String(value.length) : plain(value);
}

function durationOf(value: unknown): string {
  return typeof value === "number" ? milliseconds(value) : plain(value);
}

function of(fields: Fields, name: string): Child {
  return shortened(fields.get(name));
}

/** A digest is told apart by its head; its rest is one touch away. */
export function shortened(value: unknown): Child {
  const text = plain(value);
  if (/^0{64}$/.test(text)) return "of nothing";
  if (/^[0-9a-f]{64}$/.test(text)) return html`<code title="${text}">${text.slice(0, 12)}…</code>`;
  if (text.length <= VALUE_LENGTH_MAX) return html`<code>${text}</code>`;
  return html`<code>${text.slice(0, VALUE_LENGTH_MAX)}…</code>`;
}

export function plain(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "nothing");
}
