import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkImports } from "./import-rules.ts";

const root = join(import.meta.dirname, "..");
const topFolders = ["nodes", "faults", "harness"];

test("every import of the tree runs along the arrow", async () => {
  const { modules, violations } = await checkImports(root);
  expect(violations).toEqual([]);
  expect(modules).toBeGreaterThan(20);
});

describe("a planted wrong import is refused:", () => {
  let copy: string;

  beforeAll(() => {
    copy = mkdtempSync(join(tmpdir(), "bft-imports-"));
    for (const folder of topFolders) {
      cpSync(join(root, folder), join(copy, folder), { recursive: true });
    }
    symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
    cpSync(join(root, "package.json"), join(copy, "package.json"));
  });

  afterAll(() => rmSync(copy, { recursive: true, force: true }));

  test.each([
    ["nodes/protocols/planted.ts", 'import { connect } from "node:net";', "connect"],
    ["nodes/protocols/planted.ts", 'import { z } from "zod";', "z"],
    [
      "nodes/runtime/planted.ts",
      'import type { Control } from "../../faults/fault.ts";',
      "Control",
    ],
    ["faults/network/planted.ts", 'import { spawn } from "node:child_process";', "spawn"],
    [
      "faults/network/planted.ts",
      'import type { Plan } from "../../harness/plan/plan.ts";',
      "Plan",
    ],
    [
      "harness/plan/planted.ts",
      'import { DriverError } from "../drivers/driver.ts";',
      "DriverError",
    ],
    [
      "harness/checkers/planted.ts",
      'import { assert } from "../../nodes/protocols/assert.ts";',
      "assert",
    ],
    [
      "harness/drivers/planted.ts",
      'import type { Checker } from "../checkers/checker.ts";',
      "Checker",
    ],
    [
      "harness/reports/planted.ts",
      'import { DriverError } from "../drivers/driver.ts";',
      "DriverError",
    ],
    ["harness/plan/planted.ts", 'import { root } from "./planted.test.ts";', "root"],
  ])("%s with %s", async (path, line, name) => {
    const planted = join(copy, path);
    mkdirSync(dirname(planted), { recursive: true });
    writeFileSync(join(dirname(planted), "planted.test.ts"), "export const root = 1;\n");
    const kind = line.startsWith("import type") ? "type" : "const";
    writeFileSync(
      planted,
      `${line}\nexport ${kind} Planted = ${kind === "type" ? name : `[${name}]`};\n`,
    );
    const { violations } = await checkImports(copy);
    rmSync(planted);
    expect(violations.filter((violation) => violation.startsWith(`${path} -> `))).toHaveLength(1);
  });

  test("a tree in which nothing is seen fails", async () => {
    const empty = mkdtempSync(join(tmpdir(), "bft-imports-"));
    for (const folder of topFolders) mkdirSync(join(empty, folder));
    const { modules, violations } = await checkImports(empty);
    rmSync(empty, { recursive: true });
    expect(modules).toBe(0);
    expect(violations).not.toEqual([]);
  });
});
