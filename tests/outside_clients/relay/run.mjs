// Relay's runtime over what its compiler made: a connection that grows by cursors, and a refetch by node(id).

import { createRequire } from "node:module";

import relay from "relay-runtime";

import * as demo from "./demo.mjs";

const require = createRequire(import.meta.url);
const compiled = (name) => require(`./src/__generated__/documents${name}.graphql.js`);

// A network layer as Relay's guide has it: what comes back is handed on.
const connected = (headers = {}) =>
  new relay.Environment({
    store: new relay.Store(new relay.RecordSource()),
    network: relay.Network.create(async ({ text, name }, variables) => {
      const response = await fetch(demo.url, {
        method: "POST",
        headers: { "content-type": "application/json", accept: "application/graphql-response+json", ...headers },
        body: JSON.stringify({ query: text, operationName: name, variables }),
      });
      answers.push(await response.json());
      return answers.at(-1);
    }),
  });
const answers = [];
const bearer = (token) => ({ authorization: `Bearer ${token}` });
const asked = (environment, name, variables = {}) =>
  relay.fetchQuery(environment, compiled(name), variables, { fetchPolicy: "network-only" }).toPromise();
const changed = (environment, name, input) =>
  new Promise((resolve, reject) =>
    relay.commitMutation(environment, {
      mutation: compiled(name),
      variables: { input },
      onCompleted: (response, errors) => resolve({ ...response, codes: demo.codes(errors) }),
      onError: reject,
    }),
  );
const refused = async (promise) => {
  const problem = await promise.then(() => "answered", (error) => error.message);
  return problem === "answered" ? problem : demo.codes(answers.at(-1).errors);
};

async function signedIn(email) {
  return (await changed(connected(), "SignInMutation", { email, password: demo.PASSWORD })).signIn;
}

function listed(environment) {
  const query = relay.createOperationDescriptor(compiled("ClientsQuery"), { count: 3, cursor: null });
  const reference = environment.lookup(query.fragment).data;
  const selector = relay.getSingularSelector(compiled("_clients"), reference);
  return environment.lookup(selector).data.clients;
}

function card(environment, node) {
  return environment.lookup(relay.getSingularSelector(compiled("_card"), node)).data;
}

const session = await signedIn(demo.ADA);
const ada = connected(bearer(session.accessToken));

const query = relay.createOperationDescriptor(compiled("ClientsQuery"), { count: 3, cursor: null });
ada.retain(query);
await asked(ada, "ClientsQuery", { count: 3, cursor: null });
const pages = [listed(ada).edges.map((edge) => edge.node.name)];
while (listed(ada).pageInfo.hasNextPage) {
  await asked(ada, "ClientsPaginationQuery", { count: 3, cursor: listed(ada).pageInfo.endCursor });
  pages.push(listed(ada).edges.map((edge) => edge.node.name));
}
const denied = demo.codes(answers[1].errors);
const cards = listed(ada).edges.map((edge) => card(ada, edge.node));

const [{ node }] = listed(ada).edges;
const again = await asked(ada, "CardRefetchQuery", { id: node.id });
const refetched = card(ada, again.node);

const hedda = bearer((await signedIn(demo.HEDDA)).accessToken);
const { viewer } = await asked(connected(hedda), "MeQuery");
const chosen = [];
for (const { id } of viewer.memberships) {
  chosen.push((await asked(connected({ ...hedda, "x-acting-as": id }), "MeQuery")).viewer.actingAs.name);
}

const renewed = await changed(ada, "RefreshMutation", { refreshToken: session.refreshToken });
const { accessToken, refreshToken } = renewed.refresh;
const fresh = connected(bearer(accessToken));
const me = await asked(fresh, "MeQuery");
const out = await changed(fresh, "SignOutMutation", { refreshToken });

demo.say({
  pages,
  refetched: { sameCard: refetched.id === node.id, balance: refetched.wallet.balance.amount },
  denied: { balances: cards.map((each) => each.wallet?.balance.amount ?? null), codes: denied },
  acting: { unsaid: viewer.actingAs.name, chosen },
  refreshed: me.viewer.user.name,
  signedOut: out.signOut.ended,
  afterSignOut: await changed(fresh, "RefreshMutation", { refreshToken }),
  spoiltToken: await refused(asked(connected(bearer("spoilt")), "MeQuery")),
});
