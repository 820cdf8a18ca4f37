// What relay-compiler compiles: a page that goes on by cursor, a card that is asked for again by its id, a mutation.

import { graphql } from "relay-runtime";

graphql`
  query documentsClientsQuery($count: Int!, $cursor: String) {
    ...documents_clients @arguments(count: $count, cursor: $cursor)
  }
`;

graphql`
  fragment documents_clients on Query
  @refetchable(queryName: "documentsClientsPaginationQuery")
  @argumentDefinitions(count: { type: "Int", defaultValue: 3 }, cursor: { type: "String" }) {
    clients(first: $count, after: $cursor) @connection(key: "documents_clients") {
      edges {
        node {
          id
          name
          ...documents_card
        }
      }
    }
  }
`;

graphql`
  fragment documents_card on Client @refetchable(queryName: "documentsCardRefetchQuery") {
    id
    wallet {
      balance {
        amount
      }
    }
  }
`;

graphql`
  query documentsMeQuery {
    viewer {
      user {
        name
      }
      actingAs {
        name
      }
      memberships {
        id
      }
    }
  }
`;

graphql`
  mutation documentsSignInMutation($input: SignInInput!) {
    signIn(input: $input) {
      accessToken
      refreshToken
    }
  }
`;

graphql`
  mutation documentsRefreshMutation($input: RefreshInput!) {
    refresh(input: $input) {
      accessToken
      refreshToken
    }
  }
`;

graphql`
  mutation documentsSignOutMutation($input: SignOutInput!) {
    signOut(input: $input) {
      ended
    }
  }
`;

graphql`
  query documentsRowsQuery($count: Int!, $cursor: String) {
    clients(first: $count, after: $cursor) {
      nodes {
        id
        ...documents_row
        ...documents_strictRow
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`;

graphql`
  fragment documents_row on Client {
    name
    wallet @catch(to: RESULT) {
      balance {
        amount
      }
    }
    hiddenFields {
      field
      reason
      requires {
        fact
        value
      }
    }
    accountManagers(first: 1) {
      nodes {
        id
      }
    }
  }
`;

graphql`
  fragment documents_strictRow on Client @throwOnFieldError {
    name
    wallet {
      balance {
        amount
      }
    }
  }
`;

graphql`
  mutation documentsAssignMutation($input: AssignManagersInput!) {
    assignManagers(input: $input) {
      clients {
        id
        ...documents_row
      }
    }
  }
`;
