/** Below the answer: its facts. With a second person, in its place: the answers of both, side by side. */

import { useGraphiQL } from "@graphiql/react";
import { type ReactNode, useEffect, useId, useMemo, useSyncExternalStore } from "react";

import { type Answers, type Exchange, type Outcome, shown } from "./answers";
import { Acting, inWords } from "./Bar";
import { rows } from "./compare";
import { FactsLine } from "./FactsLine";
import type { Session, State } from "./session";

interface Props {
  readonly answers: Answers;
  readonly state: State;
  readonly second: Session | null;
}

export function Results({ answers, state, second }: Props) {
  const tab = useGraphiQL(({ tabs, activeTabIndex }) => tabs[activeTabIndex]?.id ?? "");
  const outcome = useSyncExternalStore(answers.subscribe, answers.outcomes).get(tab);
  useEffect(() => {
    answers.tab = tab;
  }, [answers, tab]);

  return (
    <section className="results" aria-label="Facts of the answer">
      {!second && outcome && (
        <div className="about">
          <FactsLine exchange={outcome.first} filled={outcome.filled} />
        </div>
      )}
      {second && <Compared outcome={outcome} first={labelOf(state)} second={second} />}
    </section>
  );
}

function Compared({ outcome, first, second }: { outcome: Outcome | undefined; first: string; second: Session }) {
  const state = useSyncExternalStore(second.subscribe, second.state);
  const one = outcome?.first ?? null;
  const other = outcome?.second ?? null;
  const lines = useMemo(() => rows(textOf(one), textOf(other)), [one, other]);
  const differences = lines.filter(({ differs }) => differs).length;
  const memberships = state.person?.memberships ?? [];
  return (
    <>
      <p className="count" role="status">
        {one?.answer && other?.answer
          ? `${differences || "No"} ${differences === 1 ? "line differs" : "lines differ"}`
          : "Run a query: it is sent as both persons."}
      </p>
      <div className="compared">
        <Side label={first} exchange={one} filled={outcome?.filled}>
          {other && lines.map(({ one: text, differs }, index) => <Line key={index} text={text} differs={differs} />)}
        </Side>
        <Side
          label={labelOf(state)}
          exchange={other}
          choice={memberships.length > 1 && <Acting session={second} memberships={memberships} acting={state.person?.acting ?? null} />}
        >
          {other && lines.map(({ other: text, differs }, index) => <Line key={index} text={text} differs={differs} />)}
        </Side>
      </div>
    </>
  );
}

interface SideProps {
  readonly label: string;
  readonly exchange: Exchange | null;
  readonly filled?: readonly string[];
  readonly choice?: ReactNode;
  readonly children: ReactNode;
}

function Side({ label, exchange, filled, choice, children }: SideProps) {
  const heading = useId();
  return (
    <section className="side" aria-labelledby={heading}>
      <h2 id={heading}>{label}</h2>
      <div className="about">
        {choice}
        {exchange && <FactsLine exchange={exchange} filled={filled} />}
      </div>
      <pre tabIndex={0} aria-labelledby={heading}>
        {children}
      </pre>
    </section>
  );
}

function Line({ text, differs }: { text: string | null; differs: boolean }) {
  if (text === null) return <span className="line gap"> </span>;
  return differs ? <mark className="line">{text}</mark> : <span className="line">{text}</span>;
}

const textOf = (exchange: Exchange | null): string => (exchange?.answer ? JSON.stringify(shown(exchange.answer), null, 2) : "");

const labelOf = ({ person }: State): string =>
  person ? [person.name, ...(person.acting ? [inWords(person.acting)] : [])].join(" · ") : "Nobody";
