/** A replica that answers state transfers with bytes that are not the state (reference 1.8). */
import { z } from "zod";
import {
  decodeStateChunk,
  encodeStateChunk,
  STATE_CHUNK,
} from "../../nodes/protocols/pbft/messages.ts";
import { defineBehaviour, ownMessage } from "./behaviour.ts";

export const badChunk = defineBehaviour({
  name: "bad-chunk",
  summary: "answers state transfers with chunks in which one bit of the snapshot is turned over",
  schema: z.strictObject({}),
  create: (_parameters, context) => ({
    rewrite(_to, frame) {
      const envelope = ownMessage(context, frame);
      const chunk = envelope?.type === STATE_CHUNK ? decodeStateChunk(envelope.payload) : null;
      if (chunk === null || chunk.bytes.length === 0) return [frame];
      // The last byte belongs to a value or to a client's result: what follows still parses.
      const bytes = chunk.bytes.slice();
      bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
      return [context.envelopes.seal(STATE_CHUNK, encodeStateChunk({ ...chunk, bytes }))];
    },
  }),
});
