import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { copiedBy, digestOf, filesOf, pack, packagesFor, productionPackages } from "./context.ts";

const root = join(import.meta.dirname, "..", "..");

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "bft-chaos-test-"));
  for (const name of ["a", "b"]) {
    mkdirSync(join(folder, name, "nodes"), { recursive: true });
    writeFileSync(join(folder, name, "nodes", "main.ts"), "one", { mode: 0o600 });
    writeFileSync(join(folder, name, "nodes", "main.test.ts"), name);
    utimesSync(join(folder, name, "nodes", "main.ts"), name === "a" ? 1 : 2, 1);
  }
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What the replicas need of others, by what their files import. */
function packagesImportedBy(paths: readonly string[]): readonly string[] {
  const files = filesOf({ root, paths }).filter((file) => file.endsWith(".ts"));
  const names = files.flatMap((file) => {
    const text = readFileSync(join(root, file), "utf8");
    const imports = text.matchAll(/from "((?:@[\w-]+\/)?[a-z][\w.-]*)[^":]*"/g);
    return [...imports].map(([, name = ""]) => name);
  });
  return [...new Set(names)];
}

/** These two files belong to the harness: they put bugs into the code, and proxies between. */
const OF_THE_HARNESS = ["yaml", "toxiproxy-node-client"];

test("the replicas' image holds the packages that its code imports, all that those need, and no more", () => {
  const imported = packagesImportedBy(["nodes", "faults"]);
  const needed = imported.filter((name) => !OF_THE_HARNESS.includes(name));
  const copied = copiedBy(root, "nodes/Dockerfile").filter((path) =>
    path.startsWith("node_modules"),
  );
  expect(copied.toSorted()).toEqual(packagesFor(root, needed));
  expect(copied).toContain("node_modules/tdigest");
});

test("who builds the replicas' image by hand sends the same folders", () => {
  const allowed = readFileSync(join(root, ".dockerignore"), "utf8").matchAll(/^!(.+)$/gm);
  const copied = copiedBy(root, "nodes/Dockerfile");
  expect([...allowed].map(([, path]) => path).toSorted()).toEqual(copied.toSorted());
});

test("the harness's image holds every dependency of production and none of development", () => {
  const packages = productionPackages(root);
  expect(packages).toContain("node_modules/commander");
  expect(packages).toContain("node_modules/zrender");
  expect(packages).not.toContain("node_modules/vitest");
});

test("the same files make the same archive, whoever owns them and whenever they were written", () => {
  const archives = ["a", "b"].map((name) => {
    const context = { root: join(folder, name), paths: ["nodes"] };
    const files = filesOf(context);
    expect(files).toEqual(["nodes/main.ts"]);
    return { digest: digestOf(context, files), archive: pack(context, files) };
  });
  expect(archives[0]).toEqual(archives[1]);
});

test("another byte makes another digest", () => {
  const context = { root: join(folder, "b"), paths: ["nodes"] };
  const before = digestOf(context, filesOf(context));
  writeFileSync(join(folder, "b", "nodes", "main.ts"), "two");
  expect(digestOf(context, filesOf(context))).not.toBe(before);
});

test("a file that cannot be packed fails the packing", () => {
  expect(() => pack({ root: folder, paths: [] }, ["nowhere.ts"])).toThrow("tar failed");
});
