import { seconds } from "../format.ts";
import { type Child, type Html, html } from "./markup.ts";
import { table } from "./table.ts";

const VALUE_LENGTH_MAX = 160;
const RECORDS_MAX = 12;

/** Fields that have a column of their own. */
const NAMED = new Set(["time", "replica", "boot", "process", "e", "type", "f", "index"]);

/**
 * The raw records behind a piece of evidence: audit lines and history events are recognised by
 * their shape, anything else is shown as it is.
 */
export function recordTable(records: readonly unknown[]): Html {
  const more = records.length - RECORDS_MAX;
  return html`${table({
    className: "records",
    caption: "Records that prove it",
    columns: [
      { name: "time", numeric: true },
      { name: "who" },
      { name: "event" },
      { name: "content" },
    ],
    rows: records.slice(0, RECORDS_MAX).map(cellsOf),
  })}${more > 0 ? html`<p class="more">${more} more in results.json</p>` : null}`;
}

function cellsOf(record: unknown): readonly Child[] {
  if (typeof record !== "object" || record === null || Array.isArray(record)) {
    return ["", "", "", shortened(record)];
  }
  const fields = new Map<string, unknown>(Object.entries(record));
  const time = fields.get("time");
  return [
    typeof time === "number" ? seconds(time / 1e6) : "",
    whoOf(fields),
    eventOf(fields),
    [...fields]
      .filter(([name]) => !NAMED.has(name))
      .map(([name, value]) => html`<span class="field"><b>${name}</b> ${shortened(value)}</span> `),
  ];
}

function whoOf(fields: ReadonlyMap<string, unknown>): string {
  const replica = fields.get("replica");
  const boot = fields.get("boot");
  if (replica !== undefined) {
    return boot === undefined || boot === 1
      ? `r${plain(replica)}`
      : `r${plain(replica)}, start ${plain(boot)}`;
  }
  const process = fields.get("process");
  return process === undefined ? "" : `client process ${plain(process)}`;
}

function eventOf(fields: ReadonlyMap<string, unknown>): string {
  const names = ["e", "f", "type"]
    .map((name) => fields.get(name))
    .filter((name) => name !== undefined);
  return names.map(plain).join(" ");
}

/** A digest is told apart by its head; its rest is one touch away. */
function shortened(value: unknown): Child {
  const text = plain(value);
  if (/^[0-9a-f]{64}$/.test(text)) return html`<code title="${text}">${text.slice(0, 12)}…</code>`;
  if (text.length <= VALUE_LENGTH_MAX) return html`<code>${text}</code>`;
  return html`<code>${text.slice(0, VALUE_LENGTH_MAX)}…</code>`;
}

function plain(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "undefined");
}
