/** The type checker is what keeps a new kind from being forgotten; here it is seen to do so. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { beforeAll, expect, test } from "vitest";

const root = join(import.meta.dirname, "..");

/** What the type checker says of a copy in which two kinds more are known by name only. */
let complaints: readonly string[];

beforeAll(() => {
  const copy = mkdtempSync(join(tmpdir(), "bft-kinds-"));
  for (const folder of ["nodes", "faults", "harness"]) {
    cpSync(join(root, folder), join(copy, folder), { recursive: true });
  }
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  cpSync(join(root, "package.json"), join(copy, "package.json"));
  const config = { extends: join(root, "tsconfig.json"), include: ["faults", "harness/drivers"] };
  writeFileSync(join(copy, "tsconfig.json"), JSON.stringify(config));
  const file = join(copy, "faults", "link-condition.ts");
  const text = readFileSync(file, "utf8")
    .replace("  readonly refuse: object;", "$&\n  readonly freeze: object;")
    .replace("  readonly cutoff: {", "  readonly echo: { readonly times: number };\n$&")
    .replace("  refuse: { bytes:", '  freeze: { bytes: "held", takes: "one direction" },\n$&');
  writeFileSync(file, text);
  complaints = complaintsIn(copy);
  rmSync(copy, { recursive: true });
  // The whole tree is read: some seconds, more on a busy machine.
}, 120_000);

function complaintsIn(folder: string): readonly string[] {
  const checker = join(root, "node_modules", ".bin", "tsc");
  try {
    execFileSync(checker, ["-p", folder, "--pretty", "false"], { encoding: "utf8" });
    return [];
  } catch (error) {
    if (!(error instanceof Error && "stdout" in error)) throw error;
    // The details of a complaint are indented below it.
    return String(error.stdout).replace(/\n +/g, " ").split("\n");
  }
}

function filesThatMiss(kind: string): readonly string[] {
  const lines = complaints.filter((line) => line.includes(`'${kind}'`));
  return [...new Set(lines.map((line) => basename(line.replace(/\(.*/, ""))))].toSorted();
}

test("a new cut does not compile before the proxy and the simulated link know it", () => {
  expect(filesThatMiss("freeze")).toEqual(["kernel-state.ts", "proxy-state.ts"]);
});

test("a new shaping does not compile before it has rules and every place that applies it", () => {
  const places = ["kernel-state.ts", "link-condition.ts", "link-state.ts", "proxy-state.ts"];
  expect(filesThatMiss("echo")).toEqual(places);
});
