// urql and hidden values, with its document cache and with the normalised one: a list by pages, the same from the cache, a mutation.

import { Client, cacheExchange, fetchExchange, mapExchange } from "@urql/core";
import { cacheExchange as normalised } from "@urql/exchange-graphcache";

import * as demo from "./demo.mjs";

const [, token] = process.argv.slice(2);
let sent = 0;
const connected = (cache, hidden) =>
  new Client({
    url: demo.url,
    exchanges: [
      cache,
      mapExchange({
        onOperation: (operation) =>
          hidden && operation.kind === "query" ? { ...operation, extensions: { hidden } } : operation,
      }),
      fetchExchange,
    ],
    fetchOptions: { headers: { authorization: `Bearer ${token}` } },
    fetch: (uri, options) => {
      sent += 1;
      return fetch(uri, options);
    },
  });
const withoutKeys = ["HiddenField", "Requirement", "Wallet", "Money", "ClientConnection", "FirmMemberConnection", "PageInfo"];
const keys = Object.fromEntries(withoutKeys.map((name) => [name, () => null]));
const caches = { document: () => cacheExchange, normalised: () => normalised({ keys }) };

const seen = {};
for (const [name, cache] of Object.entries(caches)) {
  const ada = connected(cache(), "none");
  const pages = [];
  let after = null;
  let limited;
  do {
    const { data, error } = await ada.query(demo.ROWS, { first: 3, after });
    if (error) throw error;
    pages.push(data.clients.nodes.map((row) => [row.name, demo.balance(row)]));
    limited ??= data.clients.nodes[1];
    after = data.clients.pageInfo.hasNextPage ? data.clients.pageInfo.endCursor : null;
  } while (after);

  const before = sent;
  const cached = await ada.query(demo.ROWS, { first: 3, after: null });
  const fromCache = { rows: cached.data.clients.nodes.map(demo.balance), sent: sent - before };

  const input = { clients: [limited.id], members: limited.accountManagers.nodes.map(({ id }) => id) };
  const mutated = await ada.mutation(demo.ASSIGN, { input });
  const again = await ada.query(demo.ROWS, { first: 3, after: null });

  seen[name] = {
    pages,
    fromCache,
    mutated: { error: mutated.error ?? null, balances: mutated.data.assignManagers.clients.map(demo.balance) },
    after: again.data.clients.nodes.map(demo.balance),
  };
}

const each = await connected(cacheExchange, "each").query(demo.ROWS, { first: 10 });
seen.each = { rows: each.data.clients.nodes.length, paths: each.error.graphQLErrors.map(({ path }) => path.join(".")) };

demo.say(seen);
