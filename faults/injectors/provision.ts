/**
 * Finds or fetches `toxiproxy-server` 2.12.0 (faults §5): the environment, the PATH, our cache, the
 * official release, `go install`. Run as a program it prints the path, and its progress on stderr.
 *
 * The version string decides nothing: a server from `go install` calls itself "git".
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { access, stat, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { cacheFolder, type Environment, intoCache, type Making } from "./binary-cache.ts";
import { InjectorError } from "./injector-error.ts";

export const TOXIPROXY_VERSION = "2.12.0";

export type ToxiproxySource = "BFT_CHAOS_TOXIPROXY" | "PATH" | "cache" | "release" | "go install";

export interface ToxiproxyBinary {
  readonly path: string;
  readonly source: ToxiproxySource;
}

export interface Provisioning {
  readonly env: Environment;
  readonly progress: (line: string) => void;
  /** False: only what this machine has already. */
  readonly fetch?: boolean;
}

const BINARY = "toxiproxy-server";
const MODULE = `github.com/Shopify/toxiproxy/v2/cmd/server@v${TOXIPROXY_VERSION}`;
const RELEASE = `https://github.com/Shopify/toxiproxy/releases/download/v${TOXIPROXY_VERSION}`;

/** SHA-256 of the release's server binaries, by `<platform>-<arch>` in Go's words. */
const RELEASE_SHA256: Readonly<Record<string, string>> = {
  "linux-amd64": "556d891134a3c582dc1e1a3f7335fd55142e5965769855a00b944e13e48302fc",
  "linux-arm64": "53e770c1c3035b5a9f1bc629fce537db1f95f62b26f4ebe6e756afd701cf077c",
  "darwin-amd64": "9625bba4bd96117eedae49f982aba4c2f462b268dd406c9ff18186f9b1ef8afe",
  "darwin-arm64": "aa299966b52f16a8594f1cd0d1e9049dc2e8fe2c04a90c19860e2719b2b95d15",
};
const GO_ARCH: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64" };

/** A machine that cannot reach the release must not be kept waiting for it. */
const RELEASE_ANSWER_MS = 4_000;
const RELEASE_BODY_MS = 120_000;
const GO_INSTALL_MS = 600_000;

const run = promisify(execFile);

type Way = (context: Provisioning) => Promise<string>;

const WAYS: readonly (readonly [ToxiproxySource, Way])[] = [
  ["BFT_CHAOS_TOXIPROXY", fromEnvironment],
  ["PATH", fromPath],
  ["cache", fromCache],
  ["release", fromRelease],
  ["go install", fromGo],
];

const FETCHING: ReadonlySet<ToxiproxySource> = new Set(["release", "go install"]);

/** @throws {InjectorError} `toxiproxy-missing`, naming each way and why it failed */
export async function provisionToxiproxy(context: Provisioning): Promise<ToxiproxyBinary> {
  const failures: string[] = [];
  const { fetch: mayFetch = true } = context;
  for (const [source, way] of WAYS) {
    if (!mayFetch && FETCHING.has(source)) continue;
    try {
      const path = await way(context);
      await proveItRuns(path);
      return { path, source };
    } catch (error) {
      failures.push(`  ${source}: ${reason(error)}`);
      // Whoever names a server wants that one, not another that happens to be there.
      if (source === "BFT_CHAOS_TOXIPROXY" && context.env[source] !== undefined) break;
    }
  }
  throw new InjectorError(
    "toxiproxy-missing",
    [`no ${BINARY} ${TOXIPROXY_VERSION} to be had:`, ...failures].join("\n"),
  );
}

function cacheOf(env: Provisioning["env"]): string {
  return cacheFolder(env, `toxiproxy-${TOXIPROXY_VERSION}`);
}

async function fromEnvironment({ env }: Provisioning): Promise<string> {
  const path = env["BFT_CHAOS_TOXIPROXY"];
  if (path === undefined || path === "") throw new Error("is not set");
  return executable(path);
}

