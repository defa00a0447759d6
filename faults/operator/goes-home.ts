import { crash } from "../process/crash.ts";
import { drawReplica } from "./choice.ts";
import { type Deed, happened, type OperatorError, type WorkContext } from "./work.ts";

export const goesHome: OperatorError = {
  id: "T-04",
  name: "goes-home",
  summary: "goes home and hears no pager: whatever breaks stays broken until he is back",
  source: "unanswered pages; operators are most of the time to repair (Oppenheimer et al., 2003)",
  stoppedBy: "none: what nobody does, nobody can refuse",
  needs: ["process"],
  leastMs: 2_500,
  wrong(context) {
    const failsMs = context.drawInteger(200, 500);
    const durationMs = context.restMs - failsMs;
    const did = "was at home, and put it back when he came in again";
    return [{ ...failure(context, { failsMs, durationMs, did }), awaySinceMs: failsMs }];
  },
  right(context) {
    const durationMs = context.drawReactionMs();
    return [
      failure(context, { failsMs: 0, durationMs, did: "answered the pager and put it back" }),
    ];
  },
};

function failure(
  context: WorkContext,
  { failsMs, durationMs, did }: { failsMs: number; durationMs: number; did: string },
): Deed {
  const target = drawReplica(context);
  const meant = `put ${target} back when it breaks down`;
  const words = { meant, did };
  return happened(
    { fault: crash, keys: { target }, offsetMs: failsMs, durationMs, ...words },
    context,
  );
}
