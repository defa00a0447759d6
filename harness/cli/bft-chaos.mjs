#!/usr/bin/env node
/**
 * What `bft-chaos` starts. Plain JavaScript: it must also run on a Node too old for the rest, to
 * say so. Below node_modules Node strips no types; what the package's build made of them lies
 * beside.
 */
const NODE_MAJOR_MIN = 24;

if (Number.parseInt(process.versions.node, 10) >= NODE_MAJOR_MIN) {
  const isInstalled = import.meta.url.includes("/node_modules/");
  await import(isInstalled ? "./main.js" : "./main.ts");
} else {
  process.stderr.write(
    `bft-chaos runs on Node ${NODE_MAJOR_MIN} or later, and this is ${process.versions.node}. ` +
      "One came with the dependencies: npx bft-chaos takes it.\n",
  );
  process.exitCode = 255;
}
