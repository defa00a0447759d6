/** What the tests of the injectors stand on: a real server on an address that is theirs alone. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { provisionToxiproxy } from "./provision.ts";
import type { ToxiproxyServer } from "./toxiproxy-server.ts";
import { startToxiproxyServer } from "./toxiproxy-server.ts";

export interface RealToxiproxy {
  readonly server: ToxiproxyServer;
  readonly folder: string;
  end(): Promise<void>;
}

/** Building it takes a minute where nobody has built it before. */
export const PROVISIONING_MS = 240_000;

/** Of 127/8, from the process id: whoever else runs on the machine has other ports. */
export function ownAddress(): string {
  const { pid } = process;
  return [127, 64 + ((pid >> 16) & 63), (pid >> 8) & 255, pid & 255 || 1].join(".");
}

export async function realToxiproxy(host: string): Promise<RealToxiproxy> {
  const folder = await mkdtemp(join(tmpdir(), "bft-chaos-toxiproxy-"));
  const progress = (line: string) => process.stderr.write(`${line}\n`);
  const { path: binary } = await provisionToxiproxy({ env: process.env, progress });
  const logFile = join(folder, "toxiproxy.log");
  const server = await startToxiproxyServer({ binary, host, port: 20_000, logFile });
  return {
    server,
    folder,
    async end() {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
