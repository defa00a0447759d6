/** The key by which a fault says which messages it strikes. */
import { z } from "zod";
import type { Protocol } from "../../nodes/protocols/contract/protocol.ts";
import { MESSAGE_TYPES } from "../../nodes/protocols/message-types.ts";

const NAMES = Object.keys(MESSAGE_TYPES).toSorted();

export const messageType = z.enum(NAMES);

export function byteOf(name: string): number {
  const byte = MESSAGE_TYPES[name];
  if (byte === undefined) throw new RangeError(`no type of message ${name}`);
  return byte;
}

/** @param byte of a plan, which was read from a name */
export function nameOf(byte: number): string {
  const [name] = NAMES.filter((each) => MESSAGE_TYPES[each] === byte);
  return name ?? String(byte);
}

/** @returns in words that nobody sends such messages there; null where somebody does */
export function isNeverSent(
  name: string,
  { name: protocol, messageTypes }: Pick<Protocol, "name" | "messageTypes">,
): string | null {
  return name in messageTypes ? null : `no replica or client of ${protocol} sends ${name}`;
}
