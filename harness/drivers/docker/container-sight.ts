import type Dockerode from "dockerode";

/** What an inspection tells of a container. */
export interface ContainerSight {
  readonly state: "created" | "running" | "paused" | "exited";
  /** As the engine's host counts; 0 when it does not run. */
  readonly pid: number;
  readonly exitCode: number;
  readonly outOfMemory: boolean;
}

export function sightOf({
  Paused,
  Running,
  Status,
  Pid: pid,
  ExitCode: exitCode,
  OOMKilled: outOfMemory,
}: Dockerode.ContainerInspectInfo["State"]): ContainerSight {
  const running = Paused ? "paused" : "running";
  const ended = Status === "created" ? "created" : "exited";
  return { state: Running ? running : ended, pid, exitCode, outOfMemory };
}
