import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test } from "vitest";

const lockfile = {
  packages: {
    "": { name: "project" },
    "node_modules/a": { version: "1.0.0", integrity: "sha512-a" },
    "node_modules/other-platform": { version: "1.0.0", integrity: "sha512-o", optional: true },
  },
};
const installed = { packages: { "node_modules/a": lockfile.packages["node_modules/a"] } };

/** Stands in for npm: notes that it was called, takes a while, and installs what it is told to. */
const fakeNpm = `
  const { appendFileSync, mkdirSync, rmSync, symlinkSync, writeFileSync } = require("node:fs");
  appendFileSync("npm.log", process.argv.slice(2).join(" ") + "\\n");
  if (process.env.NPM_FAILS) process.exit(1);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
  rmSync("node_modules", { recursive: true, force: true });
  mkdirSync("node_modules/.bin", { recursive: true });
  symlinkSync(process.execPath, "node_modules/.bin/node");
  writeFileSync("node_modules/.package-lock.json", '${JSON.stringify(installed)}');
`;

let clone: string;

beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), "bft-setup-"));
  mkdirSync(join(clone, "harness"));
  mkdirSync(join(clone, "faults", "injectors"), { recursive: true });
  cpSync(join(import.meta.dirname, "setup.mjs"), join(clone, "harness", "setup.mjs"));
  writeFileSync(join(clone, "package-lock.json"), JSON.stringify(lockfile));
  writeFileSync(join(clone, "npm.cjs"), fakeNpm);
  provisionWith('require("node:fs").appendFileSync("provisioned", "!");');
});

afterEach(() => rmSync(clone, { recursive: true }));

function provisionWith(code: string): void {
  writeFileSync(join(clone, "faults", "injectors", "provision.ts"), code);
}

function npmCalls(): number {
  return readFileSync(join(clone, "npm.log"), "utf8").trim().split("\n").length;
}

async function setUp(environment: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, [join(clone, "harness", "setup.mjs")], {
    env: {
      ...process.env,
      npm_execpath: join(clone, "npm.cjs"),
      npm_node_execpath: process.execPath,
      ...environment,
    },
  });
  const [output, errors, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => child.on("close", resolve)),
  ]);
  return { output, errors, code };
}

test("a fresh clone is installed and gets its Toxiproxy; the second time nothing is installed", async () => {
  const first = await setUp();
  expect(first).toMatchObject({ code: 0, errors: "" });
  expect(first.output).toContain("npm ci");
  expect(await setUp()).toEqual({ code: 0, errors: "", output: "" });
  expect(readFileSync(join(clone, "provisioned"), "utf8")).toBe("!!");
  expect(npmCalls()).toBe(1);
});

test("a lockfile that changed since the installation installs again", async () => {
  await setUp();
  const changed = structuredClone(lockfile);
  changed.packages["node_modules/a"].version = "1.0.1";
  writeFileSync(join(clone, "package-lock.json"), JSON.stringify(changed));
  await setUp();
  expect(npmCalls()).toBe(2);
});

test("an installation that was interrupted is done again", async () => {
  mkdirSync(join(clone, "node_modules"));
  writeFileSync(join(clone, "node_modules", ".package-lock.json"), '{"packages": {');
  expect((await setUp()).code).toBe(0);
  expect(npmCalls()).toBe(1);
});

test("of two set-ups at the same time one installs and the other waits for it", async () => {
  const [one, other] = await Promise.all([setUp(), setUp()]);
  expect([one.code, other.code]).toEqual([0, 0]);
  expect(npmCalls()).toBe(1);
  expect(one.output + other.output).toContain("waiting for another set-up");
});

test("when npm fails there is one message and exit code 1", async () => {
  const { code, errors } = await setUp({ NPM_FAILS: "1" });
  expect(code).toBe(1);
  expect(errors).toBe("set-up: npm ci failed (exit code 1); its message is above\n");
});

test("when there is no Toxiproxy there is one message and exit code 1", async () => {
  provisionWith("process.exit(1);");
  const { code, errors } = await setUp();
  expect(code).toBe(1);
  expect(errors).toBe("set-up: there is no toxiproxy-server; the reasons are above\n");
});

test("a clone without its lockfile says so", async () => {
  rmSync(join(clone, "package-lock.json"));
  const { code, errors } = await setUp();
  expect(code).toBe(1);
  expect(errors).toContain("package-lock.json is missing");
});
