/** The disk of one machine: files by path, and names that last once their folder is synced. */
import { dirname } from "node:path";
import type { Random } from "../simulation/random.ts";
import { MemoryFile } from "./memory-file.ts";

type Naming =
  | { readonly kind: "link"; readonly path: string; readonly file: MemoryFile }
  | { readonly kind: "unlink"; readonly path: string }
  | {
      readonly kind: "rename";
      readonly from: string;
      readonly path: string;
      readonly file: MemoryFile;
    };

type Names = Map<string, MemoryFile>;

export class MemoryDisk {
  #names: Names = new Map();
  readonly #durable: Names = new Map();
  #pending: Naming[] = [];

  get paths(): readonly string[] {
    return [...this.#names.keys()].toSorted();
  }

  find(path: string): MemoryFile | undefined {
    return this.#names.get(path);
  }

  has(path: string): boolean {
    return this.#names.has(path);
  }

  create(path: string): MemoryFile {
    const file = new MemoryFile();
    this.#name({ kind: "link", path, file });
    return file;
  }

  remove(path: string): void {
    this.#name({ kind: "unlink", path });
  }

  rename(from: string, path: string, file: MemoryFile): void {
    this.#name({ kind: "rename", from, path, file });
  }

  #name(naming: Naming): void {
    apply(this.#names, naming);
    this.#pending.push(naming);
  }

  /** Every name in that folder lasts from now on. */
  syncFolder(folder: string): void {
    const isThere = ({ path }: Naming) => dirname(path) === folder;
    for (const naming of this.#pending.filter(isThere)) apply(this.#durable, naming);
    this.#pending = this.#pending.filter((naming) => !isThere(naming));
  }

  /** What was not synced may be lost: names from the last one back, as a journal loses them. */
  cut(random: Random): void {
    const left = random.pick([0, this.#pending.length, random.integer(0, this.#pending.length)]);
    for (const naming of this.#pending.slice(0, left)) apply(this.#durable, naming);
    this.#pending = [];
    this.#names = new Map(this.#durable);
    for (const file of new Set(this.#names.values())) file.cut(random);
  }

  /** What lies in a folder, to be compared or put back. */
  copyOf(folder: string): ReadonlyMap<string, Buffer> {
    const copy = new Map<string, Buffer>();
    for (const [path, file] of this.#names) {
      if (dirname(path) === folder) copy.set(path, file.content);
    }
    return copy;
  }

  /** By hand, and to last: exactly these files are in that folder. */
  putBack(folder: string, copy: ReadonlyMap<string, Buffer>): void {
    for (const path of this.paths) if (dirname(path) === folder) this.remove(path);
    for (const [path, bytes] of copy) this.create(path).spoil(() => bytes);
    this.syncFolder(folder);
  }
}

function apply(names: Names, naming: Naming): void {
  if (naming.kind === "link") {
    names.set(naming.path, naming.file);
    return;
  }
  names.delete(naming.kind === "rename" ? naming.from : naming.path);
  if (naming.kind === "rename") names.set(naming.path, naming.file);
}
