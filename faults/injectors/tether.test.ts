import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { identify, type ProcessIdentity } from "./signals.ts";
import { spawnTethered, tetheredTo } from "./tether.ts";
import { until } from "./until.ts";

const TETHER = fileURLToPath(new URL("tether.ts", import.meta.url));

/** A parent with one tethered child that sleeps; it says the child's pid. */
const PARENT =
  `const { spawnTethered } = await import(${JSON.stringify(TETHER)});` +
  "const child = spawnTethered('sleep', ['1000'], { stdio: 'ignore', detached: true });" +
  "console.log(child.pid); setInterval(() => {}, 1000);";

async function startParent() {
  const parent = spawn(process.execPath, ["--input-type=module", "-e", PARENT], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(parent.stdout, "data")) as [Buffer];
  const pid = Number(line.toString());
  // Until then it is the program that tethers it, and may not have done so yet.
  const sleeps = async () => (commandOf(pid).startsWith("sleep") ? true : null);
  expect(await until(sleeps, { withinMs: 10_000, everyMs: 5 })).toBe(true);
  const child = await identify(pid);
  if (child === null) throw new Error("the child is not there");
  return { parent, child };
}

function commandOf(pid: number): string {
  return readFileSync(`/proc/${pid}/cmdline`, "utf8");
}

async function gone({ pid, startTicks }: ProcessIdentity): Promise<boolean> {
  return (await identify(pid))?.startTicks !== startTicks;
}

test("kill -9 of a parent kills its children, stopped ones too", async () => {
  for (const isStopped of [false, true]) {
    const { parent, child } = await startParent();
    if (isStopped) process.kill(child.pid, "SIGSTOP");
    expect(await gone(child)).toBe(false);
    parent.kill("SIGKILL");
    await once(parent, "exit");
    const isGone = async () => ((await gone(child)) ? true : null);
    expect(await until(isGone, { withinMs: 10_000, everyMs: 5 })).toBe(true);
  }
});

test("a child whose parent is dead already never begins", () => {
  const [command, ...args] = tetheredTo(1, "echo", ["begun"]);
  const { stdout, status } = spawnSync(command, args, { encoding: "utf8" });
  expect({ stdout, status }).toEqual({ stdout: "", status: 1 });
});

test("a tethered program has the pid that was told, its arguments, its pipes and its exit code", async () => {
  const script = "console.log(process.pid, process.argv[1]); process.exit(7)";
  const child = spawnTethered(process.execPath, ["-e", script, "a b"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  child.stdout?.on("data", (part: Buffer) => (said += part.toString()));
  const [code] = (await once(child, "close")) as [number];
  expect(said).toBe(`${child.pid} a b\n`);
  expect(code).toBe(7);
});
