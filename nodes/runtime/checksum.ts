/** The only place under `nodes/runtime` that makes checksums: what it costs to read a log. */
export { crc32 } from "node:zlib";
