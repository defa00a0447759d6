import { crash } from "../process/crash.ts";
import { type Deed, type OperatorError, ordered, type WorkContext } from "./work.ts";

/** A process that is told to start again takes so long. */
const DOWN_MS = 1_200;
/** Then the next one is due where somebody waits until this one has come back and caught up. */
const CAUGHT_UP_MS = 2_000;

export const rollingRestartWithoutWaiting: OperatorError = {
  id: "T-09",
  name: "rolling-restart-without-waiting",
  summary: "restarts one replica after the other and does not wait until each has recovered",
  source: "a loop over all hosts with a fixed pause, as every tool for fleets offers it",
  stoppedBy: "wait-recovered: the next one is not touched before the last one is back",
  needs: ["process"],
  leastMs: 4_000,
  wrong: (context) => restarts(context, (index) => index * context.drawInteger(400, 600)),
  right: (context) =>
    restarts(context, (index) => index * (DOWN_MS + CAUGHT_UP_MS)).map((deed, index) =>
      index === 0 ? deed : { ...deed, waits: true },
    ),
};

function restarts(context: WorkContext, startOf: (index: number) => number): readonly Deed[] {
  const { replicas } = context;
  const starts = replicas.map((_, index) => startOf(index));
  return replicas.flatMap((target, index) => {
    const offsetMs = starts[index] ?? 0;
    if (offsetMs + DOWN_MS > context.restMs) return [];
    const before = replicas[index - 1];
    const laterMs = offsetMs - (starts[index - 1] ?? 0);
    const [meant, did] =
      before === undefined
        ? [`restart ${target}`, `restarted ${target}`]
        : [
            `restart ${target} once ${before} has recovered`,
            `restarted ${target} ${laterMs} ms after ${before}`,
          ];
    const doing = { fault: crash, keys: { target }, offsetMs, durationMs: DOWN_MS, meant, did };
    return [ordered(doing, context)];
  });
}
