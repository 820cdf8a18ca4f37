// Apollo Client and hidden values: a list that grows by fetchMore, the same from the cache, and a mutation, all without an error.

import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { filter, firstValueFrom, from } from "rxjs";

import * as demo from "./demo.mjs";

const connected = (headers, hidden) => {
  const chosen = new ApolloLink((operation, forward) => {
    operation.extensions = { ...operation.extensions, ...(hidden && { hidden }) };
    return forward(operation);
  });
  const http = new HttpLink({ uri: demo.url, headers, includeExtensions: true });
  const merge = (known, incoming) => (known ? { ...incoming, nodes: [...known.nodes, ...incoming.nodes] } : incoming);
  const typePolicies = { Query: { fields: { clients: { keyArgs: false, merge } } } };
  return new ApolloClient({ cache: new InMemoryCache({ typePolicies }), link: chosen.concat(http) });
};

const [, token] = process.argv.slice(2);
const bearer = { authorization: `Bearer ${token}` };
const rows = ({ clients }) => clients.nodes.map((row) => [row.name, demo.balance(row)]);

// Without errors for hidden values, the default policy of a query returns the data.
const ada = connected(bearer, "none");
const list = ada.watchQuery({ query: gql(demo.ROWS), variables: { first: 3 } });
const first = await firstValueFrom(from(list).pipe(filter(({ dataState }) => dataState === "complete")));
const page = rows(first.data);
await list.fetchMore({ variables: { first: 3, after: first.data.clients.pageInfo.endCursor } });
const all = rows(list.getCurrentResult().data);
const cached = rows((await ada.query({ query: gql(demo.ROWS), variables: { first: 3 }, fetchPolicy: "cache-only" })).data);

// A mutation has no such errors by default: it is not taken for a failed one.
const limited = first.data.clients.nodes[1];
const input = { clients: [limited.id], members: limited.accountManagers.nodes.map(({ id }) => id) };
const mutated = await connected(bearer).mutate({ mutation: gql(demo.ASSIGN), variables: { input } });
await ada.mutate({ mutation: gql(demo.ASSIGN), variables: { input } });
const after = rows(list.getCurrentResult().data);

// With an error for each hidden value, `errorPolicy: "all"` has both.
const each = await connected(bearer, "each").query({
  query: gql(demo.ROWS),
  variables: { first: 10 },
  errorPolicy: "all",
});

demo.say({
  page,
  all,
  cached,
  mutated: mutated.data.assignManagers.clients.map(demo.balance),
  after,
  each: { rows: rows(each.data).length, paths: each.error.errors.map(({ path }) => path.join(".")) },
});
