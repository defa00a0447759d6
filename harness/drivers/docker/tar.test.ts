import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, expect, test } from "vitest";
import { packTar, unpackFile, unpackFiles } from "./tar.ts";

let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bft-chaos-tar-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const LONG = `${"a-long-folder/".repeat(9)}${"n".repeat(60)}.ts`;

test("tar itself reads what is packed: folders, modes, long paths, every length", () => {
  const contents = ["", "x", "y".repeat(512), "z".repeat(513)].map((text) => Buffer.from(text));
  const archive = packTar([
    { path: "kept/", mode: 0o700, owner: 0 },
    ...contents.map((content, index) => ({
      path: `kept/${index}`,
      mode: 0o640,
      owner: 0,
      content,
    })),
    { path: LONG, mode: 0o644, owner: 0, content: Buffer.from("far") },
  ]);
  execFileSync("tar", ["-x", "-C", folder], { input: archive });
  expect(contents.map((_, index) => readFileSync(join(folder, "kept", String(index))))).toEqual(
    contents,
  );
  expect(statSync(join(folder, "kept")).mode & 0o777).toBe(0o700);
  expect(statSync(join(folder, "kept", "1")).mode & 0o777).toBe(0o640);
  expect(readFileSync(join(folder, LONG), "utf8")).toBe("far");
});

test("owners are numbers in it", () => {
  const archive = packTar([
    { path: "mine", mode: 0o600, owner: 10_001, content: Buffer.from("x") },
  ]);
  const listed = execFileSync("tar", ["-tv", "--numeric-owner"], { input: archive }).toString();
  expect(listed).toContain("-rw------- 10001/10001");
});

/** As it comes over a socket, cut where it hurts. */
function inPieces(archive: Buffer, size: number): Readable {
  const count = Math.ceil(archive.length / size);
  return Readable.from(
    Array.from({ length: count }, (_, index) => archive.subarray(index * size, (index + 1) * size)),
  );
}

test.each([1, 100, 511, 512, 513, 1 << 20])(
  "the first file is written, in pieces of %i bytes",
  async (size) => {
    const content = Buffer.alloc(3000, "abc");
    const archive = packTar([
      { path: "folder/", mode: 0o755, owner: 0 },
      { path: "folder/file", mode: 0o644, owner: 0, content },
      { path: "another", mode: 0o644, owner: 0, content: Buffer.from("not this one") },
    ]);
    await unpackFile(inPieces(archive, size), join(folder, "out"));
    expect(readFileSync(join(folder, "out"))).toEqual(content);
  },
);

test("what tar itself packs is read, with an empty file too", async () => {
  writeFileSync(join(folder, "empty"), "");
  const archive = execFileSync("tar", ["-c", "-C", folder, "empty"]);
  await unpackFile(inPieces(archive, 700), join(folder, "out"));
  expect(readFileSync(join(folder, "out"), "utf8")).toBe("");
});

test("an archive that ends in the middle of its file is an error, not a shorter file", async () => {
  const archive = packTar([
    { path: "file", mode: 0o644, owner: 0, content: Buffer.alloc(2000, "x") },
  ]);
  const cut = inPieces(archive.subarray(0, 1000), 400);
  await expect(unpackFile(cut, join(folder, "out"))).rejects.toThrow(/ended before its file/);
});

test("all files of an archive are read by path, as tar packs them and as we do", async () => {
  const own = await unpackFiles(
    Readable.from([
      packTar([
        { path: "kept/", mode: 0o700, owner: 0 },
        { path: LONG, mode: 0o644, owner: 0, content: Buffer.alloc(700, "far") },
        { path: "empty", mode: 0o644, owner: 0 },
      ]),
    ]),
  );
  expect(own.map(({ name }) => name)).toEqual([LONG, "empty"]);
  expect(own[0]?.bytes).toEqual(Buffer.alloc(700, "far"));
  writeFileSync(join(folder, "a.ts"), "a");
  const packed = execFileSync("tar", ["-c", "-C", folder, "--format=ustar", "."]);
  const theirs = await unpackFiles(inPieces(packed, 700));
  expect(theirs.map(({ name, bytes }) => [name, bytes.toString()])).toEqual([["./a.ts", "a"]]);
});
