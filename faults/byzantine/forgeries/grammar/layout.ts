/**
 * Messages as trees of fields, for those who change one without knowing what it means: a payload is
 * taken apart by its layout and put together again, every byte of it, whatever the fields say now.
 */
import { Reader, Writer } from "../../../../nodes/protocols/wire/codec.ts";

/** What a field is about; fields of one kind can stand in for each other. */
export type FieldKind =
  | "view"
  /** A sequence number, a timestamp, a counter. */
  | "number"
  /** A replica or a client; or whatever else has four bytes. */
  | "node"
  | "digest"
  | "flag"
  | "count"
  | "bytes"
  /** Up to 255. */
  | "path"
  /** A whole message inside another. */
  | "message"
  /** Whatever comes to the end. */
  | "rest";

/** A list has its count in front. */
export interface Many {
  readonly many: Layout;
  readonly counted: "u16" | "u32";
}

export type Layout = readonly (FieldKind | Many)[];

export type Value = number | string | Uint8Array;

export interface Field {
  readonly kind: FieldKind;
  readonly value: Value;
}

export interface List {
  readonly counted: Many["counted"];
  readonly items: readonly Tree[];
}

export type Tree = readonly (Field | List)[];

/** More than any message has; a liar's memory has a bound, too. */
const ITEMS_MAX = 4096;

/** @returns null for bytes of another layout */
export function takenApart(layout: Layout, bytes: Uint8Array): Tree | null {
  const reader = new Reader(bytes);
  const tree = readTree(layout, reader);
  return reader.complete ? tree : null;
}

export function putTogether(tree: Tree): Uint8Array {
  const writer = new Writer();
  writeTree(tree, writer);
  return writer.finish();
}

export function isList(part: Field | List): part is List {
  return "items" in part;
}

function readTree(layout: Layout, reader: Reader): Tree {
  return layout.map((part) =>
    typeof part === "string"
      ? { kind: part, value: readValue(part, reader) }
      : readList(part, reader),
  );
}

function readList({ many, counted }: Many, reader: Reader): List {
  const count = counted === "u16" ? reader.u16() : reader.u32();
  const items: Tree[] = [];
  while (reader.ok && items.length < Math.min(count, ITEMS_MAX)) items.push(readTree(many, reader));
  return { counted, items };
}

function readValue(kind: FieldKind, reader: Reader): Value {
  switch (kind) {
    case "view":
    case "number":
      return reader.u64();
    case "node":
      return reader.u32();
    case "count":
      return reader.u16();
    case "flag":
      return reader.u8();
    case "digest":
      return reader.digest();
    case "bytes":
    case "message":
      return reader.blob();
    case "path":
      return reader.raw(reader.u8());
    case "rest":
      return reader.rest();
    default:
      return kind satisfies never;
  }
}

function writeTree(tree: Tree, writer: Writer): void {
  for (const part of tree) {
    if (!isList(part)) writeValue(part, writer);
    else {
      if (part.counted === "u16") writer.u16(part.items.length);
      else writer.u32(part.items.length);
      for (const item of part.items) writeTree(item, writer);
    }
  }
}

function writeValue({ kind, value }: Field, writer: Writer): void {
  if (typeof value === "string") writer.digest(value);
  else if (typeof value !== "number") writeBytes(kind, value, writer);
  else if (kind === "node") writer.u32(value);
  else if (kind === "count") writer.u16(value);
  else if (kind === "flag") writer.u8(value);
  else writer.u64(value);
}

function writeBytes(kind: FieldKind, bytes: Uint8Array, writer: Writer): void {
  if (kind === "rest") writer.raw(bytes);
  else if (kind === "path") writer.u8(bytes.length).raw(bytes);
  else writer.blob(bytes);
}
