// urql with its usual exchanges, by POST and by GET.

import { Client, cacheExchange, fetchExchange } from "@urql/core";

import * as demo from "./demo.mjs";

const sent = [];
const noted = (uri, options) => {
  sent.push({ method: options.method ?? "GET", accept: options.headers.accept ?? options.headers.Accept });
  return fetch(uri, options);
};
const connected = (headers = {}, options = {}) =>
  new Client({
    url: demo.url,
    exchanges: [cacheExchange, fetchExchange],
    fetchOptions: { headers },
    fetch: noted,
    ...options,
  });
const bearer = (token) => ({ authorization: `Bearer ${token}` });
const data = (result) => {
  if (result.error) throw result.error;
  return result.data;
};
const refused = ({ data, error, operation }) => ({
  data: data ?? null,
  codes: demo.codes(error.graphQLErrors),
  status: error.response.status,
});

async function signedIn(email) {
  return data(await connected().mutation(demo.SIGN_IN, { email, password: demo.PASSWORD })).signIn;
}

async function pages(client) {
  const found = [];
  let after = null;
  do {
    const { clients } = data(await client.query(demo.CLIENTS, { first: 3, after }));
    found.push(clients.nodes.map((node) => node.name));
    after = clients.pageInfo.hasNextPage ? clients.pageInfo.endCursor : null;
  } while (after);
  return found;
}

const session = await signedIn(demo.ADA);
const ada = connected(bearer(session.accessToken));
const hedda = bearer((await signedIn(demo.HEDDA)).accessToken);

const listed = await pages(ada);
const searched = data(await ada.query(demo.CLIENTS, { first: 10, search: "ÆRØ" })).clients.nodes;
const node = data(await ada.query(demo.CLIENT, { id: searched[0].id })).node;
const wallets = await ada.query(demo.WALLETS, {});

const { viewer } = data(await connected(hedda).query(demo.ME, {}));
const chosen = [];
for (const { id } of viewer.memberships) {
  chosen.push(data(await connected({ ...hedda, "x-acting-as": id }).query(demo.ME, {})).viewer.actingAs.name);
}

const { accessToken, refreshToken } = data(await ada.mutation(demo.REFRESH, { token: session.refreshToken })).refresh;
const fresh = connected(bearer(accessToken));
const me = data(await fresh.query(demo.ME, {}));
const out = data(await fresh.mutation(demo.SIGN_OUT, { token: refreshToken }));

const before = sent.length;
const getting = connected(bearer(accessToken), { preferGetMethod: true });
const got = await pages(getting);
const changed = refused(await getting.mutation(demo.REFRESH, { token: refreshToken }));
const methods = sent.slice(before).map((request) => request.method);

demo.say({
  accepts: [...new Set(sent.map((request) => request.accept))],
  pages: listed,
  searched: searched.map((each) => each.name),
  node: node.name,
  denied: {
    balances: wallets.data.clients.nodes.map((each) => each.wallet?.balance.amount ?? null),
    codes: demo.codes(wallets.error.graphQLErrors),
  },
  acting: { unsaid: viewer.actingAs.name, chosen },
  refreshed: me.viewer.user.name,
  signedOut: out.signOut.ended,
  afterSignOut: refused(await fresh.mutation(demo.REFRESH, { token: refreshToken })),
  spoiltToken: refused(await connected(bearer("spoilt")).query(demo.ME, {})),
  byGet: { pages: got, changed, methods },
});
