/** Null for what is no JSON: a line cut off by a kill. */
export function parseLine(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
