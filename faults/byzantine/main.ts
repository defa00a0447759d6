/**
 * The Byzantine replica: `node faults/byzantine/main.ts <config.json>`, the honest one inside
 * behaviours. Each line on stdin is the list of those that are on from then:
 *
 *     [{"behaviour":"wrong-reply","parameters":{}}]
 *
 * and is answered by a line `{"behaviours":["wrong-reply"]}` on stdout once it holds. It starts
 * honest.
 */
import { createInterface } from "node:readline";
import type { Protocol } from "../../nodes/protocols/contract/protocol.ts";
import { protocols, services } from "../../nodes/registry.ts";
import { EXIT } from "../../nodes/runtime/exit-codes.ts";
import { runReplicaProcess } from "../../nodes/runtime/replica-process.ts";
import type { BehaviourState } from "../link-state.ts";
import { ByzantineReplica } from "./byzantine-replica.ts";
import { parseSwitch } from "./switch-line.ts";

let replica: ByzantineReplica | null = null;
let wanted: readonly BehaviourState[] = [];

function wrapped(protocol: Protocol): Protocol {
  return {
    ...protocol,
    createReplica(options) {
      replica = new ByzantineReplica(protocol.createReplica(options), {
        ...options,
        protocol: protocol.name,
      });
      replica.switchTo(wanted);
      return replica;
    },
  };
}

createInterface({ input: process.stdin }).on("line", (line) => {
  try {
    wanted = parseSwitch(line);
    replica?.switchTo(wanted);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(EXIT.configuration);
  }
  const names = wanted.map(({ behaviour }) => behaviour);
  process.stdout.write(`${JSON.stringify({ behaviours: names })}\n`);
});

await runReplicaProcess(process.argv[2], { protocols: protocols.map(wrapped), services });
