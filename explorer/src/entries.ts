/** How a session gets its access tokens. */

import { post, Refusal, type Tokens, tokensFrom } from "./gateway";

export interface Entry {
  begin(email: string, password: string): Promise<Tokens>;
  renew(): Promise<Tokens>;
  end(): Promise<void>;
}

/** The session of the page: its refresh token is in a cookie that no script can read, so it survives a reload. */
export const byCookie: Entry = {
  begin: (email, password) => tokensFrom("session", { email, password }),
  renew: () => tokensFrom("session/refresh"),
  end: async () => {
    await fetch("session", { method: "DELETE" });
  },
};

const SIGN_IN = "mutation SignIn($input: SignInInput!) { signIn(input: $input) { accessToken expiresAt refreshToken } }";
const SIGN_OUT = "mutation SignOut($input: SignOutInput!) { signOut(input: $input) { ended } }";

type Opened = Tokens & { refreshToken: string };

/** A session besides that of the page, for a second person: all of it is in memory, and the cookie stays as it is. */
export function inMemory(): Entry {
  let input = { email: "", password: "" };
  let refreshToken = "";

  const renew = async (): Promise<Tokens> => {
    const { answer } = await post<{ signIn: Opened | null }>({ query: SIGN_IN, variables: { input } });
    const opened = answer.data?.signIn;
    if (!opened) throw new Refusal(answer);
    refreshToken = opened.refreshToken;
    return opened;
  };

  return {
    begin: (email, password) => {
      input = { email, password };
      return renew();
    },
    renew,
    end: async () => {
      await post({ query: SIGN_OUT, variables: { input: { refreshToken } } });
    },
  };
}
