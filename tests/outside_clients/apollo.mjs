// Apollo Client with its default cache; then with persisted queries; then with batches.

import { createHash } from "node:crypto";

import { ApolloClient, CombinedGraphQLErrors, HttpLink, InMemoryCache, ServerError, gql } from "@apollo/client";
import { BatchHttpLink } from "@apollo/client/link/batch-http";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";

import * as demo from "./demo.mjs";

const connected = (headers = {}, link = new HttpLink({ uri: demo.url, headers })) =>
  new ApolloClient({ cache: new InMemoryCache(), link });
const bearer = (token) => ({ authorization: `Bearer ${token}` });
const refused = async (promise) => {
  try {
    await promise;
    return "answered";
  } catch (error) {
    if (CombinedGraphQLErrors.is(error)) return demo.codes(error.errors);
    if (ServerError.is(error)) return { status: error.statusCode, codes: demo.codes(JSON.parse(error.bodyText).errors) };
    throw error;
  }
};

async function signedIn(email) {
  const { data } = await connected().mutate({
    mutation: gql(demo.SIGN_IN),
    variables: { email, password: demo.PASSWORD },
  });
  return data.signIn;
}

async function pages(client) {
  const found = [];
  let after = null;
  do {
    const { data } = await client.query({ query: gql(demo.CLIENTS), variables: { first: 3, after } });
    found.push(data.clients.nodes.map((node) => node.name));
    after = data.clients.pageInfo.hasNextPage ? data.clients.pageInfo.endCursor : null;
  } while (after);
  return found;
}

const session = await signedIn(demo.ADA);
const ada = connected(bearer(session.accessToken));
const hedda = bearer((await signedIn(demo.HEDDA)).accessToken);

const listed = await pages(ada);
const again = await pages(ada);
const searched = await ada.query({ query: gql(demo.CLIENTS), variables: { first: 10, search: "ÆRØ" } });
const [found] = searched.data.clients.nodes;
const node = await ada.query({ query: gql(demo.CLIENT), variables: { id: found.id } });

const open = await ada.query({ query: gql(demo.WALLETS), errorPolicy: "all", fetchPolicy: "network-only" });
const denied = {
  none: await refused(ada.query({ query: gql(demo.WALLETS), fetchPolicy: "network-only" })),
  all: {
    balances: open.data.clients.nodes.map((each) => each.wallet?.balance.amount ?? null),
    codes: demo.codes(open.error.errors),
  },
  ignore: (await ada.query({ query: gql(demo.WALLETS), errorPolicy: "ignore", fetchPolicy: "network-only" })).data
    .clients.nodes.length,
};

const { viewer } = (await connected(hedda).query({ query: gql(demo.ME) })).data;
const acting = { unsaid: viewer.actingAs.name, chosen: [] };
for (const { id } of viewer.memberships) {
  const { data } = await connected({ ...hedda, "x-acting-as": id }).query({ query: gql(demo.ME) });
  acting.chosen.push(data.viewer.actingAs.name);
}

const renewed = await ada.mutate({ mutation: gql(demo.REFRESH), variables: { token: session.refreshToken } });
const { accessToken, refreshToken } = renewed.data.refresh;
const fresh = connected(bearer(accessToken));
const me = await fresh.query({ query: gql(demo.ME) });
const out = await fresh.mutate({ mutation: gql(demo.SIGN_OUT), variables: { token: refreshToken } });

const sha256 = (text) => createHash("sha256").update(text).digest("hex");
const requests = [];
const noted = (uri, options) => {
  requests.push(Object.keys(JSON.parse(options.body)).includes("query") ? "with the query" : "by its hash");
  return fetch(uri, options);
};
const persisted = connected(
  {},
  new PersistedQueryLink({ sha256 }).concat(new HttpLink({ uri: demo.url, headers: bearer(accessToken), fetch: noted })),
);
const persistedPages = await pages(persisted);

const batching = connected({}, new BatchHttpLink({ uri: demo.url, headers: bearer(accessToken) }));
const batched = await Promise.all(
  [1, 2].map((first) =>
    batching.query({ query: gql(demo.CLIENTS), variables: { first } }).then(
      () => "answered",
      (error) => error.result.flatMap((each) => demo.codes(each.errors)),
    ),
  ),
);

demo.say({
  pages: listed,
  cached: again,
  searched: searched.data.clients.nodes.map((each) => each.name),
  node: node.data.node,
  found: found.id,
  denied,
  acting,
  refreshed: me.data.viewer.user.name,
  signedOut: out.data.signOut.ended,
  afterSignOut: await refused(fresh.mutate({ mutation: gql(demo.REFRESH), variables: { token: refreshToken } })),
  spoiltToken: await refused(connected(bearer("spoilt")).query({ query: gql(demo.ME) })),
  persisted: { pages: persistedPages, requests },
  batched,
});
