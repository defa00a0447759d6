/**
 * A replica that vouches for what it never received (protocols §20.5): for a VIEW-CHANGE of every
 * other one that says nothing was prepared. Where a VIEW-CHANGE is signed it forges that itself.
 */
import { z } from "zod";
import { defineBehaviour } from "./behaviour.ts";
import { everyPbft } from "./forgeries/every-pbft.ts";

export const unheardAcks = defineBehaviour({
  name: "unheard-acks",
  summary: "vouches, with each VIEW-CHANGE, for VIEW-CHANGEs of all others that nobody made",
  during: "view changes",
  schema: z.strictObject({}),
  fits: everyPbft((_parameters, messages) => ({
    rewrite(to, frame) {
      const view = messages.viewAskedIn(frame);
      if (view === null) return [frame];
      const authors = messages.others.filter((author) => author !== to);
      return [...authors.map((author) => messages.supportFor(author, view)), frame];
    },
  })),
});
