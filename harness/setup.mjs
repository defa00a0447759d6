/**
 * Brings a fresh clone to the point where everything runs; `npm start` and `npm test` begin here.
 * Plain JavaScript without dependencies, because it runs before they are installed and on the Node
 * that the user happens to have (20 or later). Does nothing, quickly, when there is nothing to do.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, symlinkSync } from "node:fs";
import { connect, createServer } from "node:net";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const NODE_MAJOR_MIN = 24;
const root = fileURLToPath(new URL("..", import.meta.url));
const binaries = join(root, "node_modules", ".bin");

class SetupError extends Error {}

try {
  if (!dependenciesAreCurrent()) await alone(installDependencies);
  provisionToxiproxy(runtimeNode());
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(`set-up: ${error.message}`);
  process.exitCode = 1;
}

/** Whether what npm wrote down after its last installation is what the lockfile asks for. */
function dependenciesAreCurrent() {
  const installed = readPackages(join(root, "node_modules", ".package-lock.json"));
  const wanted = readPackages(join(root, "package-lock.json"));
  if (wanted === null)
    throw new SetupError("package-lock.json is missing or broken; is the clone complete?");
  if (installed === null) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    const found = installed[path];
    // Optional packages for other platforms are never installed.
    if (found === undefined) return path === "" || entry.optional === true;
    return found.version === entry.version && found.integrity === entry.integrity;
  });
}

/**
 * @returns null where the file is missing or torn, as after an installation that was interrupted
 */
function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8")).packages;
  } catch {
    return null;
  }
}

function installDependencies() {
  // Another set-up may have done it while this one waited.
  if (dependenciesAreCurrent()) return;
  console.log("set-up: installing the dependencies, Node 24 among them (npm ci, about 10 s)");
  // The level keeps out warnings about engines: npm may run on the older Node, the project does
  // not.
  const options = ["ci", "--no-audit", "--no-fund", "--loglevel=error"];
  const { error, status } = runNpm(options);
  if (error) throw new SetupError(`npm could not be started: ${error.message}`);
  if (status !== 0)
    throw new SetupError(`npm ci failed (exit code ${status}); its message is above`);
}

function runNpm(options) {
  // Not the Node below node_modules, which npm is about to replace.
  const path = (process.env.PATH ?? "")
    .split(delimiter)
    .filter((folder) => !folder.includes("node_modules"))
    .join(delimiter);
  const settings = { cwd: root, stdio: "inherit", env: { ...process.env, PATH: path } };
  const { npm_execpath: npm, npm_node_execpath: node } = process.env;
  if (npm !== undefined && node !== undefined && !node.startsWith(root) && existsSync(npm)) {
    return spawnSync(node, [npm, ...options], settings);
  }
  return spawnSync("npm", options, settings);
}

/**
 * @returns the Node that runs the project: the one from the registry, or else this one if it is new
 * enough.
 */
function runtimeNode() {
  const installed = join(binaries, "node");
  // npm 10 installs the package without its link, and then scripts would find an older Node.
  link("node", join("..", `node-${process.platform}-${process.arch}`, "bin", "node"));
  // npx would keep a link of its own, to where the program was when it was first called.
  link("bft-chaos", join("..", "..", "harness", "cli", "bft-chaos.mjs"));
  if (existsSync(installed)) return installed;
  if (Number.parseInt(process.versions.node, 10) >= NODE_MAJOR_MIN) return process.execPath;
  throw new SetupError(
    `this project runs on Node ${NODE_MAJOR_MIN} or later. For ${process.platform}-${process.arch} ` +
      `none came with the dependencies, and yours is ${process.versions.node}: ` +
      `install Node ${NODE_MAJOR_MIN} and start again`,
  );
}

/** Makes a program callable by name, where it is there and npm has not done it. */
function link(name, program) {
  const path = join(binaries, name);
  if (existsSync(path) || !existsSync(join(binaries, program))) return;
  symlinkSync(program, path);
}

function provisionToxiproxy(node) {
  const script = join(root, "faults", "injectors", "provision.ts");
  // On its standard output is the path, for other callers; progress and reasons come on the other.
  const stdio = ["ignore", "ignore", "inherit"];
  const { error, status } = spawnSync(node, [script], { cwd: root, stdio });
  if (error) throw new SetupError(`${node} could not be started: ${error.message}`);
  if (status !== 0) throw new SetupError("there is no toxiproxy-server; the reasons are above");
}

/**
 * Runs `work` while no other set-up of this folder does. The lock is a socket name, not a file: the
 * kernel frees it with its process, so a killed set-up cannot leave it locked.
 */
async function alone(work) {
  // Names that begin with a zero byte exist on Linux only; elsewhere a second set-up is not kept
  // out.
  if (process.platform !== "linux") return work();
  const name = `\0bft-chaos-setup-${createHash("sha256").update(root).digest("hex").slice(0, 16)}`;
  let lock = await listen(name);
  if (lock === null) console.log("set-up: waiting for another set-up of this folder");
  while (lock === null) {
    await untilClosed(name);
    lock = await listen(name);
  }
  try {
    return work();
  } finally {
    lock.close();
  }
}

function listen(name) {
  return new Promise((resolve, reject) => {
    const server = createServer((visitor) => visitor.destroy());
    server.on("error", (error) => (error.code === "EADDRINUSE" ? resolve(null) : reject(error)));
    server.listen(name, () => resolve(server));
  });
}

/** The holder never answers; its end is what closes the connection. */
function untilClosed(name) {
  return new Promise((resolve) => {
    const connection = connect(name);
    connection.on("error", () => undefined);
    connection.on("close", resolve);
    connection.resume();
  });
}
