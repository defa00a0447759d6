import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import { protocols } from "../../registry.ts";
import { MESSAGE_TYPES } from "../message-types.ts";
import { messageTypeOf } from "./envelope.ts";

/** By name, as the page tells them. */
const paged = new Map(
  [
    ...readFileSync(join(import.meta.dirname, "messages.md"), "utf8").matchAll(
      /^\| (\d+) +\| ([A-Z-]+) +\|/gm,
    ),
  ].map(([, type, name = ""]) => [name, Number(type)]),
);

test.each(protocols)("the page has every type of message of $name", ({ messageTypes }) => {
  for (const [name, type] of Object.entries(messageTypes)) expect(paged.get(name)).toBe(type);
});

test("the list of all types is what the page has", () => {
  expect(new Map(Object.entries(MESSAGE_TYPES))).toEqual(paged);
});

test("some protocol has every type of the page", () => {
  const known = protocols.flatMap(({ messageTypes }) => Object.keys(messageTypes));
  expect([...paged.keys()].filter((name) => !known.includes(name))).toEqual([]);
});

test("the type is read where the envelope has it, and nowhere in what is too short", () => {
  const { messages } = z
    .object({ messages: z.record(z.string(), z.string()) })
    .parse(JSON.parse(readFileSync(join(import.meta.dirname, "message-vectors.json"), "utf8")));
  for (const [name, hex] of Object.entries(messages)) {
    expect(messageTypeOf(Buffer.from(hex, "hex"))).toBe(paged.get(name));
  }
  expect(messageTypeOf(new Uint8Array(6))).toBeUndefined();
});
