/** The person who sends requests. The access token is in memory; the refresh token is in a cookie that no script can read. */

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
  errors?: { message: string; extensions?: { code?: string } }[];
}

interface Tokens {
  accessToken: string;
  expiresAt: string;
}

interface Viewer {
  user: { name: string; email: string };
  actingAs: { id: string } | null;
  memberships: Membership[];
}

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
    await this.#renewal?.catch(() => {});
    const tokens = await tokensFrom("session", { email, password });
    this.#tokens = tokens;
    try {
      this.#show({ person: await this.#introduced(), notice: "" });
    } catch (error) {
      this.#tokens = null;
      throw error;
    }
  }

  /** Goes on with the session that an earlier visit of this page began, if the browser has its cookie. */
  async resume(): Promise<void> {
    const tokens = await tokensFrom("session/refresh").catch(() => null);
    if (!tokens || this.#tokens) return;
    this.#tokens = tokens;
    await this.#introduced().then(
      (person) => this.#show({ person, notice: "" }),
      () => this.#forget(""),
    );
  }

  /** Requests are anonymous from now on, even if the gateway cannot be reached. */
  async signOut(): Promise<void> {
    await this.#renewal?.catch(() => {});
    const hadTokens = this.#tokens !== null;
    this.#forget("");
    if (hadTokens) await fetch("session", { method: "DELETE" }).catch(() => {});
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

  /** One renewal for all requests that wait for it. */
  #renewed(): Promise<void> {
    this.#renewal ??= this.#renew().finally(() => (this.#renewal = null));
    return this.#renewal;
  }

  async #renew(): Promise<void> {
    try {
      this.#tokens = await tokensFrom("session/refresh");
    } catch (error) {
      if (error instanceof Refusal) this.#forget("Your session has ended. Sign in again.");
      throw error;
    }
  }

  async #introduced(): Promise<Person> {
    const answer = (await this.#posted({ query: WHO }, {})).answer as Answer<{ viewer: Viewer | null }>;
    const { viewer } = answer.data ?? {};
    if (!viewer) throw new Refusal(answer);
    const { user, actingAs, memberships } = viewer;
    return { ...user, memberships, acting: memberships.find(({ id }) => id === actingAs?.id) ?? null };
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

/** The access token of a session. Its refresh token comes with the response, in the cookie. */
async function tokensFrom(path: string, credentials?: Record<string, string>): Promise<Tokens> {
  const response = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(credentials ?? {}),
  });
  if (response.status === 204) throw new Refusal({});
  const answer = (await response.json()) as Tokens & Answer;
  if (!response.ok) throw new Refusal(answer);
  return answer;
}

async function post<Data>(asked: Asked, headers = new Headers()): Promise<{ status: number; answer: Answer<Data> }> {
  headers.set("Content-Type", "application/json");
  headers.set("Accept", "application/graphql-response+json, application/json;q=0.9");
  const response = await fetch("graphql", { method: "POST", headers, body: JSON.stringify(asked) });
  return { status: response.status, answer: (await response.json()) as Answer<Data> };
}
