import { type Html, html } from "./markup.ts";

/** The command that does it all once more, ready to be copied. */
export function rerunCommand(command: string): Html {
  return html`<p class="rerun-name">Run it again</p><pre class="command"><code>${command}</code></pre>`;
}
