/** A replica that answers state transfers with bytes that are not the state (reference 1.8). */
import { z } from "zod";
import { STATE_PAGES } from "../../nodes/protocols/pbft/messages.ts";
import { decodeStatePages, encodeNodes } from "../../nodes/protocols/pbft/state-messages.ts";
import { decodeNode } from "../../nodes/protocols/state/page.ts";
import { defineBehaviour, ownMessage } from "./behaviour.ts";

export const badChunk = defineBehaviour({
  name: "bad-chunk",
  summary: "answers state transfers with pages in which one bit is turned over",
  schema: z.strictObject({}),
  create: (_parameters, context) => ({
    rewrite(_to, frame) {
      const envelope = ownMessage(context, frame);
      if (envelope?.type !== STATE_PAGES) return [frame];
      const nodes = decodeStatePages(envelope.payload, envelope.attachment)?.nodes ?? [];
      const lies = encodeNodes(nodes.map(turned));
      return [
        context.envelopes.seal({ type: STATE_PAGES, payload: envelope.payload }, "all", lies),
      ];
    },
  }),
});

/** The last byte of a page belongs to a value or to a client's result: it still parses. */
function turned(node: Uint8Array): Uint8Array {
  if (decodeNode(node)?.kind !== "page") return node;
  const bytes = node.slice();
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  return bytes;
}
