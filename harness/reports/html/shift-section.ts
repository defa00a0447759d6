import { seconds } from "../format.ts";
import type { JudgedRun } from "../report.ts";
import { aftermathOf, shiftLog } from "../shift-log.ts";
import { type Html, html } from "./markup.ts";
import { section, table } from "./table.ts";

/** Null where no operator was at work. */
export function shiftSection(run: JudgedRun): Html | null {
  const lines = shiftLog(run);
  if (lines.length === 0) return null;
  return section(
    "shift",
    "Shift log",
    html`<p class="lead">What the operator meant, what he did, and who noticed when; times count from the start of the warm-up.</p>`,
    table({
      className: "findings",
      caption: "Every deed of the operator with what he meant, what he did and what came of it",
      columns: [
        { name: "time", numeric: true },
        { name: "error" },
        { name: "he meant to" },
        { name: "he" },
        { name: "what came of it" },
      ],
      rows: lines.map((line) => [
        seconds(line.atMs),
        html`${line.id} <small>${line.wrong ? line.error : "done right"}</small>`,
        line.meant,
        line.did,
        html`${aftermathOf(line).map((sentence) => html`${sentence} `)}`,
      ]),
    }),
  );
}
