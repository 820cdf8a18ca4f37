/** Values that the next operation may need: ids of objects in answers, by the names of their fields. In memory only. */

import { getOperationAST, parse } from "graphql";

import type { Asked } from "./gateway";

const known = new Map<string, string>();

export const learn = (name: string, value: string): void => void known.set(name, value);

/** Keeps `{ profile: { id } }` as profile, and the one item of `{ profiles: { nodes: [{ id }] } }` as profile too. */
export function learnFrom(value: unknown): void {
  if (Array.isArray(value)) return value.forEach(learnFrom);
  if (!isObject(value)) return;
  for (const [name, inner] of Object.entries(value)) {
    if (!isObject(inner)) {
      learnFrom(inner);
      continue;
    }
    const nodes = Array.isArray(inner.nodes) ? inner.nodes : [];
    const only: unknown = nodes.length === 1 ? nodes[0] : null;
    if (typeof inner.id === "string") learn(name, inner.id);
    if (isObject(only) && typeof only.id === "string") learn(name.replace(/s$/, ""), only.id);
    learnFrom(inner);
  }
}

/** The request with values for required variables that it leaves out, and the names of these. */
export function filled(asked: Asked): { asked: Asked; names: string[] } {
  const given = isObject(asked.variables) ? asked.variables : {};
  const added: Record<string, string> = {};
  for (const { variable, type, defaultValue } of operationOf(asked)?.variableDefinitions ?? []) {
    const name = variable.name.value;
    const value = known.get(name);
    const isMissing = type.kind === "NonNullType" && !defaultValue && (given[name] ?? "") === "";
    if (isMissing && value !== undefined) added[name] = value;
  }
  const names = Object.keys(added);
  return { asked: names.length ? { ...asked, variables: { ...given, ...added } } : asked, names };
}

export function operationOf({ query, operationName }: Asked) {
  try {
    return getOperationAST(parse(query), operationName);
  } catch {
    return null; // the gateway describes what is wrong with the document
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
