/**
 * How long a real replica takes to fetch a state that was written while it was away:
 *   node nodes/runtime/catching-up.bench.ts [MiB...]
 * Four processes over loopback, their disks synced; once quiet, once while 64 clients write on.
 */
import { catchUp } from "./catching-up.fixture.ts";
import { cleanUp } from "./replica-process.fixture.ts";

const MIB = 1024 * 1024;
const VALUE_BYTES = 64 * 1024;

const sizes = process.argv.slice(2).map(Number);
for (const mib of sizes.length > 0 ? sizes : [5, 50, 200]) {
  for (const underLoad of [false, true]) {
    const keys = Math.ceil((mib * MIB) / VALUE_BYTES);
    const asked = { keys, valueBytes: VALUE_BYTES, underLoad, deadlineMs: 120_000 };
    const { afterMs, nodesFetched, bytesFetched } = await catchUp(asked);
    await cleanUp();
    process.stdout.write(
      `${mib} MiB, ${underLoad ? "under load" : "quiet"}: caught up after ${afterMs.toFixed(0)} ms, ` +
        `${nodesFetched} nodes, ${(bytesFetched / MIB).toFixed(1)} MiB fetched\n`,
    );
  }
}
