/** The keys that a load works on, by their place in the key space. */
export function keyName(index: number): string {
  return `k${index}`;
}

export function keyNames(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => keyName(index));
}
