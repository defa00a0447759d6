/** "Did you mean": the known word that a misspelt one is nearest to. */

/** @returns undefined if nothing is near enough to be a slip of the finger */
function closest(word: string, known: readonly string[]): string | undefined {
  const distanceMax = Math.max(1, Math.floor(word.length / 3));
  const ranked = known
    .map((candidate) => ({ candidate, distance: editDistance(word, candidate) }))
    .filter(({ distance }) => distance <= distanceMax)
    .toSorted((a, b) => a.distance - b.distance);
  return ranked[0]?.candidate;
}

/** In front of what is allowed; empty if nothing is near enough. */
export function hintFor(word: string, known: readonly string[]): string {
  const guess = closest(word, known);
  return guess === undefined ? "" : `did you mean ${JSON.stringify(guess)}? `;
}

/** More of them nobody reads. */
const LISTED_MAX = 40;
const NEAREST_MAX = 5;

/**
 * What is said of a name that is not among those known.
 * @param listing the command that names all, where they may be many
 */
export function unknownName(found: string, known: readonly string[], listing?: string): string {
  const allowed = allowedNames(found, known, listing);
  return `found ${JSON.stringify(found)}; ${hintFor(found, known)}allowed: ${allowed}`;
}

function allowedNames(found: string, known: readonly string[], listing?: string): string {
  if (known.length === 0) return "none is known";
  if (listing === undefined || known.length <= LISTED_MAX) return known.join(", ");
  const alike = nearest(found, known);
  if (alike.length === 0) return `${known.length} names, which \`${listing}\` lists`;
  return `${alike.join(", ")}; and ${known.length - alike.length} others: \`${listing}\``;
}

/** Those with most of its words. */
function nearest(found: string, known: readonly string[]): readonly string[] {
  const words = new Set(wordsOf(found));
  const ranked = known
    .map((name) => ({ name, shared: wordsOf(name).filter((word) => words.has(word)).length }))
    .filter(({ shared }) => shared > 0)
    .toSorted((one, other) => other.shared - one.shared);
  return ranked.slice(0, NEAREST_MAX).map(({ name }) => name);
}

function wordsOf(name: string): readonly string[] {
  return name
    .toLowerCase()
    .split("-")
    .filter((word) => word.length > 2);
}

/** Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment). */
export function editDistance(left: string, right: string): number {
  const [a, b] = [left.toLowerCase(), right.toLowerCase()];
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, column) => column)];
  const at = (row: number, column: number) => rows[row]?.[column] ?? 0;
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= b.length; j += 1) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row[j] = Math.min(
        at(i - 1, j) + 1,
        at(i, j - 1) + 1,
        at(i - 1, j - 1) + change,
        swapped ? at(i - 2, j - 2) + 1 : Number.POSITIVE_INFINITY,
      );
    }
  }
  return at(a.length, b.length);
}
