/** The bytes of a scenario file as text, or what is wrong with them before YAML looks at them. */
import { ScenarioError } from "./scenario.ts";

/** Ten thousand faults fit; what is larger was not written by anybody. */
export const SCENARIO_BYTES_MAX = 2 * 1_024 * 1_024;

/** @throws ScenarioError for too many bytes, and for bytes that are no UTF-8 */
export function scenarioText(bytes: Uint8Array, file: string): string {
  if (bytes.length > SCENARIO_BYTES_MAX) {
    const message = `found ${bytes.length} bytes; allowed: ${SCENARIO_BYTES_MAX} at most`;
    throw new ScenarioError([{ where: file, path: "", message }]);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    const offset = firstInvalid(bytes);
    const line = bytes.subarray(0, offset).reduce((n, byte) => (byte === 0x0a ? n + 1 : n), 1);
    const message = `found bytes that are no UTF-8 at byte ${offset}; allowed: UTF-8 text`;
    throw new ScenarioError([{ where: `${file}:${line}`, path: "", message }], { cause: error });
  }
}

/** Where decoding and encoding again first differ: the replacement of what was no UTF-8. */
function firstInvalid(bytes: Uint8Array): number {
  const again = new TextEncoder().encode(
    new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes),
  );
  const offset = bytes.findIndex((byte, index) => again[index] !== byte);
  return offset === -1 ? bytes.length : offset;
}
