/** The cases of all checkers, each from the file beside its checker. */
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Case, CheckerCases } from "./case.fixture.ts";
import type { Checker } from "./checker.ts";

/** One way to blind a checker. */
export interface Mutation {
  readonly id: string;
  readonly blindness: string;
  /** From the folder of the checkers. */
  readonly file: string;
  readonly replace: string;
  readonly by: string;
}

const files = readdirSync(import.meta.dirname, { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".cases.fixture.ts"))
  .toSorted();

const loaded: readonly (readonly [string, CheckerCases])[] = await Promise.all(
  files.map(async (path) => [path, await casesIn(path)] as const),
);

async function casesIn(path: string): Promise<CheckerCases> {
  const url = pathToFileURL(join(import.meta.dirname, path)).href;
  const module = (await import(url)) as Readonly<Record<string, CheckerCases>>;
  const [found] = Object.values(module);
  if (found === undefined) throw new Error(`${path} exports no cases`);
  return found;
}

export const allCases: readonly CheckerCases[] = loaded.map(([, found]) => found);

export const mutations: readonly Mutation[] = loaded.flatMap(([path, { checker, blindness }]) =>
  Object.entries(blindness).flatMap(([file, blindings]) =>
    blindings.map(([what, replace, by]) => {
      return { id: checker.id, blindness: what, file: join(dirname(path), file), replace, by };
    }),
  ),
);

export function casesOf(id: string): readonly Case[] {
  return allCases.find(({ checker }) => checker.id === id)?.cases ?? [];
}

/** What a checker still lacks before its verdicts may be believed. */
export function lackedBy(checker: Checker, known: readonly CheckerCases[]): readonly string[] {
  const own = known.filter((candidate) => candidate.checker === checker);
  const [first] = own;
  if (first === undefined) return ["cases beside it, in <its name>.cases.fixture.ts"];
  const outcomes = first.cases.map(({ outcome }) => outcome);
  return [
    ...(own.length > 1 ? ["one file of cases instead of several"] : []),
    ...(outcomes.includes("valid") ? [] : ["a case in which it is satisfied"]),
    ...(outcomes.includes("invalid") ? [] : ["a case in which it is not"]),
    ...(Object.values(first.blindness).flat().length > 0 ? [] : ["a way to blind it"]),
  ];
}
