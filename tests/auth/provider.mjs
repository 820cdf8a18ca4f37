// An OpenID provider for tests: node-oidc-provider on a loopback port, with its own pages to sign in and to consent.
// It prints one JSON line with its address, then obeys JSON lines on standard input, each answered by one line.
import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import Provider from "oidc-provider";
import { createMemoryAdapter } from "oidc-provider/lib/adapters/memory_adapter.js";

console.info = console.error; // the library's notices are none of our lines

const [audience, redirectUri] = process.argv.slice(2);
const MAKES = {
  RS256: () => generateKeyPairSync("rsa", { modulusLength: 2048 }),
  ES256: () => generateKeyPairSync("ec", { namedCurve: "P-256" }),
  EdDSA: () => generateKeyPairSync("ed25519"),
};
const accounts = new Map();
const adapter = createMemoryAdapter();
let keys = [];
let names = 0;
let answer;

function addKey(alg) {
  keys = [{ ...MAKES[alg]().privateKey.export({ format: "jwk" }), alg, use: "sig", kid: `key-${++names}` }, ...keys];
}

// A provider cannot change its keys: each rotation makes another one, over the same sessions and grants.
function begin(issuer) {
  const { alg } = keys[0];
  const provider = new Provider(issuer, {
    adapter,
    jwks: { keys },
    clientDefaults: { id_token_signed_response_alg: alg },
    clients: [
      {
        client_id: "portal",
        application_type: "native",
        token_endpoint_auth_method: "none",
        grant_types: ["authorization_code", "refresh_token"],
        redirect_uris: [redirectUri],
      },
    ],
    cookies: { keys: ["only for tests"] },
    scopes: ["openid", "offline_access", "email"],
    claims: { openid: ["sub"], email: ["email", "email_verified"] },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...accounts.get(id)?.claims }) }),
    extraTokenClaims: (_, token) => (accounts.get(token.accountId)?.tells ? accounts.get(token.accountId).claims : {}),
    issueRefreshToken: () => true,
    rotateRefreshToken: true,
    pkce: { required: () => true },
    ttl: Object.fromEntries(
      ["AccessToken", "AuthorizationCode", "Grant", "IdToken", "Interaction", "RefreshToken", "Session"].map(
        (what) => [what, 600],
      ),
    ),
    features: {
      devInteractions: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => audience,
        useGrantedResource: () => true,
        getResourceServerInfo: (_, resource) => ({
          scope: "",
          audience: resource,
          accessTokenTTL: 600,
          accessTokenFormat: "jwt",
          jwt: { sign: { alg } },
        }),
      },
    },
  });
  answer = provider.callback();
}

const OBEYS = {
  account: ({ id, tells = true, ...claims }) => accounts.set(id, { tells, claims }),
  rotate: ({ alg }) => addKey(alg),
  retire: () => (keys = keys.slice(0, 1)),
};

addKey("RS256");
const server = createServer((request, response) => answer(request, response));
server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  begin(issuer);
  console.log(JSON.stringify({ issuer }));
  const lines = createInterface({ input: process.stdin });
  lines.on("line", (line) => {
    const { what, ...given } = JSON.parse(line);
    OBEYS[what](given);
    if (what !== "account") begin(issuer);
    console.log(JSON.stringify({ keys: keys.map(({ kid }) => kid) }));
  });
  lines.on("close", () => process.exit(0));
});
