import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { cacheFolder, type Environment } from "./binary-cache.ts";
import { provisionToxiproxy, TOXIPROXY_VERSION } from "./provision.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "bft-chaos-provision-"));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

/** Where the program is kept. */
const cacheOf = (env: Environment) => cacheFolder(env, `toxiproxy-${TOXIPROXY_VERSION}`);

/** A server that answers `-version` and nothing else. */
async function script(path: string, body = "exit 0"): Promise<string> {
  await mkdir(join(path, ".."), { recursive: true });
  await writeFile(path, `#!/bin/sh\n${body}\n`);
  await chmod(path, 0o755);
  return path;
}

/** Nothing of the machine's own shines through. */
function machine(more: Readonly<Record<string, string>> = {}) {
  const env = { PATH: join(folder, "bin"), XDG_CACHE_HOME: join(folder, "cache"), ...more };
  const lines: string[] = [];
  return { env, lines, progress: (line: string) => lines.push(line) };
}

/** A `go` that builds as the real one does, into GOBIN. */
const GO = `[ "$1" = install ] || exit 9
printf '#!/bin/sh\\nexit 0\\n' > "$GOBIN/server"
/bin/chmod 755 "$GOBIN/server"`;

test("BFT_CHAOS_TOXIPROXY comes first", async () => {
  await script(join(folder, "bin", "toxiproxy-server"));
  const mine = await script(join(folder, "mine"));
  expect(await provisionToxiproxy(machine({ BFT_CHAOS_TOXIPROXY: mine }))).toEqual({
    path: mine,
    source: "BFT_CHAOS_TOXIPROXY",
  });
});

test("a BFT_CHAOS_TOXIPROXY that is no program is an error, not a reason to take another", async () => {
  await script(join(folder, "bin", "toxiproxy-server"));
  const attempt = provisionToxiproxy(machine({ BFT_CHAOS_TOXIPROXY: join(folder, "nowhere") }));
  await expect(attempt).rejects.toThrow(/BFT_CHAOS_TOXIPROXY: .*nowhere does not exist/);
});

test("then PATH, then the cache", async () => {
  const context = machine();
  const cached = await script(join(cacheOf(context.env), "toxiproxy-server"));
  expect(await provisionToxiproxy(context)).toEqual({ path: cached, source: "cache" });
  const installed = await script(join(folder, "bin", "toxiproxy-server"));
  expect(await provisionToxiproxy(context)).toEqual({ path: installed, source: "PATH" });
});

test("a file in the cache that does not run is passed over", async () => {
  const context = machine();
  await script(join(cacheOf(context.env), "toxiproxy-server"), "exit 7");
  await script(join(folder, "bin", "go"), GO);
  const { source } = await provisionToxiproxy(context);
  expect(["release", "go install"]).toContain(source);
});

test("if none works, the error names each way and why it failed", async () => {
  await script(join(folder, "bin", "go"), "echo no network here >&2; exit 1");
  const context = machine();
  const error: unknown = await provisionToxiproxy(context).then(
    ({ source }) => source,
    (reason: unknown) => reason,
  );
  // Where the official release can be reached, that way works and there is nothing to say.
  const text = error instanceof Error ? error.message : "";
  const parts = [
    "BFT_CHAOS_TOXIPROXY: is not set",
    "PATH: ",
    "cache: ",
    "release: ",
    "no network here",
  ];
  const missing = parts.filter((part) => !text.includes(part));
  expect(error === "release" ? [] : missing).toEqual([]);
});

test("two builders at once both end with a whole binary and leave nothing half done", async () => {
  await script(join(folder, "bin", "go"), GO);
  const context = machine();
  const abandoned = join(cacheOf(context.env), "making-abandoned");
  await mkdir(abandoned, { recursive: true });
  await utimes(abandoned, 1, 1);
  const made = await Promise.all([provisionToxiproxy(context), provisionToxiproxy(context)]);
  expect(new Set(made.map(({ path }) => path)).size).toBe(1);
  expect(await readdir(cacheOf(context.env))).toEqual(["toxiproxy-server"]);
  expect((await provisionToxiproxy(context)).source).toBe("cache");
  expect(context.lines.length).toBeGreaterThan(0);
});

test("as a program it prints the path", async () => {
  const mine = await script(join(folder, "mine"));
  await mkdir(join(folder, "bin"));
  await symlink(process.execPath, join(folder, "bin", "node"));
  const program = new URL("provision.ts", import.meta.url).pathname;
  const { stdout } = await promisify(execFile)(process.execPath, [program], {
    env: { PATH: join(folder, "bin"), BFT_CHAOS_TOXIPROXY: mine },
  });
  expect(stdout).toBe(`${mine}\n`);
});
