import { readFile } from "node:fs/promises";
import { type Child, Html, html } from "./markup.ts";

export interface DocumentParts {
  readonly title: string;
  /** It shows runs of a planted bug, and looks like it. */
  readonly planted: boolean;
  readonly body: Child;
}

/** A whole page that needs no network and no script. */
export async function document({ title, planted, body }: DocumentParts): Promise<string> {
  const style = new Html(await readFile(new URL("report.css", import.meta.url), "utf8"));
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>
${style}</style>
</head>
<body class="${planted ? "planted-run" : ""}">
${body}
</body>
</html>
`.text;
}
