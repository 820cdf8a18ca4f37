/** The schema for the docs: types and their fields by the alphabet. */

import { buildClientSchema, introspectionFromSchema, type IntrospectionQuery, lexicographicSortSchema } from "graphql";

import type { Answer, Asked } from "./gateway";

export const isIntrospection = ({ operationName }: Asked): boolean => operationName === "IntrospectionQuery";

export function sorted(answer: Answer): Answer {
  if (!answer.data?.__schema) return answer;
  const schema = buildClientSchema(answer.data as unknown as IntrospectionQuery);
  return { ...answer, data: { ...introspectionFromSchema(lexicographicSortSchema(schema)) } };
}
