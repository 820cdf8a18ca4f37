/** The bar above the editor: who asks, for which organisation, and who else could. */

import { type FormEvent, useEffect, useRef, useState } from "react";

import type { Membership, Session, State } from "./session";

/** Somebody of the demo, whom one click signs in. */
export interface Guest {
  readonly name: string;
  readonly email: string;
  readonly password: string;
  readonly what: string;
}

interface Props {
  readonly session: Session;
  readonly state: State;
  readonly guests: readonly Guest[];
  /** The page of the mails that the demo would have sent. */
  readonly mails: string | null;
  readonly hint: string;
}

export function Bar({ session, state, guests, mails, hint }: Props) {
  const { person, notice } = state;
  const opener = useRef<HTMLButtonElement>(null);
  const panel = useRef<HTMLDivElement>(null);

  useEffect(() => {
    if (guests.length > 0 && !session.state().person) panel.current?.showPopover();
  }, [guests, session]);

  const close = (): void => {
    panel.current?.hidePopover();
    opener.current?.focus();
  };

  return (
    <header className="bar">
      <h1>Partner gateway</h1>
      <p role="status">{notice || hint}</p>
      <a href="/matrix">Policy</a>
      {mails && <a href={mails}>Mails</a>}
      {person && <Acting session={session} memberships={person.memberships} acting={person.acting} />}
      <button ref={opener} className="who" type="button" popoverTarget="who" aria-haspopup="dialog">
        <Initial name={person?.name} />
        {person?.name ?? "Nobody"}
        <span aria-hidden="true">▾</span>
      </button>
      {person && (
        <button type="button" onClick={() => void session.signOut()}>
          Sign out
        </button>
      )}
      <div ref={panel} id="who" className="panel" popover="auto" role="dialog" aria-labelledby="who-asks">
        <h2 id="who-asks">Who asks?</h2>
        <SignIn session={session} state={state} guests={guests} close={close} />
      </div>
    </header>
  );
}

export function Acting({ session, memberships, acting }: { session: Session; memberships: readonly Membership[]; acting: Membership | null }) {
  if (!acting) return <p className="acting">Belongs to no organisation</p>;
  if (memberships.length === 1) return <p className="acting">{inWords(acting)}</p>;
  return (
    <label className="acting">
      Acts for{" "}
      <select value={acting.id} onChange={(event) => session.actFor(event.target.value)}>
        {memberships.map((membership) => (
          <option key={membership.id} value={membership.id}>
            {inWords(membership)}
          </option>
        ))}
      </select>
    </label>
  );
}

function SignIn({ session, state, guests, close }: { session: Session; state: State; guests: readonly Guest[]; close: () => void }) {
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);

  const attempt = async (act: () => Promise<void>): Promise<boolean> => {
    if (busy) return false;
    setBusy(true);
    setProblem("");
    try {
      await act();
      close();
      return true;
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
      return false;
    } finally {
      setBusy(false);
    }
  };

  const submit = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const form = event.currentTarget;
    const typed = new FormData(form);
    if (await attempt(() => session.signIn(String(typed.get("email")), String(typed.get("password"))))) form.reset();
  };

  return (
    <div aria-busy={busy}>
      {guests.length > 0 && (
        <ul className="guests">
          <Choice name="Nobody" what="Asks without signing in." current={!state.person} choose={() => attempt(() => session.signOut())} />
          {guests.map((guest) => (
            <Choice
              key={guest.email}
              name={guest.name}
              what={guest.what}
              current={state.person?.email === guest.email}
              choose={() => attempt(() => session.signIn(guest.email, guest.password))}
            />
          ))}
        </ul>
      )}
      <form onSubmit={(event) => void submit(event)}>
        <label>
          E-mail
          <input name="email" type="email" autoComplete="username" required />
        </label>
        <label>
          Password
          <input name="password" type="password" autoComplete="current-password" required />
        </label>
        <button type="submit">Sign in</button>
      </form>
      <p className="problem" role="alert">
        {problem}
      </p>
      <p className="small">Tokens stay in this page’s memory. A cookie that no script can read keeps the session until you sign out.</p>
    </div>
  );
}

function Choice({ name, what, current, choose }: { name: string; what: string; current: boolean; choose: () => Promise<boolean> }) {
  return (
    <li>
      <button type="button" aria-current={current || undefined} onClick={() => void choose()}>
        <Initial name={name === "Nobody" ? undefined : name} />
        <span>
          <strong>{name}</strong>
          <small>{what}</small>
        </span>
      </button>
    </li>
  );
}

function Initial({ name }: { name: string | undefined }) {
  return (
    <span className={name ? "initial" : "initial nobody"} aria-hidden="true">
      {name?.[0] ?? "–"}
    </span>
  );
}

export const inWords = ({ name, role }: Membership): string => `${name} · ${role.toLowerCase()}`;
