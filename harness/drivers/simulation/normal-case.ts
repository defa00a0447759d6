/** What the normal case of a protocol takes, counted: one operation at a time, nothing fails. */
import { clientId } from "../../../nodes/protocols/contract/core.ts";
import type { ClusterParameters, Protocol } from "../../../nodes/protocols/contract/protocol.ts";
import { nullService } from "../../../nodes/services/null.ts";
import { fastAuthenticators } from "./authenticators.ts";
import { Kernel } from "./kernel.ts";

export interface NormalCase {
  /** Message delays from the request to its answer. */
  readonly delays: number;
  /** Each receiver counted. */
  readonly messages: number;
  /** Of these messages, with what authenticates them; frames' length prefixes left out. */
  readonly bytes: number;
}

const OPERATIONS = 8;
/** Long beside whatever else takes time in a core, so that delays can be told from the latency. */
const DELAY_MS = 100;
/** After it nothing of an operation is under way any more. */
const SETTLED_MS = 20 * DELAY_MS;
/** Nothing that is repeated by a clock happens while it is counted. */
const NEVER_MS = 3_600_000;
const SIZES = { argumentBytes: 0, resultBytes: 0 };

/** Of the smallest cluster for so many faults; a mean where operations differ. */
export function normalCaseOf(
  protocol: Protocol,
  faults: number,
  choices: Partial<Pick<ClusterParameters, "clientAuth" | "requestAt">> = {},
): NormalCase {
  const replicas = protocol.replicasFor(faults);
  const kernel = quietKernel(protocol, { ...quietCluster(protocol, replicas), ...choices });
  for (const { id } of kernel.replicas) kernel.start(id);
  kernel.runTo(SETTLED_MS);
  const before = sentIn(kernel, replicas);
  let tookMs = 0;
  for (let operation = 0; operation < OPERATIONS; operation++) {
    const askedMs = kernel.now;
    const answer: { atMs: number | null } = { atMs: null };
    kernel.invoke(0, nullService.encode({ f: "null" }, SIZES), ({ outcome }) => {
      if (outcome === "ok") answer.atMs = kernel.now;
    });
    kernel.runTo(askedMs + SETTLED_MS);
    if (answer.atMs === null) throw new RangeError(`${protocol.name} gave no answer`);
    tookMs += answer.atMs - askedMs;
  }
  const after = sentIn(kernel, replicas);
  return {
    delays: Math.round(tookMs / OPERATIONS / DELAY_MS),
    messages: (after.messages - before.messages) / OPERATIONS,
    bytes: (after.bytes - before.bytes) / OPERATIONS,
  };
}

/** Every frame takes as long, and nothing is lost or written to a disk. */
function quietKernel(protocol: Protocol, cluster: ClusterParameters): Kernel {
  const ids = Array.from({ length: cluster.replicas }, (_, id) => id);
  const wire = { loss: 0, duplication: 0, reordering: 0, reconnectMaxMs: 250, queueMax: 1_000 };
  return new Kernel({
    seed: 1,
    protocol,
    cluster,
    createService: () => nullService.create(SIZES),
    createAuthenticator: fastAuthenticators(1, [...ids, clientId({ host: 0, index: 1 })]),
    clients: 1,
    durability: "none",
    disk: { fsyncMinMs: 0, fsyncMaxMs: 0 },
    network: { ...wire, delayMinMs: DELAY_MS, delayMaxMs: DELAY_MS },
  });
}

function quietCluster(protocol: Protocol, replicas: number): ClusterParameters {
  return {
    clusterId: "4e".repeat(16),
    epoch: 1,
    replicas,
    faultsMax: protocol.tolerates(replicas).crashed,
    timers: {
      requestMs: NEVER_MS,
      statusMs: NEVER_MS,
      clientMs: NEVER_MS,
      clientCapMs: NEVER_MS,
    },
    operationTimeoutMs: NEVER_MS,
    checkpointInterval: 128,
    window: 256,
    batchMax: 64,
    maxBatchDelayMs: 0,
    pipeline: 4,
    replyAuth: "mac",
    clientAuth: protocol.traits.clientAuths[0],
    requestAt: protocol.traits.requestAts[0],
  };
}

function sentIn(kernel: Kernel, replicas: number): Pick<NormalCase, "messages" | "bytes"> {
  const names = [...Array.from({ length: replicas }, (_, id) => `r${id}`), "c0"];
  const links = names.flatMap((from) =>
    names.flatMap((to) => (from === to ? [] : [kernel.link(from, to).counters])),
  );
  return {
    messages: links.reduce((sum, { sent }) => sum + sent, 0),
    bytes: links.reduce((sum, { sentBytes }) => sum + sentBytes, 0),
  };
}
