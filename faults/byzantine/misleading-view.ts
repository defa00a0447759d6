/**
 * A replica that would have every client send it what it asks for, and then does nothing about it:
 * it answers truly and names a view that it leads itself (protocols §4.4), and passes no request
 * on. A client that believes it waits for its first retransmission, each time.
 */
import { z } from "zod";
import { defineBehaviour } from "./behaviour.ts";
import { everyPbft } from "./forgeries/every-pbft.ts";

const schema = z.strictObject({
  /** The last view that it led; or the next one that it would lead. */
  view: z.enum(["past", "next"]).default("past"),
});

type Parameters = z.output<typeof schema>;

export const misleadingView = defineBehaviour({
  name: "misleading-view",
  summary:
    "answers truly in a view that it leads itself, whatever the view is, and forwards nothing",
  schema,
  fits: everyPbft(({ view: which }: Parameters, messages, { id, cluster }) => ({
    rewrite(_to, frame) {
      const reply = messages.replyIn(frame);
      if (reply !== null) {
        const view = ledBy(id, { view: reply.view, replicas: cluster.replicas, which });
        return [messages.reply({ ...reply, view })];
      }
      return messages.isRequest(frame) ? [] : [frame];
    },
  })),
});

/** The view itself where it leads that, or has led none before. */
function ledBy(
  id: number,
  { view, replicas, which }: { view: number; replicas: number; which: Parameters["view"] },
): number {
  const since = (view - id + replicas) % replicas;
  if (since === 0) return view;
  const led = which === "past" ? view - since : view - since + replicas;
  return led < 0 ? view : led;
}
