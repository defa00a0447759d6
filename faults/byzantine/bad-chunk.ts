/** A replica that answers state transfers with bytes that are not the state (protocols §8.2). */
import { z } from "zod";
import { defineBehaviour } from "./behaviour.ts";
import { everyPbft } from "./forgeries/every-pbft.ts";

export const badChunk = defineBehaviour({
  name: "bad-chunk",
  summary: "answers state transfers with pages in which one bit is turned over",
  schema: z.strictObject({}),
  fits: everyPbft((_parameters, messages) => ({
    rewrite: (_to, frame) => [messages.statePages(frame, turned) ?? frame],
  })),
});

/** The last byte of a page belongs to a value or to a client's result: it still parses. */
function turned(page: Uint8Array): Uint8Array {
  const bytes = page.slice();
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  return bytes;
}
