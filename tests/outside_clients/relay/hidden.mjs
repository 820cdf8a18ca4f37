// Relay and hidden values: with an error for each, `@catch` and `@throwOnFieldError` know which value of which row is hidden.

import { createRequire } from "node:module";

import relay from "relay-runtime";

import * as demo from "./demo.mjs";

const require = createRequire(import.meta.url);
const compiled = (name) => require(`./src/__generated__/documents${name}.graphql.js`);
const [, token] = process.argv.slice(2);

const environment = new relay.Environment({
  store: new relay.Store(new relay.RecordSource()),
  network: relay.Network.create(async ({ text, name, operationKind }, variables) => {
    const hidden = operationKind === "query" ? { extensions: { hidden: "each" } } : {};
    const response = await fetch(demo.url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        accept: "application/graphql-response+json",
        authorization: `Bearer ${token}`,
      },
      body: JSON.stringify({ query: text, operationName: name, variables, ...hidden }),
    });
    return response.json();
  }),
});

const looked = (name, reference) => environment.lookup(relay.getSingularSelector(compiled(name), reference));
const shown = (reference) => {
  const { data } = looked("_row", reference);
  const hidden = data.hiddenFields.find(({ field }) => field === "wallet");
  return { name: data.name, ok: data.wallet.ok, reason: hidden?.reason ?? null };
};
const strict = (reference) => (looked("_strictRow", reference).fieldErrors ?? []).map(({ kind }) => kind);

async function page(variables) {
  const query = relay.createOperationDescriptor(compiled("RowsQuery"), variables);
  environment.retain(query);
  await relay.fetchQuery(environment, compiled("RowsQuery"), variables, { fetchPolicy: "network-only" }).toPromise();
  return environment.lookup(query.fragment).data.clients;
}

const first = await page({ count: 3, cursor: null });
const second = await page({ count: 3, cursor: first.pageInfo.endCursor });
const references = [...first.nodes, ...second.nodes];
const rows = references.map(shown);
const strictly = references.map(strict);

const known = relay.createOperationDescriptor(compiled("RowsQuery"), { count: 3, cursor: null });
const cached = environment.check(known).status;

const limited = first.nodes[1];
const members = looked("_row", limited).data.accountManagers.nodes.map(({ id }) => id);
const mutated = await new Promise((resolve, reject) =>
  relay.commitMutation(environment, {
    mutation: compiled("AssignMutation"),
    variables: { input: { clients: [limited.id], members } },
    onCompleted: (response, errors) => resolve({ clients: response.assignManagers.clients.length, errors: errors ?? null }),
    onError: reject,
  }),
);

demo.say({ rows, strictly, cached, mutated, after: shown(limited) });
