#!/usr/bin/env node
/**
 * What `bft-chaos` starts. Plain JavaScript: it must also run on a Node too old for the rest, and
 * hand over to the one that came with the dependencies; older versions of npm do not put that on
 * the path. Below node_modules Node strips no types: there lies what the package's build made.
 */
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const NODE_MAJOR_MIN = 24;

if (Number.parseInt(process.versions.node, 10) >= NODE_MAJOR_MIN) {
  const isInstalled = import.meta.url.includes("/node_modules/");
  await import(isInstalled ? "./main.js" : "./main.ts");
} else {
  handOver(nodeOfDependencies());
}

function handOver(node) {
  if (node === null) {
    process.stderr.write(
      `bft-chaos runs on Node ${NODE_MAJOR_MIN} or later, not on ${process.versions.node}. It comes ` +
        "with the dependencies: in a clone, npm start installs them\n",
    );
    process.exitCode = 255;
    return;
  }
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: "inherit",
  });
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  // A terminal sends these to both.
  for (const signal of ["SIGINT", "SIGHUP"]) process.on(signal, () => undefined);
  child.on("exit", (code) => (process.exitCode = code ?? 255));
}

/** Null where none is made for this machine, or it was not installed. */
function nodeOfDependencies() {
  try {
    const name = `node-${process.platform}-${process.arch}/bin/node`;
    return createRequire(import.meta.url).resolve(name);
  } catch (error) {
    if (error.code === "MODULE_NOT_FOUND") return null;
    throw error;
  }
}
