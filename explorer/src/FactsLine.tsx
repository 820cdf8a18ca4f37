/** Status, time, size, cost, request id, errors and hidden cells of one answer. */

import type { Exchange } from "./answers";
import type { Fault } from "./gateway";

export function FactsLine({ exchange, filled = [] }: { exchange: Exchange; filled?: readonly string[] }) {
  const { answer, facts, problem } = exchange;
  if (!answer || !facts) {
    return (
      <p className="problem" role="alert">
        {problem}
      </p>
    );
  }
  const faults = answer.errors ?? [];
  const hidden = faults.filter(isHidden);
  const errors = faults.length - hidden.length;
  const cost = answer.extensions?.cost;
  return (
    <>
      <dl className="facts">
        <Fact name="Status" value={String(facts.status)} />
        <Fact name="Time" value={`${NUMBER.format(facts.milliseconds)} ms`} />
        <Fact name="Size" value={inBytes(facts.bytes)} />
        <Fact name="Cost" value={cost ? `${NUMBER.format(cost.requested)} of ${NUMBER.format(cost.limit)}` : "not measured"} />
        <Fact name="Errors" value={String(errors)} className={errors ? "wrong" : ""} />
        <Fact name="Request" value={facts.requestId} className="id" />
        {filled.length > 0 && <Fact name="Filled in" value={filled.map((name) => `$${name}`).join(", ")} />}
      </dl>
      {hidden.length > 0 && <Hidden faults={hidden} />}
    </>
  );
}

function Fact({ name, value, className = "" }: { name: string; value: string; className?: string }) {
  return (
    <div className={className}>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

/** An error covers all cells of one type, field and reason; `count` is their number. */
function Hidden({ faults }: { faults: readonly Fault[] }) {
  const cells = faults.reduce((sum, { extensions }) => sum + (extensions?.count ?? 1), 0);
  return (
    <details className="hidden-cells">
      <summary>
        <span className="badge">{cells}</span> hidden {cells === 1 ? "cell" : "cells"}
      </summary>
      <ul>
        {faults.map(({ extensions: { type, field, reason, count } = {} }) => (
          <li key={`${type}.${field} ${reason}`}>
            <code>
              {type}.{field}
            </code>{" "}
            {reason} × {count ?? 1}
          </li>
        ))}
      </ul>
    </details>
  );
}

const isHidden = ({ extensions }: Fault): boolean => extensions?.code === "FIELD_NOT_PERMITTED";

const NUMBER = new Intl.NumberFormat("en");

const inBytes = (bytes: number): string =>
  bytes < 1000 ? `${bytes} B` : `${NUMBER.format(Math.round(bytes / 100) / 10)} kB`;
