import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { checkImports } from "./import-rules.ts";

const root = join(import.meta.dirname, "..");
const topFolders = ["nodes", "faults", "harness", "dashboards"];

test("every import of the tree runs along the arrow", async () => {
  const { modules, violations } = await checkImports(root);
  expect(violations).toEqual([]);
  expect(modules).toBeGreaterThan(20);
});

const wrongImports = [
  ["nodes/protocols/planted-a.ts", 'import { connect } from "node:net";', "connect"],
  ["nodes/protocols/planted-b.ts", 'import { z } from "zod";', "z"],
  ["nodes/services/models/planted.ts", 'import { kv } from "../kv.ts";', "kv"],
  ["nodes/runtime/planted.ts", 'import type { Control } from "../../faults/fault.ts";', "Control"],
  ["faults/network/planted-a.ts", 'import { spawn } from "node:child_process";', "spawn"],
  [
    "faults/network/planted-b.ts",
    'import type { Plan } from "../../harness/plan/plan.ts";',
    "Plan",
  ],
  [
    "faults/byzantine/planted.ts",
    'import { COMMIT } from "../../nodes/protocols/pbft/messages.ts";',
    "COMMIT",
  ],
  [
    "harness/plan/planted-a.ts",
    'import { DriverError } from "../drivers/driver.ts";',
    "DriverError",
  ],
  ["harness/plan/planted-b.ts", 'import { planted } from "./planted.test.ts";', "planted"],
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
    "harness/drivers/planted-world.ts",
    'import type { Ground } from "./processes/ground.ts";',
    "Ground",
  ],
  [
    "harness/drivers/processes/planted.ts",
    'import { localDriver } from "../local/driver.ts";',
    "localDriver",
  ],
  [
    "harness/drivers/processes/planted-registry.ts",
    'import { drivers } from "../registry.ts";',
    "drivers",
  ],
  [
    "harness/drivers/simulation/planted.ts",
    'import type { Ground } from "../processes/ground.ts";',
    "Ground",
  ],
  [
    "harness/drivers/local/planted.ts",
    'import { Kernel } from "../simulation/kernel.ts";',
    "Kernel",
  ],
  [
    "harness/reports/planted.ts",
    'import { DriverError } from "../drivers/driver.ts";',
    "DriverError",
  ],
  ["dashboards/planted.ts", 'import { drivers } from "../harness/drivers/registry.ts";', "drivers"],
] as const;

describe("a planted wrong import is refused:", () => {
  let violations: readonly string[];

  beforeAll(async () => {
    const copy = mkdtempSync(join(tmpdir(), "bft-imports-"));
    for (const folder of topFolders) {
      cpSync(join(root, folder), join(copy, folder), { recursive: true });
    }
    symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
    cpSync(join(root, "package.json"), join(copy, "package.json"));
    writeFileSync(join(copy, "harness", "plan", "planted.test.ts"), "export const planted = 1;\n");
    for (const [path, line, name] of wrongImports) {
      const use = line.startsWith("import type")
        ? `type Planted = ${name}`
        : `const use = [${name}]`;
      writeFileSync(join(copy, path), `${line}\nexport ${use};\n`);
    }
    for (const [here, there] of [
      ["a", "b"],
      ["b", "a"],
    ]) {
      const text = `import type { Circle } from "./circle-${there}.ts";\nexport type { Circle };\n`;
      writeFileSync(join(copy, "nodes", "protocols", `circle-${here}.ts`), text);
    }
    const executable = join(copy, "nodes", "main.ts");
    const honest = readFileSync(executable, "utf8");
    writeFileSync(executable, `import "./runtime/planted-c.ts";\n${honest}`);
    writeFileSync(
      join(copy, "nodes", "runtime", "planted-c.ts"),
      'import { behaviours } from "../../faults/byzantine/registry.ts";\nexport { behaviours };\n',
    );
    ({ violations } = await checkImports(copy));
    rmSync(copy, { recursive: true });
  });

  test.each(wrongImports)("%s with %s", (path) => {
    expect(violations.filter((violation) => violation.startsWith(`${path} -> `))).toHaveLength(1);
  });

  test("a forgery in what the honest executable is made of, however far down", () => {
    const held = violations.filter((line) => line.endsWith(": no fault in the honest executable"));
    expect(held).toContain(
      "nodes/main.ts -> faults/byzantine/wrong-reply.ts: no fault in the honest executable",
    );
  });

  test("two files that import types of each other", () => {
    expect(violations).toContain(
      "nodes/protocols/circle-a.ts -> nodes/protocols/circle-b.ts: no circle of imports",
    );
  });
});

test("a tree in which nothing is seen fails", async () => {
  const empty = mkdtempSync(join(tmpdir(), "bft-imports-"));
  for (const folder of topFolders) mkdirSync(join(empty, folder));
  const { modules, violations } = await checkImports(empty);
  rmSync(empty, { recursive: true });
  expect(modules).toBe(0);
  expect(violations).not.toEqual([]);
});
