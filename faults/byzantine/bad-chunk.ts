/** A replica that answers state transfers with bytes that are not the state (protocols §8.2). */
import { z } from "zod";
import { defineBehaviour } from "./behaviour.ts";
import { everyPbft } from "./forgeries/every-pbft.ts";

const schema = z.strictObject({
  /**
   * Where in the page. Its last byte belongs to a value or to a client's result, so that it still
   * parses.
   */
  percent: z.int().min(0).max(100).default(100),
  bit: z.int().min(0).max(7).default(0),
});

type Parameters = z.output<typeof schema>;

export const badChunk = defineBehaviour({
  name: "bad-chunk",
  summary: "answers state transfers with pages in which one bit is turned over",
  during: "state transfers",
  schema,
  fits: everyPbft((place: Parameters, messages) => ({
    rewrite: (_to, frame) => [messages.statePages(frame, (page) => turned(page, place)) ?? frame],
  })),
});

function turned(page: Uint8Array, { percent, bit }: Parameters): Uint8Array {
  const bytes = page.slice();
  const at = Math.floor(((bytes.length - 1) * percent) / 100);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
  return bytes;
}
