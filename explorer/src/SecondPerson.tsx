/** The choice of a second person of the demo, as whom every query is sent too. */

import { useState } from "react";

import type { Guest } from "./Bar";
import { inMemory } from "./entries";
import { Session } from "./session";

interface Props {
  readonly guests: readonly Guest[];
  readonly choose: (second: Session | null) => void;
}

const NOBODY = "nobody";

export function SecondPerson({ guests, choose }: Props) {
  const [problem, setProblem] = useState("");

  const pick = async (email: string): Promise<void> => {
    setProblem("");
    const guest = guests.find((each) => each.email === email);
    const session = new Session(inMemory());
    try {
      if (guest) await session.signIn(guest.email, guest.password);
      choose(email ? session : null);
    } catch (error) {
      choose(null);
      setProblem(error instanceof Error ? error.message : String(error));
    }
  };

  return (
    <label className="second">
      Compare with{" "}
      <select defaultValue="" onChange={(event) => void pick(event.target.value)}>
        <option value="">no second person</option>
        <option value={NOBODY}>Nobody</option>
        {guests.map(({ email, name }) => (
          <option key={email} value={email}>
            {name}
          </option>
        ))}
      </select>
      {problem && <span role="alert">{problem}</span>}
    </label>
  );
}
