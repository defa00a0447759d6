/** The honest replica: `node nodes/main.ts <config.json>`. */
import { protocols, services } from "./registry.ts";
import { runReplicaProcess } from "./runtime/replica-process.ts";

await runReplicaProcess(process.argv[2], { protocols, services });
