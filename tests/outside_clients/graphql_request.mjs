// graphql-request: no cache, and errors thrown unless told otherwise.

import { ClientError, GraphQLClient } from "graphql-request";

import * as demo from "./demo.mjs";

const connected = (headers = {}, options = {}) => new GraphQLClient(demo.url, { headers, ...options });
const bearer = (token) => ({ authorization: `Bearer ${token}` });
const refusal = async (promise) => {
  try {
    await promise;
  } catch (error) {
    if (error instanceof ClientError) return error.response;
    throw error;
  }
  throw new Error("This should have been refused.");
};
const refused = async (promise) => {
  const { status, errors } = await refusal(promise);
  return { status, codes: demo.codes(errors) };
};

async function signedIn(email) {
  return (await connected().request(demo.SIGN_IN, { email, password: demo.PASSWORD })).signIn;
}

async function pages(client) {
  const found = [];
  let after = null;
  do {
    const { clients } = await client.request(demo.CLIENTS, { first: 3, after });
    found.push(clients.nodes.map((node) => node.name));
    after = clients.pageInfo.hasNextPage ? clients.pageInfo.endCursor : null;
  } while (after);
  return found;
}

const session = await signedIn(demo.ADA);
const ada = connected(bearer(session.accessToken));
const hedda = bearer((await signedIn(demo.HEDDA)).accessToken);

const searched = (await ada.request(demo.CLIENTS, { first: 10, search: "ÆRØ" })).clients.nodes;
const node = (await ada.request(demo.CLIENT, { id: searched[0].id })).node;
const all = connected(bearer(session.accessToken), { errorPolicy: "all" });
const wallets = await all.rawRequest(demo.WALLETS);

const { viewer } = await connected(hedda).request(demo.ME);
const chosen = [];
for (const { id } of viewer.memberships) {
  chosen.push((await connected(hedda).request(demo.ME, {}, { "x-acting-as": id })).viewer.actingAs.name);
}

const { accessToken, refreshToken } = (await ada.request(demo.REFRESH, { token: session.refreshToken })).refresh;
const fresh = connected(bearer(accessToken));

demo.say({
  pages: await pages(ada),
  searched: searched.map((each) => each.name),
  node: node.name,
  denied: {
    none: await refused(ada.request(demo.WALLETS)),
    all: {
      balances: wallets.data.clients.nodes.map((each) => each.wallet?.balance.amount ?? null),
      codes: demo.codes(wallets.errors),
    },
  },
  acting: { unsaid: viewer.actingAs.name, chosen },
  refreshed: (await fresh.request(demo.ME)).viewer.user.name,
  signedOut: (await fresh.request(demo.SIGN_OUT, { token: refreshToken })).signOut.ended,
  afterSignOut: await refused(fresh.request(demo.REFRESH, { token: refreshToken })),
  spoiltToken: await refused(connected(bearer("spoilt")).request(demo.ME)),
  batched: await refused(ada.batchRequests([{ document: demo.ME }, { document: demo.ME }])),
  byGet: await pages(connected(bearer(accessToken), { method: "GET" })),
});
