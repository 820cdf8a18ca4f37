// The audits of graphql-http: what a server must, should and may do by GraphQL over HTTP.

import { serverAudits } from "graphql-http";

const [url, token] = process.argv.slice(2);
const asked = (address, options) =>
  fetch(address, { ...options, headers: { ...options?.headers, ...(token && { authorization: `Bearer ${token}` }) } });

const seen = {};
for (const audit of serverAudits({ url, fetchFn: asked })) {
  const { status, reason } = await audit.fn();
  seen[`${audit.id} ${audit.name}`] = status === "ok" ? "ok" : `${status}: ${reason}`;
}
console.log(JSON.stringify(seen));
