/**
 * Who checks the checkers: each mutation below blinds one of them in one way, and some case of
 * that checker must notice. A mutation whose text is gone is stale and fails too.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, expect, test } from "vitest";
import { casesOf, type Mutation, mutations } from "./cases.fixture.ts";
import type { Checker } from "./checker.ts";
import { inputOf } from "./run.fixture.ts";

const folder = mkdtempSync(join(tmpdir(), "bft-chaos-mutants-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The checker as it would be with this mutation, from a changed copy of the sources. */
async function mutated({ id, file, replace, by }: Mutation, name: string): Promise<Checker> {
  const text = readFileSync(join(import.meta.dirname, file), "utf8");
  expect(text.split(replace), `${file} must contain the text once`).toHaveLength(2);
  const changed = text.replace(replace, () => by);
  const copy = join(folder, name);
  const isChecker = /: Checker = /.test(text);
  // What several checkers use is changed for all of them: then everything is copied.
  for (const path of isChecker ? [file] : sources()) {
    const source = path === file ? changed : readFileSync(join(import.meta.dirname, path), "utf8");
    mkdirSync(dirname(join(copy, path)), { recursive: true });
    writeFileSync(join(copy, path), withAbsoluteImports(source, { path, inside: !isChecker }));
  }
  const entry = pathToFileURL(join(copy, isChecker ? file : "registry.ts")).href;
  const module = (await import(entry)) as Readonly<Record<string, Checker | readonly Checker[]>>;
  const found = Object.values(module)
    .flat()
    .find((candidate) => candidate.id === id);
  if (found === undefined) throw new Error(`${file} has no checker ${id}`);
  return found;
}

function sources(): readonly string[] {
  return readdirSync(import.meta.dirname, { recursive: true, encoding: "utf8" }).filter(
    (path) => path.endsWith(".ts") && !/\.(test|fixture|bench)\.ts$/.test(path),
  );
}

/** What is not copied is taken from where it is; `inside`: this folder is copied. */
function withAbsoluteImports(
  text: string,
  { path, inside }: { readonly path: string; readonly inside: boolean },
): string {
  const here = pathToFileURL(`${import.meta.dirname}/`).href;
  return text.replace(/from "(\.[^"]+)"/g, (whole, specifier: string) => {
    const target = new URL(specifier, new URL(path, here)).href;
    return inside && target.startsWith(here) ? whole : `from "${target}"`;
  });
}

function disagreements(checker: Checker): readonly string[] {
  const own = casesOf(checker.id);
  return own.flatMap(({ claim, run, outcome }) =>
    checker.check(inputOf(run())).outcome === outcome ? [] : [claim],
  );
}

test.each(mutations.map((mutation, index) => ({ ...mutation, index })))(
  "$id, blinded so that $blindness, fails a case",
  async ({ index, ...mutation }) => {
    const blinded = await mutated(mutation, String(index));
    expect(disagreements(blinded)).not.toEqual([]);
  },
);
