/**
 * What the containers of a run are allowed: as little as what they run can do with. Nobody is root,
 * no file system but their volumes can be written, and nothing says `BFT_CHAOS_RUN`: they stand in
 * the process table of this machine, too, where whatever carries it is swept.
 */
import type Dockerode from "dockerode";
import type { Labels } from "./engine.ts";

/** Made for it in the image, with `/data` and `/keys` as its own. */
export const USER = 10_001;

export const FOLDERS = {
  /** Where the image has the code of the replicas and its packages. */
  app: "/app",
  /** What comes from this harness; below /app, so that it finds the same packages. */
  code: "/app/run",
  data: "/data",
  keys: "/keys",
  /** What is kept of a run: audit logs, the history. */
  record: "/record",
} as const;

export interface VolumeMount {
  readonly volume: string;
  readonly folder: string;
  readonly readOnly?: true;
}

export interface ContainerRequest {
  readonly name: string;
  readonly labels: Labels;
  readonly image: string;
  readonly command: readonly string[];
  readonly environment?: readonly string[];
  readonly mounts: readonly VolumeMount[];
  readonly memoryMb: number;
  readonly processesMax: number;
  readonly place: ContainerPlace;
}

export type ContainerPlace =
  /** The network of another container. */
  { readonly of: string } | { readonly network: string; readonly address: string } | "nowhere";

const MB = 1024 * 1024;

export function containerOptions(request: ContainerRequest): Dockerode.ContainerCreateOptions {
  const { name, labels, image, command, environment = [], mounts, place } = request;
  return {
    name,
    Image: image,
    Cmd: [...command],
    Env: [...environment],
    Labels: { ...labels },
    User: `${USER}:${USER}`,
    OpenStdin: true,
    // The end of the harness is the end of the input of what it has started.
    StdinOnce: true,
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    HostConfig: {
      NetworkMode: modeOf(place),
      // PID 1 would ignore what it does not handle, and collect nobody's children.
      Init: true,
      ReadonlyRootfs: true,
      CapDrop: ["ALL"],
      SecurityOpt: ["no-new-privileges:true"],
      PidsLimit: request.processesMax,
      Memory: request.memoryMb * MB,
      // What it says is kept in the run store; the engine would keep it a second time.
      LogConfig: { Type: "none", Config: {} },
      Mounts: mounts.map(({ volume, folder, readOnly = false }) => ({
        Type: "volume",
        Source: volume,
        Target: folder,
        ReadOnly: readOnly,
        VolumeOptions: {
          NoCopy: false,
          Labels: { ...labels },
          DriverConfig: { Name: "local", Options: {} },
        },
      })),
    },
    ...endpointOf(place),
  };
}

function modeOf(place: ContainerPlace): string {
  if (place === "nowhere") return "none";
  return "of" in place ? `container:${place.of}` : place.network;
}

function endpointOf(place: ContainerPlace): Partial<Dockerode.ContainerCreateOptions> {
  if (place === "nowhere" || "of" in place) return {};
  const endpoint = { IPAMConfig: { IPv4Address: place.address } };
  return { NetworkingConfig: { EndpointsConfig: { [place.network]: endpoint } } };
}
