/** Looks from inside containers, with what their image has. */
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import Docker from "dockerode";

/** What a program of Node says on its standard output, run beside what runs in the container. */
export async function saidInside(container: string, program: string): Promise<string> {
  const docker = new Docker();
  const exec = await docker.getContainer(container).exec({
    Cmd: ["node", "-e", program],
    AttachStdout: true,
    AttachStderr: true,
  });
  const stream = await exec.start({ hijack: true, stdin: false });
  const [out, err] = [new PassThrough(), new PassThrough()];
  docker.modem.demuxStream(stream, out, err);
  stream.on("end", () => {
    out.end();
    err.end();
  });
  const [said, complained] = await Promise.all([text(out), text(err)]);
  if (complained !== "") throw new Error(`inside ${container}: ${complained}`);
  return said;
}

export interface Target {
  readonly host: string;
  readonly port: number;
}

/** Of each: `open`, or why it cannot be reached. */
export async function reachableFrom(
  container: string,
  targets: Readonly<Record<string, Target>>,
): Promise<Readonly<Record<string, string>>> {
  const said = await saidInside(container, probe(targets));
  return JSON.parse(said) as Readonly<Record<string, string>>;
}

function probe(targets: Readonly<Record<string, Target>>): string {
  return `
    const { connect } = require("node:net");
    const look = ([name, to]) => new Promise((resolve) => {
      const socket = connect({ ...to, timeout: 2000 });
      const done = (what) => { socket.destroy(); resolve([name, what]); };
      socket.on("connect", () => done("open"));
      socket.on("timeout", () => done("silence"));
      socket.on("error", ({ code }) => done(code));
    });
    Promise.all(Object.entries(${JSON.stringify(targets)}).map(look)).then((all) =>
      console.log(JSON.stringify(Object.fromEntries(all))));`;
}
