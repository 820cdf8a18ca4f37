/** Requests to the gateway, with the facts of each response. */

export interface Asked {
  query: string;
  operationName?: string | null;
  variables?: unknown;
  extensions?: Record<string, unknown>;
}

export interface Fault {
  message: string;
  extensions?: { code?: string; type?: string; field?: string; reason?: string; count?: number };
}

export interface Answer<Data = Record<string, unknown>> {
  data?: Data | null;
  errors?: Fault[];
  extensions?: { cost?: { requested: number; limit: number } } & Record<string, unknown>;
}

/** What a response tells besides its content. `bytes` are those of the body, before compression. */
export interface Facts {
  readonly status: number;
  readonly milliseconds: number;
  readonly bytes: number;
  readonly requestId: string;
}

export interface Reply<Data = Record<string, unknown>> {
  readonly answer: Answer<Data>;
  readonly facts: Facts;
}

export interface Tokens {
  readonly accessToken: string;
  readonly expiresAt: string;
}

export const AWAY = "The gateway does not answer. Check that it runs, then send the request again.";
const PROXY = [502, 503, 504]; // with a page of a proxy: the gateway behind it is away

/** An error with a sentence for the person, without a stack. */
export class Plain extends Error {
  constructor(message: string) {
    super(message);
    delete this.stack;
  }
}

/** The gateway's refusal, in its own words. */
export class Refusal extends Plain {
  constructor(answer: Answer<unknown>) {
    super(answer.errors?.[0]?.message ?? "The gateway gave no reason.");
  }
}

export async function post<Data>(asked: Asked, headers = new Headers()): Promise<Reply<Data>> {
  headers.set("Accept", "application/graphql-response+json, application/json;q=0.9");
  const begun = performance.now();
  const { response, text } = await received("graphql", asked, headers);
  const facts: Facts = {
    status: response.status,
    milliseconds: Math.round(performance.now() - begun),
    bytes: new TextEncoder().encode(text).length,
    requestId: response.headers.get("X-Request-Id") ?? "",
  };
  return { answer: parsed(response, text) as Answer<Data>, facts };
}

/** The access token of a session. Its refresh token comes with the response, in a cookie. */
export async function tokensFrom(path: string, credentials: Record<string, string> = {}): Promise<Tokens> {
  const { response, text } = await received(path, credentials, new Headers());
  if (response.status === 204) throw new Refusal({});
  const answer = parsed(response, text) as Tokens & Answer;
  if (!response.ok) throw new Refusal(answer);
  return answer;
}

async function received(path: string, body: object, headers: Headers): Promise<{ response: Response; text: string }> {
  headers.set("Content-Type", "application/json");
  try {
    const response = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
    return { response, text: await response.text() };
  } catch (error) {
    // fetch has one kind of error for all that keeps a response away.
    throw error instanceof TypeError ? new Plain(AWAY) : error;
  }
}

function parsed(response: Response, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Plain(PROXY.includes(response.status) ? AWAY : `The response is not JSON (HTTP status ${response.status}).`);
  }
}
