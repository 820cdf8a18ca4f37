"""gql, by its HTTPX transports: one call after the other, and asynchronously."""

import asyncio
import json
import sys

from gql import Client, GraphQLRequest, gql
from gql.transport.exceptions import TransportQueryError, TransportServerError
from gql.transport.httpx import HTTPXAsyncTransport, HTTPXTransport

URL = sys.argv[1]
PASSWORD = "look-around-2026"
ADA, HEDDA = "ada@havlygte-revision.example", "hedda@havlygte-revision.example"

SIGN_IN = """
mutation SignIn($email: EmailAddress!, $password: String!) {
  signIn(input: {email: $email, password: $password}) { accessToken refreshToken }
}"""
REFRESH = "mutation ($token: String!) { refresh(input: {refreshToken: $token}) { accessToken refreshToken } }"
SIGN_OUT = "mutation ($token: String!) { signOut(input: {refreshToken: $token}) { ended } }"
ME = "query Me { viewer { user { name } actingAs { name } memberships { id } } }"
CLIENTS = """
query Clients($first: Int!, $after: String, $search: String) {
  clients(first: $first, after: $after, search: $search) { nodes { id name } pageInfo { hasNextPage endCursor } }
}"""
WALLETS = "query Wallets { clients(first: 10) { nodes { name wallet { balance { amount } } } } }"
CLIENT = "query Client($id: ID!) { node(id: $id) { id ... on Client { name } } }"


def connected(headers=None, **options):
    return Client(transport=HTTPXTransport(url=URL, headers=headers), **options)


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def request(document, **variables):
    return GraphQLRequest(document, variable_values=variables)


def codes(errors):
    return [error["extensions"]["code"] for error in errors]


def signed_in(email):
    return connected().execute(request(SIGN_IN, email=email, password=PASSWORD))["signIn"]


def refused(client, asked):
    """What comes of a request that is refused: gql tells the errors of an answer in the shape of GraphQL."""
    try:
        client.execute(asked)
    except TransportQueryError as error:
        return {"codes": codes(error.errors)}
    except TransportServerError as error:
        return {"status": error.code}
    raise AssertionError("This should have been refused.")


def pages(client):
    found, after = [], None
    while True:
        page = client.execute(request(CLIENTS, first=3, after=after))["clients"]
        found.append([node["name"] for node in page["nodes"]])
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]


def chosen(headers):
    """The names of the organisations that one may act for."""
    names = []
    for membership in connected(headers).execute(gql(ME))["viewer"]["memberships"]:
        acting = connected({**headers, "X-Acting-As": membership["id"]})
        names.append(acting.execute(gql(ME))["viewer"]["actingAs"]["name"])
    return names


async def later(headers):
    """The same pages asynchronously, two lists at once over one connection pool."""
    async with Client(transport=HTTPXAsyncTransport(url=URL, headers=headers)) as session:
        asked = [session.execute(request(CLIENTS, first=10, search=search)) for search in ("ÆRØ", "björk")]
        return [[node["name"] for node in answer["clients"]["nodes"]] for answer in await asyncio.gather(*asked)]


def main():
    session = signed_in(ADA)
    ada = connected(bearer(session["accessToken"]))
    hedda = bearer(signed_in(HEDDA)["accessToken"])
    [searched] = ada.execute(request(CLIENTS, first=10, search="ÆRØ"))["clients"]["nodes"]
    node = ada.execute(request(CLIENT, id=searched["id"]))["node"]
    try:
        ada.execute(gql(WALLETS))
    except TransportQueryError as error:
        nodes, told = error.data["clients"]["nodes"], error.errors
    balances = [each["wallet"] and each["wallet"]["balance"]["amount"] for each in nodes]
    unsaid = connected(hedda).execute(gql(ME))["viewer"]["actingAs"]["name"]
    renewed = ada.execute(request(REFRESH, token=session["refreshToken"]))["refresh"]
    fresh = connected(bearer(renewed["accessToken"]))
    introspecting = connected(bearer(renewed["accessToken"]), fetch_schema_from_transport=True)
    me = introspecting.execute(gql(ME))
    seen = {
        "pages": pages(ada),
        "searched": [searched["name"]],
        "node": node["name"],
        "denied": {"balances": balances, "codes": codes(told)},
        "acting": {"unsaid": unsaid, "chosen": chosen(hedda)},
        "refreshed": me["viewer"]["user"]["name"],
        "introspected": "Client" in introspecting.schema.type_map,
        "later": asyncio.run(later(bearer(renewed["accessToken"]))),
        "signedOut": fresh.execute(request(SIGN_OUT, token=renewed["refreshToken"]))["signOut"]["ended"],
        "afterSignOut": refused(fresh, request(REFRESH, token=renewed["refreshToken"])),
        "spoiltToken": refused(connected(bearer("spoilt")), gql(ME)),
    }
    print(json.dumps(seen, ensure_ascii=False))  # noqa: T201 (what it saw is what it is for)


main()