async function fromPath({ env }: Provisioning): Promise<string> {
  return onPath(BINARY, env);
}

async function fromCache({ env }: Provisioning): Promise<string> {
  return executable(join(cacheOf(env), BINARY));
}

async function fromRelease({ env, progress }: Provisioning): Promise<string> {
  const build = `${process.platform}-${GO_ARCH[process.arch] ?? process.arch}`;
  const checksum = RELEASE_SHA256[build];
  if (checksum === undefined) throw new Error(`there is none pinned for ${build}`);
  progress(`toxiproxy ${TOXIPROXY_VERSION}: asking for the official release`);
  const bytes = await download(`${RELEASE}/${BINARY}-${build}`);
  const found = createHash("sha256").update(bytes).digest("hex");
  if (found !== checksum) throw new Error(`the download has SHA-256 ${found}, not ${checksum}`);
  return kept(env, async (folder) => {
    const path = join(folder, BINARY);
    await writeFile(path, bytes);
    return path;
  });
}

async function fromGo({ env, progress }: Provisioning): Promise<string> {
  const go = await onPath("go", env);
  progress(`toxiproxy ${TOXIPROXY_VERSION}: building it with go install (about a minute, once)`);
  return kept(env, async (folder) => {
    // Without a GOBIN of its own, two builders would write over each other.
    const goEnv = { ...env, GOBIN: folder };
    await run(go, ["install", MODULE], { env: goEnv, timeout: GO_INSTALL_MS, cwd: folder });
    return join(folder, "server");
  });
}

function kept(env: Provisioning["env"], make: Making["make"]): Promise<string> {
  return intoCache({ cache: cacheOf(env), name: BINARY, make, prove: proveItRuns });
}

async function download(url: string): Promise<Buffer> {
  // Asked before it is fetched: the answer must come soon, the bytes may take their time.
  await answerOf(url, { method: "HEAD", signal: AbortSignal.timeout(RELEASE_ANSWER_MS) });
  const response = await answerOf(url, { signal: AbortSignal.timeout(RELEASE_BODY_MS) });
  return Buffer.from(await response.arrayBuffer());
}

async function answerOf(url: string, request: RequestInit): Promise<Response> {
  const response = await fetch(url, request);
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return response;
}

async function onPath(name: string, env: Provisioning["env"]): Promise<string> {
  for (const folder of (env["PATH"] ?? "").split(delimiter)) {
    if (folder === "") continue;
    try {
      return await executable(join(folder, name));
    } catch {
      // Not in this folder: the next one is asked.
    }
  }
  throw new Error(`${name} is in no folder of PATH`);
}

async function executable(path: string): Promise<string> {
  const found = await stat(path).catch(() => null);
  if (found === null) throw new Error(`${path} does not exist`);
  if (!found.isFile()) throw new Error(`${path} is not a file`);
  await access(path, constants.X_OK).catch((error: unknown) => {
    throw new Error(`${path} is not executable`, { cause: error });
  });
  return path;
}

async function proveItRuns(path: string): Promise<void> {
  try {
    await run(path, ["-version"], { timeout: 10_000 });
  } catch (error) {
    throw new Error(`${path} does not run: ${reason(error)}`, { cause: error });
  }
}

/**
 * The innermost message: fetch hides a refused connection in its cause, a child says it on stderr.
 */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ("stderr" in error && typeof error.stderr === "string" && error.stderr.trim() !== "") {
    return error.stderr.trim().split("\n").slice(-3).join(" / ");
  }
  return error.cause instanceof Error ? `${error.message}: ${reason(error.cause)}` : error.message;
}

if (import.meta.main) {
  try {
    const progress = (line: string) => process.stderr.write(`${line}\n`);
    const { path } = await provisionToxiproxy({ env: process.env, progress });
    process.stdout.write(`${path}\n`);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
