import { crash } from "../process/crash.ts";
import { type Deed, type OperatorError, ordered, type WorkContext } from "./work.ts";

const DOWN_MS = 1_300;

export const killsWhatEatsCpu: OperatorError = {
  id: "T-32",
  name: "kills-what-eats-cpu",
  summary: "kills the process that eats the CPU, which is the primary, again and again",
  source: "misdiagnosis, a category of Nagaraja et al., OSDI 2004",
  stoppedBy:
    "wait-recovered, where the last victim has not recovered; two people see the same process on top",
  needs: ["process"],
  leastMs: 3_000,
  wrong: (context) => kills(context, 3),
  right: (context) => kills(context, 1),
};

function kills(context: WorkContext, times: number): readonly Deed[] {
  const deeds: Deed[] = [];
  for (let offsetMs = 0; deeds.length < times; ) {
    if (offsetMs + DOWN_MS > context.restMs) break;
    const again = deeds.length === 0 ? "" : " again";
    const doing = {
      fault: crash,
      keys: { target: "primary" },
      offsetMs,
      durationMs: DOWN_MS,
      meant: "kill the process that eats the CPU",
      did: `killed the primary${again}`,
    };
    deeds.push({ ...ordered(doing, context), ...(deeds.length > 0 && { waits: true }) });
    offsetMs += DOWN_MS + context.drawInteger(50, 250);
  }
  return deeds;
}
