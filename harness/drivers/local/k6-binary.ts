/**
 * Finds or builds k6 with the extension of `nodes/client-k6`. Run as a program it prints the path,
 * and its progress on stderr. Everything comes as Go modules of exact versions: xk6 by the module
 * in `tools/`, whose sums are committed, k6 by the extension's own `go.mod`.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { accessSync, constants, existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import {
  cacheFolder,
  type Environment,
  intoCache,
} from "../../../faults/injectors/binary-cache.ts";

const K6_VERSION = "2.2.0";
const XK6_VERSION = "1.4.11";
const GOSEC_VERSION = "2.22.9";

export const EXTENSION = join(import.meta.dirname, "../../../nodes/client-k6");
const MODULE = "xk6-bft";

/** Cold, on two cores that others use too. */
const BUILD_MS = 1_200_000;
const OUTPUT_BYTES_MAX = 16 * 1024 * 1024;

export interface K6Provisioning {
  readonly env: Environment;
  readonly progress: (line: string) => void;
}

const run = promisify(execFile);

/** Called with the folder in which the program is made, and where it should lie. */
type Builder = (folder: string, path: string) => Promise<unknown>;

interface Program {
  readonly name: string;
  /** Its folder in the cache. */
  readonly version: string;
  readonly proof: readonly string[];
  readonly build: Builder;
}

export interface K6Binary {
  readonly path: string;
  /** As reports print it. */
  readonly version: string;
}

/** The k6 that is there already, or why there is none: building one takes minutes. */
export function findK6(env: Environment): K6Binary | { readonly because: string } {
  const named = env["BFT_CHAOS_K6"];
  if (named !== undefined && named !== "") {
    if (isProgram(named)) return { path: named, version: `${named} (BFT_CHAOS_K6)` };
    return { because: `BFT_CHAOS_K6 names no program: ${named}` };
  }
  // An image of the harness is without the sources.
  if (!existsSync(EXTENSION))
    return { because: `no ${EXTENSION} here: name one with BFT_CHAOS_K6` };
  const { name, version } = builtProgram();
  const path = join(cacheFolder(env, version), name);
  if (isProgram(path)) return { path, version: `${K6_VERSION} with ${MODULE} ${name}` };
  return {
    because:
      "there is no k6 with this project's extension as it is now: npm run build:k6 makes one " +
      "(with Go 1.25 or newer, in some minutes, once), or BFT_CHAOS_K6 names one",
  };
}

function builtProgram(): Pick<Program, "name" | "version"> {
  return { name: `k6-${sourceDigest()}`, version: `k6-${K6_VERSION}` };
}

/** k6, as its extension's sources are now. @throws {Error} with the last words of the build */
export async function provisionK6(context: K6Provisioning): Promise<string> {
  const build: Builder = async (folder, path) => {
    const xk6 = await provisionXk6(context);
    const extension = `${MODULE}=${EXTENSION}`;
    await go(
      context,
      xk6,
      ["build", `v${K6_VERSION}`, "--with", extension, "--output", path],
      folder,
    );
  };
  return provision(context, { ...builtProgram(), proof: ["version"], build });
}

export async function provisionXk6(context: K6Provisioning): Promise<string> {
  const tools = join(EXTENSION, "tools");
  return provision(context, {
    name: "xk6",
    version: `xk6-${XK6_VERSION}`,
    proof: ["version"],
    build: (_folder, path) => go(context, "go", ["build", "-o", path, "go.k6.io/xk6"], tools),
  });
}

/** The scanner that `xk6 lint` calls by its name. */
export async function provisionGosec(context: K6Provisioning): Promise<string> {
  const module = `github.com/securego/gosec/v2/cmd/gosec@v${GOSEC_VERSION}`;
  return provision(context, {
    name: "gosec",
    version: `gosec-${GOSEC_VERSION}`,
    proof: ["-version"],
    build: (folder) =>
      go({ ...context, env: { ...context.env, GOBIN: folder } }, "go", ["install", module], folder),
  });
}

async function provision(
  { env, progress }: K6Provisioning,
  { name, version, proof, build }: Program,
): Promise<string> {
  const cache = cacheFolder(env, version);
  const path = join(cache, name);
  if (isProgram(path)) return path;
  progress(`${version}: building it (some minutes, once)`);
  return intoCache({
    cache,
    name,
    make: async (folder) => {
      const made = join(folder, name);
      await build(folder, made);
      return made;
    },
    prove: async (made) => {
      await run(made, [...proof], { timeout: 30_000 });
    },
  });
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Without paths of this machine in it, so that all builds and tests share Go's build cache. */
export function goEnvironment(env: Environment): NodeJS.ProcessEnv {
  return { ...env, GOFLAGS: `${env["GOFLAGS"] ?? ""} -trimpath -buildvcs=false`.trim() };
}

async function go(
  { env }: K6Provisioning,
  program: string,
  args: readonly string[],
  cwd: string,
): Promise<void> {
  const settings = { cwd, env: goEnvironment(env), timeout: BUILD_MS, maxBuffer: OUTPUT_BYTES_MAX };
  try {
    await run(program, [...args], settings);
  } catch (error) {
    const said = error instanceof Error && "stderr" in error ? String(error.stderr).trim() : "";
    const lines = said.split("\n").slice(-8).join("\n  ");
    throw new Error(`${program} ${args.join(" ")} failed:\n  ${lines}`, { cause: error });
  }
}

/** Changes with everything that a build reads, so that an old k6 is never taken for this one. */
function sourceDigest(): string {
  const entries = readdirSync(EXTENSION, { recursive: true, encoding: "utf8" });
  const sources = entries.filter(
    (path) => /(\.go|^go\.(mod|sum))$/.test(path) && !/_test\.go$|^(tools|vectors)\//.test(path),
  );
  const hash = createHash("sha256");
  for (const path of sources.toSorted()) {
    const text = readFileSync(join(EXTENSION, path));
    hash.update(`${path}\0${text.length}\0`).update(text);
  }
  return hash.digest("hex").slice(0, 16);
}

if (import.meta.main) {
  try {
    const progress = (line: string) => process.stderr.write(`${line}\n`);
    process.stdout.write(`${await provisionK6({ env: process.env, progress })}\n`);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
