/** The examples in ../examples: a document each, with variables and headers in the JSON file of the same name. */

export interface Example {
  readonly title: string;
  readonly about: string;
  readonly query: string;
  readonly variables: string;
  readonly headers: string;
}

interface Filling {
  readonly variables?: Record<string, unknown>;
  readonly headers?: Record<string, string>;
}

const DOCUMENTS = import.meta.glob<string>("../examples/*.graphql", { query: "?raw", import: "default", eager: true });
const FILLINGS = import.meta.glob<Filling>("../examples/*.json", { import: "default", eager: true });

/** `ids` are global ids by what the files write for them, such as Client:C2. */
export function examplesWith(ids: Readonly<Record<string, string>>): Example[] {
  return Object.entries(DOCUMENTS)
    .sort(([one], [other]) => one.localeCompare(other))
    .map(([path, query]) => {
      const { variables, headers } = FILLINGS[path.replace(/graphql$/, "json")] ?? {};
      return {
        title: /^(?:query|mutation) (\w+)/m.exec(query)?.[1] ?? path,
        about: sentence(query),
        query,
        variables: written(variables, (_, value) => (typeof value === "string" ? (ids[value] ?? value) : value)),
        headers: written(headers),
      };
    });
}

/** The first sentence of the comment that begins the document. */
function sentence(query: string): string {
  const comment = /^(?:#.*\n)+/.exec(query)?.[0].replace(/^# ?/gm, "").replaceAll("\n", " ") ?? "";
  return /^.*?[.:?](?= |$)/.exec(comment)?.[0].replace(/:$/, ".") ?? "";
}

const written = (value: object | undefined, replacer?: (key: string, value: unknown) => unknown): string =>
  value ? JSON.stringify(value, replacer, 2) : "";
