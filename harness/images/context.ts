/**
 * What an image is built from: a short list of files, each with the same owner, mode and time
 * whoever packs it and when. Nothing of a clone but these is sent to an engine.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { z } from "zod";

export interface BuildContext {
  /** The folder that all paths count from. */
  readonly root: string;
  /** The Dockerfile and what it copies: files, or folders with all that belongs into an image. */
  readonly paths: readonly string[];
}

/** No image runs tests, compiles anything or is read; k6 is built elsewhere. */
const LEFT_OUT = new RegExp(
  [
    "\\.(test|fixture|bench)\\.(ts|js)$",
    "\\.(md|map|d\\.[cm]?ts)$",
    "(^|/)Dockerfile$",
    "^nodes/client-k6/",
  ].join("|"),
);
const ARCHIVE_BYTES_MAX = 512 * 1024 * 1024;

/** Sorted; a file that is named itself is in it whatever it is called. */
export function filesOf({ root, paths }: BuildContext): readonly string[] {
  const files = paths.flatMap((path) => {
    const below = entriesBelow(join(root, path));
    if (below === null) return [path];
    const inside = below.map((name) => `${path}/${name.replaceAll(sep, "/")}`);
    return inside.filter((file) => !LEFT_OUT.test(file));
  });
  return [...new Set(files)].toSorted();
}

/** Null for what is no folder. */
function entriesBelow(path: string): readonly string[] | null {
  try {
    return readdirSync(path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(path.length + 1));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOTDIR") return null;
    throw error;
  }
}

/** Changes with every byte that goes into an image, and with nothing else. */
export function digestOf(context: BuildContext, files: readonly string[]): string {
  const hash = createHash("sha256");
  for (const file of files) {
    const bytes = readFileSync(join(context.root, file));
    hash.update(`${file}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest("hex");
}

/** The archive that an engine builds from: packed whole before any of it is sent. */
export function pack({ root }: BuildContext, files: readonly string[]): Buffer {
  const sameForAll = [
    "--owner=0",
    "--group=0",
    "--numeric-owner",
    "--mtime=@0",
    "--mode=a+rX,go-w",
  ];
  const list = ["--no-recursion", "--null", "--files-from=-"];
  const { error, status, stdout, stderr } = spawnSync(
    "tar",
    ["--create", "--file=-", "--directory", root, ...sameForAll, ...list],
    { input: files.map((file) => `${file}\0`).join(""), maxBuffer: ARCHIVE_BYTES_MAX },
  );
  if (error) throw new Error(`tar could not be run: ${error.message}`, { cause: error });
  if (status !== 0) throw new Error(`tar failed: ${stderr.toString().trim()}`);
  return stdout;
}

const manifest = z.object({ dependencies: z.record(z.string(), z.string()).default({}) });

/** The folders of these packages and of all that they need, below `root`. */
export function packagesFor(root: string, names: readonly string[]): readonly string[] {
  const found = new Set<string>();
  const visit = (name: string): void => {
    const path = `node_modules/${name}`;
    if (found.has(path)) return;
    found.add(path);
    const text = readFileSync(join(root, path, "package.json"), "utf8");
    const { dependencies } = manifest.parse(JSON.parse(text));
    // One that a package keeps to itself lies in its own folder.
    for (const needed of Object.keys(dependencies)) {
      if (!existsSync(join(root, path, "node_modules", needed))) visit(needed);
    }
  };
  for (const name of names) visit(name);
  return [...found].toSorted();
}

/** What `npm ci --omit=dev` would install. */
export function productionPackages(root: string): readonly string[] {
  const text = readFileSync(join(root, "package.json"), "utf8");
  return packagesFor(root, Object.keys(manifest.parse(JSON.parse(text)).dependencies));
}

/** What a Dockerfile copies out of its context: nothing else has to be sent. */
export function copiedBy(root: string, dockerfile: string): readonly string[] {
  const lines = readFileSync(join(root, dockerfile), "utf8").matchAll(/^COPY (.+) \S+$/gm);
  return [...lines].flatMap(([, sources = ""]) => sources.split(" "));
}
