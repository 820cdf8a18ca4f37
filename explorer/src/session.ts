/** Who asks: signs in and out, keeps the tokens in memory and nowhere else, and renews them. */

export interface Membership {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly role: string;
}

export interface Person {
  readonly name: string;
  readonly email: string;
  readonly memberships: readonly Membership[];
  readonly acting: Membership | null;
}

/** What the page shows. Whenever somebody else asks, or for another organisation, `person` is another object. */
export interface State {
  readonly person: Person | null;
  readonly notice: string;
}

export interface Asked {
  query: string;
  operationName?: string | null;
  variables?: unknown;
}

export interface Answer<Data = Record<string, unknown>> {
  data?: Data | null;
  errors?: { message: string; extensions?: { code?: string; memberships?: Membership[] } }[];
}

interface Tokens {
  accessToken: string;
  expiresAt: string;
  refreshToken: string;
}

interface Viewer {
  user: { name: string; email: string };
  actingAs: { id: string } | null;
  memberships: Membership[];
}

const TOKENS = "{ accessToken expiresAt refreshToken }";
const SIGN_IN = `mutation SignIn($input: SignInInput!) { session: signIn(input: $input) ${TOKENS} }`;
const REFRESH = `mutation Refresh($input: RefreshInput!) { session: refresh(input: $input) ${TOKENS} }`;
const SIGN_OUT = "mutation SignOut($input: SignOutInput!) { signOut(input: $input) { signedOut } }";
const WHO = "query Who { viewer { user { name email } actingAs { id } memberships { id name kind role } } }";

const EARLY = 30_000; // milliseconds before the end of a token at which a new one is fetched
const NOBODY: State = { person: null, notice: "" };

export class Session {
  #state: State = NOBODY;
  #tokens: Tokens | null = null;
  #renewal: Promise<void> | null = null;
  readonly #listeners = new Set<() => void>();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly state = (): State => this.#state;

  /** Throws an Error with the gateway's own sentence. */
  async signIn(email: string, password: string): Promise<void> {
    const tokens = await this.#tokensFor(SIGN_IN, { email, password });
    await this.signOut();
    this.#tokens = tokens;
    try {
      this.#show({ person: await this.#introduced(), notice: "" });
    } catch (error) {
      this.#tokens = null;
      throw error;
    }
  }

  /** Nobody asks from now on, whether the gateway hears of it or not. */
  async signOut(): Promise<void> {
    await this.#renewal?.catch(() => {});
    const tokens = this.#tokens;
    this.#forget("");
    if (tokens) await post({ query: SIGN_OUT, variables: { input: { refreshToken: tokens.refreshToken } } }).catch(() => {});
  }

  actFor(id: string): void {
    const { person } = this.#state;
    const acting = person?.memberships.find((membership) => membership.id === id);
    if (person && acting) this.#show({ person: { ...person, acting }, notice: "" });
  }

  /** Asks as the present person; `given` headers go before our own. */
  async ask(asked: Asked, given: Record<string, string> = {}): Promise<Answer> {
    const { person } = this.#state;
    if (this.#tokens && Date.parse(this.#tokens.expiresAt) - Date.now() < EARLY) await this.#renewed();
    const tokens = this.#tokens;
    let { status, answer } = await this.#posted(asked, given);
    if (status === 401 && tokens && !new Headers(given).has("Authorization")) {
      if (tokens === this.#tokens) await this.#renewed();
      ({ answer } = await this.#posted(asked, given));
    }
    if (person !== this.#state.person) throw new Error("Somebody else asks by now: run it again.");
    return answer;
  }

  #posted(asked: Asked, given: Record<string, string>): Promise<{ status: number; answer: Answer }> {
    const headers = new Headers();
    if (this.#tokens) headers.set("Authorization", `Bearer ${this.#tokens.accessToken}`);
    if (this.#tokens && this.#state.person?.acting) headers.set("X-Acting-As", this.#state.person.acting.id);
    for (const [name, value] of Object.entries(given)) headers.set(name, value);
    return post(asked, headers);
  }

  /** One renewal for all who wait: a refresh token works once. */
  #renewed(): Promise<void> {
    this.#renewal ??= this.#renew().finally(() => (this.#renewal = null));
    return this.#renewal;
  }

  async #renew(): Promise<void> {
    try {
      this.#tokens = await this.#tokensFor(REFRESH, { refreshToken: this.#tokens?.refreshToken ?? "" });
    } catch (error) {
      if (error instanceof Refusal) this.#forget("Your session has ended. Sign in again.");
      throw error;
    }
  }

  async #tokensFor(query: string, input: Record<string, string>): Promise<Tokens> {
    const { answer } = await post<{ session: Tokens | null }>({ query, variables: { input } });
    const session = answer.data?.session;
    if (!session) throw new Refusal(answer);
    return session;
  }

  /** Who has several organisations and names none is told them instead: then the first is named. */
  async #introduced(): Promise<Person> {
    const first = await this.#who();
    const choice = first.errors?.[0]?.extensions?.memberships?.[0];
    const { viewer } = (choice ? await this.#who(choice.id) : first).data ?? {};
    if (!viewer) throw new Refusal(first);
    const { user, actingAs, memberships } = viewer;
    return { ...user, memberships, acting: memberships.find(({ id }) => id === actingAs?.id) ?? null };
  }

  async #who(acting?: string): Promise<Answer<{ viewer: Viewer | null }>> {
    const given: Record<string, string> = acting ? { "X-Acting-As": acting } : {};
    return (await this.#posted({ query: WHO }, given)).answer as Answer<{ viewer: Viewer | null }>;
  }

  #forget(notice: string): void {
    this.#tokens = null;
    this.#show({ person: null, notice });
  }

  #show(state: State): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}

/** The gateway's no, in its own words. */
class Refusal extends Error {
  constructor(answer: Answer<unknown>) {
    super(answer.errors?.[0]?.message ?? "The gateway did not say why.");
  }
}

async function post<Data>(asked: Asked, headers = new Headers()): Promise<{ status: number; answer: Answer<Data> }> {
  headers.set("Content-Type", "application/json");
  headers.set("Accept", "application/graphql-response+json, application/json;q=0.9");
  const response = await fetch("graphql", { method: "POST", headers, body: JSON.stringify(asked) });
  return { status: response.status, answer: (await response.json()) as Answer<Data> };
}
