import { execFile } from "node:child_process";
import { accessSync, constants, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { promisify } from "node:util";
import type { Command } from "commander";
import { provisionToxiproxy, TOXIPROXY_VERSION } from "../../faults/injectors/provision.ts";
import { tether } from "../../faults/injectors/tether.ts";
import { EXIT_CODES } from "../checkers/verdict/exit-code.ts";
import { examineEngine } from "../drivers/docker/examine.ts";
import { leftRuns } from "../drivers/left-runs.ts";
import { claimAddress } from "../drivers/local/addresses.ts";
import { quotaPlace } from "../drivers/local/cpu-quota.ts";
import { findK6 } from "../drivers/local/k6-binary.ts";
import { drivers } from "../drivers/registry.ts";
import { printableLines } from "../scenario/printable.ts";

interface Finding {
  readonly what: string;
  /** `needed`: nothing runs without it; `optional`: some things do not. */
  readonly state: "ok" | "needed" | "optional";
  readonly detail: string;
  /** The command (or act) that mends it. */
  readonly mend?: string;
}

const MARKS = { ok: "ok     ", needed: "MISSING", optional: "lacks  " } as const;
const NODE_MAJOR_MIN = 24;
const FREE_GB_MIN = 1;
/** Four replicas, their proxies, and room. */
const PORTS = 64;
const run = promisify(execFile);

export function register(program: Command): void {
  program
    .command("doctor")
    .description("what this machine has and lacks, and the command that mends it")
    .option("--build", "get toxiproxy-server now, if it is not there", false)
    .action(async ({ build }: { readonly build: boolean }) => {
      process.exitCode = await examine(build);
    });
}

async function examine(build: boolean): Promise<number> {
  const looked = await Promise.all([
    node(),
    processTable(),
    cleanUp(),
    cpuQuotas(),
    toxiproxy(build),
    tool(
      "go",
      ["version"],
      "only needed where no toxiproxy-server can be downloaded; install Go >= 1.23",
    ),
    k6(),
    ports(),
    containers(),
    ...[tmpdir(), process.cwd()].map(disk),
    leftovers(),
  ]);
  const findings = looked.flat();
  for (const { what, state, detail, mend } of findings) {
    const line = `${MARKS[state]}  ${what.padEnd(18)} ${detail}\n`;
    process.stdout.write(printableLines(line));
    if (mend) process.stdout.write(`${" ".repeat(29)}-> ${mend}\n`);
  }
  return findings.some(({ state }) => state === "needed") ? EXIT_CODES.harnessFailed : 0;
}

async function node(): Promise<Finding> {
  const detail = `${process.version} at ${process.execPath}`;
  const major = Number(process.versions.node.split(".")[0]);
  if (major >= NODE_MAJOR_MIN) return { what: "Node", state: "ok", detail };
  return {
    what: "Node",
    state: "needed",
    detail,
    mend: `npm install, then npx bft-chaos: a Node ${NODE_MAJOR_MIN} comes with the dependencies`,
  };
}

async function processTable(): Promise<Finding> {
  const what = "/proc";
  try {
    accessSync("/proc/self/environ", constants.R_OK);
    return { what, state: "ok", detail: "readable: faults can be proven and runs cleaned up" };
  } catch {
    return {
      what,
      state: "needed",
      detail: "not readable",
      mend: "use Linux, or a Linux container",
    };
  }
}

async function cleanUp(): Promise<Finding> {
  const what = "clean-up";
  const kernel = tether();
  if (kernel.holds) {
    const detail = "by the kernel: no process of a run outlives its harness (parent-death signal)";
    return { what, state: "ok", detail };
  }
  return {
    what,
    state: "optional",
    detail: `by the reaper only, as ${kernel.because}; who kills both leaves the run to clean`,
    mend: "install util-linux 2.33 or newer (apt install util-linux, apk add setpriv)",
  };
}

async function cpuQuotas(): Promise<Finding> {
  const what = "CPU quotas";
  const place = quotaPlace();
  if (!("because" in place)) {
    const detail = `control groups, version ${place.version}, in ${place.folder}`;
    return { what, state: "ok", detail };
  }
  const mend = "only the fault throttle needs them: run as root, or in a delegated control group";
  return { what, state: "optional", detail: place.because, mend };
}

async function toxiproxy(build: boolean): Promise<Finding> {
  const what = "toxiproxy-server";
  try {
    const { path, source } = await provisionToxiproxy({
      env: process.env,
      // A look must not take a minute.
      fetch: build,
      progress: (line) => process.stderr.write(`${line}\n`),
    });
    return { what, state: "ok", detail: `${TOXIPROXY_VERSION} from ${source}: ${path}` };
  } catch (error) {
    const detail =
      error instanceof Error ? error.message.replaceAll("\n", `\n${" ".repeat(29)}`) : "";
    return {
      what,
      state: "needed",
      detail,
      mend: "npx bft-chaos doctor --build (with Go installed), or set BFT_CHAOS_TOXIPROXY",
    };
  }
}

async function tool(name: string, args: readonly string[], mend: string): Promise<Finding> {
  try {
    const { stdout } = await run(name, [...args], { timeout: 5_000 });
    return { what: name, state: "ok", detail: stdout.trim().split("\n")[0] ?? "" };
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    return {
      what: name,
      state: "optional",
      detail: missing ? "not installed" : "does not answer",
      mend,
    };
  }
}

async function k6(): Promise<Finding> {
  const what = "k6";
  const found = findK6(process.env);
  if (!("because" in found)) {
    return { what, state: "ok", detail: `${found.version}: ${found.path}` };
  }
  const mend = "only scenarios with generator: k6 need one: npm run build:k6";
  return { what, state: "optional", detail: found.because, mend };
}

async function ports(): Promise<Finding> {
  const what = "ports";
  try {
    const claimed = await claimAddress(PORTS);
    await claimed.release();
    const { host, basePort } = claimed;
    const own = host === "127.0.0.1" ? "shared loopback address" : "loopback address of its own";
    return { what, state: "ok", detail: `${PORTS} free from ${basePort}, ${own} (${host})` };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return {
      what,
      state: "needed",
      detail,
      mend: "npx bft-chaos clean, or stop what listens there",
    };
  }
}

async function disk(folder: string): Promise<Finding> {
  const { bavail, bsize } = statfsSync(folder);
  const freeGb = (bavail * bsize) / 1e9;
  const what = "disk";
  const detail = `${freeGb.toFixed(1)} GB free at ${folder}`;
  if (freeGb >= FREE_GB_MIN) return { what, state: "ok", detail };
  return {
    what,
    state: "needed",
    detail,
    mend: `free ${FREE_GB_MIN} GB, or point TMPDIR or --out elsewhere`,
  };
}

/** No run needs any but those of the driver `docker`. */
async function containers(): Promise<readonly Finding[]> {
  const examined = await examineEngine();
  return examined.map((finding) => ({ ...finding, state: finding.mend ? "optional" : "ok" }));
}

async function leftovers(): Promise<Finding> {
  const what = "earlier runs";
  const litters = drivers.flatMap(({ litter }) => litter ?? []);
  const { runs, silent } = await leftRuns(litters);
  const left = runs.filter(({ owner }) => owner === "dead").map(({ runId }) => runId);
  const told = [
    ...(left.length === 0 ? [] : [`left behind: ${left.join(", ")}`]),
    // What to do about an engine that says nothing stands in its own line.
    ...silent.map(({ message }) => `nobody can tell what else they left: ${message}`),
  ];
  if (told.length === 0) return { what, state: "ok", detail: "nothing left behind" };
  const detail = told.join("; ");
  return { what, state: "optional", detail, mend: "npx bft-chaos clean" };
}
