/** Finds the word that was meant. */

const MAX_EDITS = 2;

/** The known word that at most two edits lead to, whatever its case; undefined if none is that near. */
export function similarTo(word: string, known: readonly string[]): string | undefined {
  const nearest = known
    .map((other) => ({ other, edits: editsBetween(word.toLowerCase(), other.toLowerCase()) }))
    .sort((one, two) => one.edits - two.edits)[0];
  return nearest && nearest.edits <= Math.min(MAX_EDITS, word.length / 2) ? nearest.other : undefined;
}

/** Levenshtein's distance, row by row. */
function editsBetween(one: string, two: string): number {
  let row = Array.from({ length: two.length + 1 }, (_, index) => index);
  for (const [index, letter] of one.split('').entries()) {
    const next = [index + 1];
    for (const [at, other] of two.split('').entries()) {
      const [left = 0, above = 0, before = 0] = [next[at], row[at + 1], row[at]];
      next.push(Math.min(left + 1, above + 1, before + (letter === other ? 0 : 1)));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
