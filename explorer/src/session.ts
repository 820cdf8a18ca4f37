/** A person who sends requests. The access token is in memory only. */

import type { Entry } from "./entries";
import { type Answer, type Asked, Plain, post, Refusal, type Reply, type Tokens } from "./gateway";

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
  readonly #entry: Entry;

  constructor(entry: Entry) {
    this.#entry = entry;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly state = (): State => this.#state;

  /** Throws an Error with the gateway's own sentence. */
  async signIn(email: string, password: string): Promise<void> {
    await this.#renewal?.catch(() => {});
    const tokens = await this.#entry.begin(email, password);
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
    const tokens = await this.#entry.renew().catch(() => null);
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
    if (hadTokens) await this.#entry.end().catch(() => {});
  }

  actFor(id: string): void {
    const { person } = this.#state;
    const acting = person?.memberships.find((membership) => membership.id === id);
    if (person && acting) this.#show({ person: { ...person, acting }, notice: "" });
  }

  /** Sends the request as the present person; `given` headers replace those of the session. */
  async ask(asked: Asked, given: Record<string, string> = {}): Promise<Reply> {
    const { person } = this.#state;
    if (this.#tokens && Date.parse(this.#tokens.expiresAt) - Date.now() < EARLY) await this.#renewed();
    const tokens = this.#tokens;
    let reply = await this.#posted(asked, given);
    if (reply.facts.status === 401 && tokens && !new Headers(given).has("Authorization")) {
      if (tokens === this.#tokens) await this.#renewed();
      reply = await this.#posted(asked, given);
    }
    if (person !== this.#state.person) throw new Plain("Another person has signed in meanwhile. Send the request again.");
    return reply;
  }

  #posted(asked: Asked, given: Record<string, string>): Promise<Reply> {
    const headers = new Headers();
    if (this.#tokens) headers.set("Authorization", `Bearer ${this.#tokens.accessToken}`);
    // The organisation is one of the person's, and means nothing to the owner of another token.
    const acting = new Headers(given).has("Authorization") ? null : this.#state.person?.acting;
    if (this.#tokens && acting) headers.set("X-Acting-As", acting.id);
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
      this.#tokens = await this.#entry.renew();
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
