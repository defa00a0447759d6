import { expect, test } from "vitest";
import { type ContainerRequest, containerOptions } from "./containers.ts";

const request: ContainerRequest = {
  name: "bft-chaos-1-r0",
  labels: { "bft-chaos.run": "1" },
  image: "node",
  command: ["node", "main.ts"],
  mounts: [{ volume: "bft-chaos-1-r0-data", folder: "/data" }],
  memoryMb: 512,
  processesMax: 64,
  place: { of: "holder" },
};

test("a container may do nothing that a replica does not have to", () => {
  const options = containerOptions(request);
  expect(options).toMatchObject({
    User: "10001:10001",
    Env: [],
    HostConfig: {
      NetworkMode: "container:holder",
      Init: true,
      ReadonlyRootfs: true,
      CapDrop: ["ALL"],
      SecurityOpt: ["no-new-privileges:true"],
      PidsLimit: 64,
      Memory: 512 * 1024 * 1024,
    },
  });
  expect(Object.keys(options.HostConfig ?? {})).not.toEqual(
    expect.arrayContaining(["Privileged", "Binds", "CapAdd", "PortBindings"]),
  );
});

test("its volumes carry the labels of the run, too: they are made with it", () => {
  const [mount] = containerOptions(request).HostConfig?.Mounts ?? [];
  expect(mount).toMatchObject({
    Type: "volume",
    Source: "bft-chaos-1-r0-data",
    Target: "/data",
    ReadOnly: false,
    VolumeOptions: { Labels: { "bft-chaos.run": "1" } },
  });
});

test("a place is another's network, an address of its own, or none", () => {
  const own = containerOptions({ ...request, place: { network: "n", address: "10.0.0.3" } });
  expect(own.HostConfig?.NetworkMode).toBe("n");
  expect(own.NetworkingConfig?.EndpointsConfig).toEqual({
    n: { IPAMConfig: { IPv4Address: "10.0.0.3" } },
  });
  const none = containerOptions({ ...request, place: "nowhere" });
  expect(none.HostConfig?.NetworkMode).toBe("none");
  expect(none.NetworkingConfig).toBeUndefined();
});
