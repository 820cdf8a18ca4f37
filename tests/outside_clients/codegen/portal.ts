// A typed program: what it reads, and that it may be null, comes from the schema.

import { GraphQLClient } from "graphql-request";

import { graphql } from "./generated/gql.js";
import type { WalletsQuery } from "./generated/graphql.js";

const WALLETS = graphql(`
  query Wallets($tab: ClientTab, $first: Int!) {
    clients(tab: $tab, first: $first) {
      nodes {
        name
        wallet {
          balance {
            amount
          }
        }
      }
    }
  }
`);

type Client = NonNullable<WalletsQuery["clients"]>["nodes"][number];

declare const process: { argv: string[] };

const [url, token] = process.argv.slice(2) as [string, string];
const portal = new GraphQLClient(url, { headers: { authorization: `Bearer ${token}` }, errorPolicy: "all" });
const answer = await portal.request(WALLETS, { tab: "ALL", first: 10 });
// What the types refuse; tsc would tell if it did not.
const wrong = [
  // @ts-expect-error: a wallet may be hidden, so it must be asked whether it is there
  (client: Client) => client.wallet.balance,
  // @ts-expect-error: nobody asked for it
  (client: Client) => client.country,
  // @ts-expect-error: a page has a size
  () => portal.request(WALLETS, {}),
  // @ts-expect-error: there is no such tab
  () => portal.request(WALLETS, { tab: "EVERYTHING", first: 10 }),
];

const balances = Object.fromEntries(
  (answer.clients?.nodes ?? []).map((client: Client) => [client.name, client.wallet?.balance?.amount ?? null]),
);
console.log(JSON.stringify({ balances, wrong: wrong.length }));
