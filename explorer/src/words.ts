/** A search through names and descriptions by the beginnings of words. */

export interface Entry {
  readonly type: string;
  readonly field: string;
  readonly description: string;
}

/** The words of a name or a text: split at capitals and at all that is neither a letter nor a digit, in lower case. */
export const words = (text: string): string[] =>
  text
    .replace(/([\p{Ll}\d])(\p{Lu})|(\p{Lu})(?=\p{Lu}\p{Ll})/gu, "$1$3 $2")
    .toLowerCase()
    .split(/[^\p{L}\d]+/u)
    .filter(Boolean);

/** What contains every word of the search: first those that have all in the last name, then in the names, then elsewhere. */
export function search<Found extends Entry>(entries: readonly Found[], text: string): Found[] {
  const wanted = words(text);
  if (!wanted.length) return [];
  const hits = entries.flatMap((entry) => {
    const name = words(entry.field || entry.type);
    const names = [...name, ...words(entry.type)];
    const all = [...names, ...words(entry.description)];
    const rank = [name, names, all].findIndex((own) => wanted.every((word) => own.some((one) => one.startsWith(word))));
    return rank < 0 ? [] : [{ entry, key: [rank, rank ? 0 : name.length] as const }];
  });
  return hits
    .sort((one, other) => one.key[0] - other.key[0] || one.key[1] - other.key[1]) // and in the order of the entries
    .map(({ entry }) => entry);
}
