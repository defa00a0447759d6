/** The CPU quota of a container, as an engine takes it and tells what it did. */
import type Dockerode from "dockerode";
import { QUOTA_PERIOD_MS } from "../../../faults/cpu-quota.ts";
import { WHOLE_CPU } from "../../../faults/link-state.ts";
import type { CpuUsage } from "../throttles.ts";

const PERIOD_US = QUOTA_PERIOD_MS * 1_000;

/** @param share of one CPU; a whole one lifts the quota */
export function cpuLimit(share: number): Readonly<Record<"CpuPeriod" | "CpuQuota", number>> {
  const quotaUs = share < WHOLE_CPU ? Math.round(share * PERIOD_US) : -1;
  return { CpuPeriod: PERIOD_US, CpuQuota: quotaUs };
}

export async function readCpuUsage(container: Dockerode.Container): Promise<CpuUsage> {
  const { HostConfig } = await container.inspect();
  const { CpuQuota: quotaUs = 0, CpuPeriod: periodUs = 0 } = HostConfig;
  // Without a second reading to compare with, which would take it a second.
  const { cpu_stats: cpu } = await container.stats({ stream: false, "one-shot": true });
  return {
    quota: quotaUs > 0 ? quotaUs / periodUs : null,
    usedMs: cpu.cpu_usage.total_usage / 1e6,
    heldMs: cpu.throttling_data.throttled_time / 1e6,
  };
}
