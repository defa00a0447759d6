/**
 * `node log-cut-main.ts <replica> <data folder>`, in a container on the disk of a dead replica.
 * Says what was done in one line of JSON.
 */
import { cutLog } from "../processes/cut-log.ts";

const [, , replica, dataDirectory] = process.argv;
if (!replica || !dataDirectory) throw new Error("log-cut-main is started by the harness");
process.stdout.write(`${JSON.stringify(cutLog(replica, dataDirectory))}\n`);
