/**
 * What images are made of and no clone holds: a Debian by debootstrap, static Toxiproxy programs.
 * Both come over the network, no engine of containers has a part in it, and both are kept.
 */
import { execFile } from "node:child_process";
import { access, constants, copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { cacheFolder, type Environment, intoCache } from "../../faults/injectors/binary-cache.ts";
import { TOXIPROXY_VERSION } from "../../faults/injectors/provision.ts";
import { ImageError } from "./image-error.ts";

export interface Fetching {
  readonly env: Environment;
  readonly progress: (line: string) => void;
}

/** Something of a known version that is kept in the cache folder. */
interface Material {
  readonly version: string;
  readonly name: string;
  /** How long it takes, in words. */
  readonly takes: string;
  readonly make: (folder: string) => Promise<string>;
  readonly prove: (path: string) => Promise<void>;
}

const SUITE = "bookworm";
const MAKING_MS = 900_000;
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;
/** Nobody reads them in a container, and they are half of it. */
const UNREAD = ["usr/share/doc", "usr/share/man", "usr/share/locale", "var/cache", "var/lib/apt"];
const run = promisify(execFile);

/** A compressed archive of a root file system: the smallest Debian, with this Node in it. */
export async function provisionBase(
  fetching: Fetching,
): Promise<{ readonly path: string; readonly version: string }> {
  const { env } = fetching;
  const version = `base-${SUITE}-node${process.versions.node}-${process.arch}`;
  const path = await provision(fetching, {
    version,
    name: "base.tar.gz",
    takes: "debootstrap, about a minute",
    make: (folder) => debootstrap(env, folder),
    prove: (archive) => attempt(env, "gzip", ["--test", archive]),
  });
  return { path, version };
}

/** @returns the folder that holds `toxiproxy` and `toxiproxy-cli` */
export async function provisionStaticToxiproxy(fetching: Fetching): Promise<string> {
  const { env } = fetching;
  const programs = [
    { name: "toxiproxy", module: "server", proof: ["-version"] },
    { name: "toxiproxy-cli", module: "cli", proof: ["--version"] },
  ];
  const version = `toxiproxy-${TOXIPROXY_VERSION}-static`;
  for (const { name, module, proof } of programs) {
    await provision(fetching, {
      version,
      name,
      takes: "go install, about a minute",
      make: async (folder) => {
        const source = `github.com/Shopify/toxiproxy/v2/cmd/${module}@v${TOXIPROXY_VERSION}`;
        // An image without a C library has none to offer.
        const goEnv = { ...env, CGO_ENABLED: "0", GOBIN: folder };
        await attempt(goEnv, "go", ["install", "-trimpath", source], folder);
        return join(folder, module);
      },
      prove: async (path) => {
        await run(path, proof, { timeout: 10_000 });
      },
    });
  }
  return cacheFolder(env, version);
}

async function debootstrap(env: Environment, folder: string): Promise<string> {
  if (process.getuid?.() !== 0) {
    throw new ImageError(
      "NOT_BUILT",
      "debootstrap makes a root file system, which only root can: sudo, or no --base-from",
    );
  }
  // Not below the cache: a file system of a user's home may forbid devices and other owners.
  const root = await mkdtemp(join(tmpdir(), "bft-chaos-base-"));
  try {
    await attempt(env, "debootstrap", ["--variant=minbase", SUITE, root]);
    for (const path of UNREAD) await rm(join(root, path), { recursive: true, force: true });
    await copyFile(process.execPath, join(root, "usr/local/bin/node"));
    await attempt(env, "chroot", [root, "/usr/local/bin/node", "--version"]);
    const archive = join(folder, "base.tar.gz");
    const options = ["--create", "--gzip", "--numeric-owner", "--sort=name", "--mtime=@0"];
    await attempt(env, "tar", [...options, "--file", archive, "--directory", root, "."]);
    return archive;
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

async function provision({ env, progress }: Fetching, material: Material): Promise<string> {
  const { version, name, takes, make, prove } = material;
  const cache = cacheFolder(env, version);
  const path = join(cache, name);
  const isThere = await access(path, constants.R_OK).then(
    () => true,
    () => false,
  );
  if (isThere) return path;
  progress(`${version}: making ${name} (${takes}, once)`);
  return intoCache({ cache, name, make, prove });
}

async function attempt(
  env: Environment,
  program: string,
  args: readonly string[],
  cwd = "/",
): Promise<void> {
  try {
    await run(program, [...args], {
      cwd,
      env,
      timeout: MAKING_MS,
      maxBuffer: OUTPUT_BYTES_MAX,
    });
  } catch (error) {
    throw new ImageError("NOT_BUILT", `${program} failed: ${lastWords(error)}`);
  }
}

/** debootstrap complains on its standard output. */
function lastWords(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const said = ["stdout", "stderr"].map((name) => String(Reflect.get(error, name) ?? "").trim());
  const lines = said
    .filter((text) => text !== "")
    .join("\n")
    .split("\n");
  return lines[0] === "" ? error.message : lines.slice(-3).join(" / ");
}
