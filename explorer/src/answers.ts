/** What the requests of each tab led to, and the second person as whom queries are sent. */

import { type Answer, type Asked, type Facts, Plain } from "./gateway";
import { filled, learnFrom, operationOf } from "./known";
import { isIntrospection, sorted } from "./schema";
import type { Session } from "./session";

/** One answer, or in its place a sentence. */
export interface Exchange {
  readonly answer: Answer | null;
  readonly facts: Facts | null;
  readonly problem: string;
}

export interface Outcome {
  readonly first: Exchange;
  readonly second: Exchange | null;
  readonly filled: readonly string[];
}

type Given = Record<string, string>;

const ONCE = "Only queries are sent a second time. This operation was sent as the first person alone.";
const OF_ONE = ["authorization", "x-acting-as"]; // headers that say who sends the request

export class Answers {
  /** The tab that is open: the editor shows an answer there, in whichever it was sent. */
  tab = "";
  #outcomes: ReadonlyMap<string, Outcome> = new Map();
  #newest = 0;
  readonly #listeners = new Set<() => void>();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly outcomes = (): ReadonlyMap<string, Outcome> => this.#outcomes;

  forget(): void {
    this.#newest += 1;
    this.#keep(new Map());
  }

  /** For another second person, or none: the answers of the first stay. */
  forgetSecond(): void {
    this.#newest += 1;
    this.#keep(new Map([...this.#outcomes].map(([tab, outcome]) => [tab, { ...outcome, second: null }])));
  }

  /** Sends the request as `first`, and a query also as `second`. Throws a Plain error if `first` has no answer. */
  async to(asked: Asked, given: Given, first: Session, second: Session | null): Promise<Answer> {
    if (isIntrospection(asked)) return sorted((await first.ask(asked, given)).answer);
    const run = (this.#newest += 1);
    const request = filled(asked);
    const priced = { ...request.asked, extensions: { cost: true } };
    const [one, two] = await Promise.all([
      exchanged(first, priced, given),
      second && (isQuery(asked) ? exchanged(second, priced, impersonal(given)) : failed(ONCE)),
    ]);
    learnFrom(one.answer?.data);
    if (run === this.#newest) {
      this.#keep(new Map(this.#outcomes).set(this.tab, { first: one, second: two, filled: request.names }));
    }
    if (!one.answer) throw new Plain(one.problem);
    return shown(one.answer);
  }

  #keep(outcomes: ReadonlyMap<string, Outcome>): void {
    this.#outcomes = outcomes;
    for (const listener of this.#listeners) listener();
  }
}

/** The answer without the cost, which the document did not select. */
export function shown({ extensions, ...answer }: Answer): Answer {
  const { cost: _, ...others } = extensions ?? {};
  return Object.keys(others).length ? { ...answer, extensions: others } : answer;
}

async function exchanged(session: Session, asked: Asked, given: Given): Promise<Exchange> {
  try {
    return { ...(await session.ask(asked, given)), problem: "" };
  } catch (error) {
    return failed(error instanceof Error ? error.message : String(error));
  }
}

const failed = (problem: string): Exchange => ({ answer: null, facts: null, problem });

const isQuery = (asked: Asked): boolean => (operationOf(asked)?.operation ?? "query") === "query";

const impersonal = (given: Given): Given =>
  Object.fromEntries(Object.entries(given).filter(([name]) => !OF_ONE.includes(name.toLowerCase())));
