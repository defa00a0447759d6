/**
 * The few kinds of tar that an engine of containers takes and gives: folders and plain files
 * (POSIX ustar), without anything that would differ from one day to the next.
 */
import { createWriteStream } from "node:fs";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { NamedBytes } from "../backups.ts";
import { DriverError } from "../driver.ts";

export interface TarEntry {
  /** Relative; a folder's ends with a slash. */
  readonly path: string;
  readonly mode: number;
  /** User and group. */
  readonly owner: number;
  readonly content?: Buffer;
}

const BLOCK = 512;
const NAME_MAX = 100;
const PREFIX_MAX = 155;

export function packTar(entries: readonly TarEntry[]): Buffer {
  const parts = entries.flatMap((entry) => {
    const content = entry.content ?? Buffer.alloc(0);
    return [headerOf(entry, content.length), content, Buffer.alloc(padding(content.length))];
  });
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]);
}

function headerOf({ path, mode, owner }: TarEntry, size: number): Buffer {
  const header = Buffer.alloc(BLOCK);
  const { name, prefix } = splitPath(path);
  header.write(name, 0);
  header.write(octal(mode, 7), 100);
  header.write(octal(owner, 7), 108);
  header.write(octal(owner, 7), 116);
  header.write(octal(size, 11), 124);
  header.write(octal(0, 11), 136);
  header.write(" ".repeat(8), 148);
  header.write(path.endsWith("/") ? "5" : "0", 156);
  header.write("ustar\u000000", 257);
  header.write(prefix, 345);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${octal(sum, 6)}\0 `, 148);
  return header;
}

function splitPath(path: string): { readonly name: string; readonly prefix: string } {
  if (Buffer.byteLength(path) <= NAME_MAX) return { name: path, prefix: "" };
  const at = path.lastIndexOf("/", PREFIX_MAX);
  const [prefix, name] = [path.slice(0, at), path.slice(at + 1)];
  if (at > 0 && Buffer.byteLength(name) <= NAME_MAX) return { name, prefix };
  throw new DriverError("FILES", `${path} is too long for the archives that an engine takes`);
}

/** Writes the first plain file of the archive, of whatever length, to `path`. */
export async function unpackFile(archive: NodeJS.ReadableStream, path: string): Promise<void> {
  await pipeline(archive, new FirstFile(), createWriteStream(path));
}

/** The plain files of the archive, by their whole paths, in memory. */
export async function unpackFiles(
  archive: AsyncIterable<Buffer | string>,
): Promise<readonly NamedBytes[]> {
  const parts: Buffer[] = [];
  for await (const part of archive) parts.push(Buffer.from(part));
  const all = Buffer.concat(parts);
  const files: NamedBytes[] = [];
  for (let at = 0; at + BLOCK <= all.length && all[at] !== 0; ) {
    const header = all.subarray(at, at + BLOCK);
    const size = sizeIn(header);
    const content = all.subarray(at + BLOCK, at + BLOCK + size);
    if (isPlain(header)) files.push({ name: pathIn(header), bytes: content });
    at += BLOCK + size + padding(size);
  }
  return files;
}

function pathIn(header: Buffer): string {
  const textAt = (from: number, to: number) =>
    header.toString("utf8", from, to).split("\0", 1)[0] ?? "";
  const prefix = textAt(345, 500);
  const name = textAt(0, NAME_MAX);
  return prefix === "" ? name : `${prefix}/${name}`;
}

function sizeIn(header: Buffer): number {
  return Number.parseInt(header.toString("latin1", 124, 136), 8);
}

function isPlain(header: Buffer): boolean {
  const type = header.toString("latin1", 156, 157);
  return type === "0" || type === "\0";
}

/** Lets through the content of the first plain file. */
class FirstFile extends Transform {
  #buffered = Buffer.alloc(0);
  /** Of the file, once its header was read. */
  #left: number | null = null;
  /** Up to the next header. */
  #skip = 0;

  override _transform(chunk: Buffer, _encoding: string, done: (error?: Error) => void): void {
    if (this.#left === 0) {
      // The padding, and the end of the archive.
      done();
      return;
    }
    this.#buffered = Buffer.concat([this.#buffered, chunk]);
    while (this.#left === null && this.#skip <= this.#buffered.length) {
      this.#take(this.#skip);
      this.#skip = 0;
      if (this.#buffered.length < BLOCK) break;
      this.#begin(this.#take(BLOCK));
    }
    if (this.#left !== null) {
      const part = this.#take(this.#left);
      this.#left -= part.length;
      this.push(part);
    }
    done();
  }

  override _flush(done: (error?: Error) => void): void {
    if (this.#left === 0) done();
    else done(new DriverError("FILES", "an archive of the engine's ended before its file did"));
  }

  #begin(header: Buffer): void {
    const size = sizeIn(header);
    if (isPlain(header)) this.#left = size;
    else this.#skip = size + padding(size);
  }

  #take(length: number): Buffer {
    const part = this.#buffered.subarray(0, length);
    this.#buffered = this.#buffered.subarray(part.length);
    return part;
  }
}

function padding(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, "0");
}
