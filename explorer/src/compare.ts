/** Two texts line by line, so that equal lines are in the same row. */

import { diffArrays } from "diff";

export interface Row {
  readonly one: string | null;
  readonly other: string | null;
  readonly differs: boolean;
}

const MOST = 4_000; // lines that differ: beyond, rows are paired in order, because the search for equal ones takes too long

export function rows(one: string, other: string): Row[] {
  const [left, right] = [one.split("\n"), other.split("\n")];
  const changes = diffArrays(left, right, { maxEditLength: MOST });
  if (!changes) return paired(left, right);
  const result: Row[] = [];
  let removed: string[] = [];
  for (const change of changes) {
    if (change.removed) {
      removed = change.value;
    } else if (change.added) {
      result.push(...paired(removed, change.value));
      removed = [];
    } else {
      result.push(...paired(removed, []), ...paired(change.value, change.value));
      removed = [];
    }
  }
  return [...result, ...paired(removed, [])];
}

function paired(left: readonly string[], right: readonly string[]): Row[] {
  return Array.from({ length: Math.max(left.length, right.length) }, (_, index) => {
    const [one, other] = [left[index] ?? null, right[index] ?? null];
    return { one, other, differs: one !== other };
  });
}
