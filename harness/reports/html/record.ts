import { seconds } from "../format.ts";
import { type Child, type Html, html } from "./markup.ts";
import { inWords, plain, shortened } from "./record-words.ts";
import { table } from "./table.ts";

const RECORDS_MAX = 12;

/** Fields that have a column of their own. */
const NAMED = new Set(["time", "replica", "boot", "process", "e", "type", "f", "index"]);

/** The records behind a piece of evidence; one of no known kind is shown as it is. */
export function recordTable(records: readonly unknown[]): Html {
  const more = records.length - RECORDS_MAX;
  return html`${table({
    className: "records",
    caption: "Records that prove it",
    columns: [{ name: "time", numeric: true }, { name: "who" }, { name: "what" }],
    rows: records.slice(0, RECORDS_MAX).map(cellsOf),
  })}${more > 0 ? html`<p class="more">${more} more in results.json</p>` : null}`;
}

function cellsOf(record: unknown): readonly Child[] {
  if (typeof record !== "object" || record === null || Array.isArray(record)) {
    return ["", "", shortened(record)];
  }
  const fields = new Map<string, unknown>(Object.entries(record));
  const time = fields.get("time");
  return [
    typeof time === "number" ? seconds(time / 1e6) : "",
    whoOf(fields),
    inWords(fields) ?? asItIs(fields),
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

function asItIs(fields: ReadonlyMap<string, unknown>): Html {
  const event = ["e", "f", "type"].flatMap((name) => fields.get(name) ?? []).map(plain);
  const others = [...fields].filter(([name]) => !NAMED.has(name));
  return html`${event.join(" ")} ${others.map(([name, value]) => html`<span class="field"><b>${name}</b> ${shortened(value)}</span> `)}`;
}
