/**
 * A planted bug is data (faults §7.1): it names a source file under `nodes/`, the exact text
 * to replace, and the check that must catch it. A cluster runs it from a changed copy of `nodes/`;
 * the honest code has no seam for it.
 */
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { findPackageJSON } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { z } from "zod";

const fields = z.strictObject({
  summary: z.string().min(1),
  /** The rule it breaks, with its section in `nodes/protocols/README.md`. */
  breaks: z.string().min(1),
  /** Path of the source file, from the project's root. */
  file: z.string().regex(/^nodes\/(?!.*\.\.).+\.ts$/, "a source file under nodes/"),
  find: z.string().min(1),
  replace: z.string(),
  /** The checks that may catch it: the first of them to go red names the bug. */
  caughtBy: z.array(z.string()),
  /** Why neither exploration nor a scenario can show it yet; a directed test does. */
  notYetReachable: z.string().min(1).optional(),
  /** The scenario that shows it, from the project's root, where no drawn plan does. */
  scenario: z.string().optional(),
  /** Where not every protocol runs that file: the one to hunt it in. */
  protocol: z.string().optional(),
  /** Byzantine behaviour of one replica without which it cannot show. */
  behaviour: z.string().optional(),
  /** What a bad client does without whom it cannot show. */
  attack: z.string().optional(),
});

const schema = fields.refine(
  ({ caughtBy, notYetReachable }) => (caughtBy.length === 0) === (notYetReachable !== undefined),
  { path: ["caughtBy"], error: "names a check, or notYetReachable says why there is none" },
);

export type Mutant = z.infer<typeof schema> & { readonly name: string };

const PROJECT = dirname(dirname(fileURLToPath(import.meta.url)));
export const MUTANTS_FOLDER = join(PROJECT, "faults", "mutants");

/** A mutant that cannot be read or no longer fits the source. */
export class MutantError extends Error {
  override readonly name = "MutantError";
}

/** All mutants of the folders, by name; the project's own folder is always searched. */
export function loadMutants(folders: readonly string[] = []): ReadonlyMap<string, Mutant> {
  const mutants = new Map<string, Mutant>();
  for (const folder of [MUTANTS_FOLDER, ...folders]) {
    for (const file of yamlFiles(folder)) {
      const mutant = readMutant(join(folder, file));
      mutants.set(mutant.name, mutant);
    }
  }
  return mutants;
}

function yamlFiles(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((file) => file.endsWith(".yaml"))
      .toSorted();
  } catch (error) {
    throw new MutantError(`${folder}: no folder of planted bugs (${reasonOf(error)})`, {
      cause: error,
    });
  }
}

function readMutant(path: string): Mutant {
  let value: unknown;
  try {
    value = parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new MutantError(`${path}: no planted bug (${reasonOf(error)})`, { cause: error });
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new MutantError(`${path}: no planted bug (${wrongIn(parsed.error)})`);
  const name = path.slice(path.lastIndexOf("/") + 1, -".yaml".length);
  return { ...parsed.data, name };
}

/** In one line: a folder of other files has many that are none. */
function wrongIn({ issues }: z.ZodError): string {
  return issues.map(({ path, message }) => [...path, message].join(": ")).join("; ");
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message.trim() : String(error);
}

/**
 * The changed source text.
 * @throws {MutantError} if `find` does not occur exactly once: the mutant is stale
 */
export function mutate(mutant: Mutant): string {
  const path = join(PROJECT, mutant.file);
  const source = existsSync(path) ? readFileSync(path, "utf8") : "";
  const occurrences = source.split(mutant.find).length - 1;
  if (occurrences !== 1) {
    throw new MutantError(
      `mutant ${mutant.name} is stale: its text occurs ${occurrences} times in ${mutant.file}, ` +
        "it must occur once",
    );
  }
  return source.replace(mutant.find, () => mutant.replace);
}

/**
 * Writes a copy of `nodes/` with the bug in it.
 * @param folder where to write; made if missing
 * @returns the copy of `nodes/`
 */
export function plant(mutant: Mutant, folder: string): string {
  const changed = mutate(mutant);
  const nodes = plantNothing(folder);
  writeFileSync(join(folder, mutant.file), changed);
  return nodes;
}

/** The same without a bug: what the copy is made for is put into it afterwards. */
export function plantNothing(folder: string): string {
  const nodes = join(folder, "nodes");
  mkdirSync(folder, { recursive: true });
  cpSync(join(PROJECT, "nodes"), nodes, {
    recursive: true,
    filter: isSource,
  });
  linkPackages(folder);
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }\n');
  return nodes;
}

/** What a copy of a folder needs: neither its tests nor what a build has made of the source. */
export function isSource(path: string): boolean {
  return !/\.(test|fixture|bench)\.ts$|\.js$/.test(path);
}

/** The copy finds the project's packages, wherever npm has put each of them. */
function linkPackages(folder: string): void {
  const { dependencies } = z
    .object({ dependencies: z.record(z.string(), z.string()) })
    .parse(JSON.parse(readFileSync(join(PROJECT, "package.json"), "utf8")));
  mkdirSync(join(folder, "node_modules"));
  for (const name of Object.keys(dependencies)) {
    const found = findPackageJSON(name, import.meta.url);
    if (found) symlinkSync(dirname(found), join(folder, "node_modules", name));
  }
}
