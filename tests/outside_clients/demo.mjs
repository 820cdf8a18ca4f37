// What every client asks the demo for, and how it tells what it saw.

export const [url] = process.argv.slice(2);
export const PASSWORD = "look-around-2026";
export const ADA = "ada@havlygte-revision.example";
export const HEDDA = "hedda@havlygte-revision.example";

export const SIGN_IN = `
  mutation SignIn($email: EmailAddress!, $password: String!) {
    signIn(input: {email: $email, password: $password}) { accessToken refreshToken }
  }`;

export const REFRESH = `
  mutation Refresh($token: String!) {
    refresh(input: {refreshToken: $token}) { accessToken refreshToken }
  }`;

export const SIGN_OUT = `
  mutation SignOut($token: String!) {
    signOut(input: {refreshToken: $token}) { ended }
  }`;

export const ME = `
  query Me {
    viewer { user { name } actingAs { name } memberships { id } }
  }`;

export const CLIENTS = `
  query Clients($first: Int!, $after: String, $search: String) {
    clients(first: $first, after: $after, search: $search) {
      nodes { id name }
      pageInfo { hasNextPage endCursor }
    }
  }`;

export const WALLETS = `
  query Wallets {
    clients(first: 10) { nodes { id name wallet { balance { amount } } } }
  }`;

export const CLIENT = `
  query Client($id: ID!) {
    node(id: $id) { id ... on Client { name country } }
  }`;

// Rows with hidden values: each row lists which of its fields are hidden, and why.
export const ROWS = `
  query Rows($first: Int!, $after: String) {
    clients(first: $first, after: $after) {
      nodes {
        id
        name
        wallet { balance { amount } }
        hiddenFields { field reason requires { fact value } }
        accountManagers(first: 1) { nodes { id } }
      }
      pageInfo { hasNextPage endCursor }
    }
  }`;

// Whose payload has a hidden value for a client at LIMITED. The managers are assigned already, so nothing changes.
export const ASSIGN = `
  mutation Assign($input: AssignManagersInput!) {
    assignManagers(input: $input) {
      clients { id name wallet { balance { amount } } hiddenFields { field reason requires { fact value } } }
    }
  }`;

// What a table shows of a client's balance: the amount, nothing if there is none, or what would show it.
export const balance = (row) => {
  const hidden = row.hiddenFields.find(({ field }) => field === "wallet");
  if (!hidden) return row.wallet?.balance.amount ?? "empty";
  return `hidden: ${hidden.reason}, ${hidden.requires.map(({ fact, value }) => `${fact} ${value}`).join(", ")}`;
};

export const codes = (errors) => (errors ?? []).map((error) => error.extensions.code);

export const say = (seen) => console.log(JSON.stringify(seen));
