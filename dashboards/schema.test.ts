/**
 * The JSON against @grafana/schema, by the compiler. That package has no schema that data could be
 * checked with, only types, so each file is compiled as if it had been written in TypeScript. The
 * types know the frame, panels, units of configuration, variables and annotations, and the options
 * of each kind of panel; they do not know queries, which are the data source's, nor what a
 * transformation is given.
 */
import { join } from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";
import { z } from "zod";
import { dashboardTexts } from "./provisioned.fixture.ts";
import type { Parts } from "./schema.fixture.ts";

/**
 * Left out, because the types do not have them: of an annotation what only its data source reads,
 * and the footer that grafana-foundation-sdk gives to every table for the sake of older Grafanas.
 */
const elsewhere = ["target", "titleFormat", "textFormat", "tagKeys", "footer"];

const record = z.record(z.string(), z.unknown());
const shape = z.looseObject({
  panels: z.array(
    z.looseObject({
      type: z.string(),
      options: record.optional(),
      fieldConfig: z
        .looseObject({ defaults: z.looseObject({ custom: record.optional() }) })
        .optional(),
    }),
  ),
  templating: z.object({ list: z.array(record) }),
  annotations: z.object({ list: z.array(record) }),
});

test.each([...dashboardTexts()])(
  "%s is as the types of @grafana/schema have it",
  (_, text) => {
    expect(complaints(text)).toEqual([]);
  },
  120_000,
);

test("a breach of the types is seen, wherever it is planted", () => {
  const [text = ""] = dashboardTexts().values();
  const breaches = [
    ['"schemaVersion": 42', '"schemaVersion": "42"'],
    ['"collapsed": false', '"collapsed": 0'],
    ['"decimals": 1', '"decimal": 1'],
    ['"textMode": "auto"', '"textMode": "car"'],
    ['"refresh": 2', '"refresh": 9'],
    ['"enable": true', '"enabled": true'],
  ] as const;
  for (const [sound, broken] of breaches) {
    expect(text).toContain(sound);
    expect(complaints(text.replace(sound, broken)), broken).not.toEqual([]);
  }
}, 120_000);

/** One declaration for each part, so that a key in excess is told from one of another part. */
function declarationsOf(json: string): string {
  const { panels, templating, annotations, ...frame } = shape.parse(JSON.parse(json));
  const declared = ['import type { Parts } from "./schema.fixture.ts";'];
  const declare = (part: keyof Parts, value: unknown, kind?: string): void => {
    const text = JSON.stringify(value, (key, inner: unknown) =>
      elsewhere.includes(key) ? undefined : inner,
    );
    const type = `Parts["${part}"]${kind === undefined ? "" : `["${kind}"]`}`;
    declared.push(`export const part${declared.length}: ${type} = ${text};`);
  };
  declare("frame", frame);
  for (const variable of templating.list) declare("variable", variable);
  for (const annotation of annotations.list) declare("annotation", annotation);
  for (const panel of panels) {
    declare(panel.type === "row" ? "row" : "panel", panel);
    if (panel.type === "row") continue;
    declare("options", panel.options, panel.type);
    const custom = panel.fieldConfig?.defaults.custom;
    if (custom !== undefined) declare("custom", custom, panel.type);
  }
  return declared.join("\n");
}

function complaints(text: string): readonly string[] {
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    allowImportingTsExtensions: true,
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
    types: [],
  };
  const file = join(import.meta.dirname, "dashboard-as-typescript.ts");
  const host = ts.createCompilerHost(options);
  const source = ts.createSourceFile(file, declarationsOf(text), ts.ScriptTarget.ES2022, true);
  const read = host.getSourceFile.bind(host);
  host.getSourceFile = (name, ...rest) => (name === file ? source : read(name, ...rest));
  host.fileExists = (name) => name === file || ts.sys.fileExists(name);
  return ts
    .getPreEmitDiagnostics(ts.createProgram([file], options, host))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, " "));
}
