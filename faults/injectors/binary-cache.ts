/**
 * Programs that are made on this machine are kept in a cache folder of the user's, one folder a
 * version. What lies in it is whole.
 */
import { chmod, mkdir, mkdtemp, readdir, rename, rm, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

export type Environment = Readonly<Record<string, string | undefined>>;

/** A build folder this old belongs to nobody any more. */
const ABANDONED_MS = 3_600_000;

/** `$XDG_CACHE_HOME/bft-chaos/<version>`, with `~/.cache` for the first part by default. */
export function cacheFolder(env: Environment, version: string): string {
  const base = env["XDG_CACHE_HOME"] || join(env["HOME"] || homedir(), ".cache");
  return join(base, "bft-chaos", version);
}

export interface Making {
  readonly cache: string;
  readonly name: string;
  /** @returns the path of the program, somewhere below the folder */
  readonly make: (folder: string) => Promise<string>;
  /** Throws for a program that does not run. */
  readonly prove: (path: string) => Promise<void>;
}

/**
 * Makes the program in a folder beside, then renames it into place: of two builders the second
 * one's rename replaces an equal file.
 */
export async function intoCache({ cache, name, make, prove }: Making): Promise<string> {
  await mkdir(cache, { recursive: true });
  await removeAbandoned(cache);
  const folder = await mkdtemp(join(cache, "making-"));
  try {
    const made = await make(folder);
    await chmod(made, 0o755);
    await prove(made);
    const path = join(cache, name);
    await rename(made, path);
    return path;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function removeAbandoned(cache: string): Promise<void> {
  for (const entry of await readdir(cache)) {
    if (!entry.startsWith("making-")) continue;
    const folder = join(cache, entry);
    // Its builder may finish and remove it between our two looks.
    const age = await stat(folder).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0,
    );
    if (age > ABANDONED_MS) await rm(folder, { recursive: true, force: true });
  }
}
