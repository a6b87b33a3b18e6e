/** The console of whoever is signed in; for nobody, the way to sign in. */

import { BackOfficeProvider, createClient, useMe, useReportLogin, type UserState } from "back-office-client";
import { type ReactNode, useEffect, useMemo, useRef, useState } from "react";
import { Router } from "wouter";

import { type Config } from "./config";
import { ConfigContext } from "./config-context";
import { Frame } from "./frame";
import { useHashLocation } from "./location";
import { isSignedOut, type SignIn } from "./sign-in";
import { Stopped } from "./stopped";
import { Button, Loading, ProblemNote } from "./ui";
import { Toasts } from "./ui/toast";

interface AppProps {
  readonly config: Config;
  readonly signIn: SignIn;
}

export function App({ config, signIn }: AppProps) {
  const [ended, setEnded] = useState(false);
  const client = useMemo(() => {
    const token = async () => {
      try {
        return await signIn.token();
      } catch (error) {
        if (isSignedOut(error)) setEnded(true);
        throw error;
      }
    };
    return createClient({ baseUrl: config.api_url, token });
  }, [config, signIn]);
  if (signIn.subject === undefined || ended) return <SignedOut signIn={signIn} ended={ended} />;
  return (
    <ConfigContext value={config}>
      <BackOfficeProvider client={client}>
        <Router hook={useHashLocation}>
          <Toasts>
            <Known signOut={() => void signIn.end()}>{(me) => <Frame me={me} signOut={() => void signIn.end()} />}</Known>
          </Toasts>
        </Router>
      </BackOfficeProvider>
    </ConfigContext>
  );
}

function SignedOut({ signIn, ended }: { readonly signIn: SignIn; readonly ended: boolean }) {
  return (
    <Stopped
      title={ended ? "Your sign-in has ended" : "Hopsworks console"}
      actions={
        <Button kind="primary" onClick={() => void signIn.begin()}>
          Sign in
        </Button>
      }
    >
      {ended ? <p>Sign in again to go on where you were.</p> : <p>Your seat, your team, and what they cost.</p>}
      {signIn.failure !== undefined && (
        <p className="note note-bad" role="alert">
          {signIn.failure}
        </p>
      )}
    </Stopped>
  );
}

interface KnownProps {
  readonly signOut: () => void;
  readonly children: (me: UserState) => ReactNode;
}

/** Whoever signs in for the first time is made known to the API, once. */
function Known({ signOut, children }: KnownProps) {
  const me = useMe();
  const report = useReportLogin();
  const reported = useRef(false);
  const unknown = me.problem?.code === "account_unknown";
  useEffect(() => {
    if (!unknown || reported.current) return;
    reported.current = true;
    void report.run();
  }, [unknown, report]);
  if (me.data !== undefined) return children(me.data);
  const problem = report.problem ?? (unknown ? undefined : me.problem);
  if (problem === undefined) {
    return (
      <main className="stopped">
        <Loading what="Loading your account" />
      </main>
    );
  }
  const closed = problem.code === "account_deleted";
  const again = report.problem ? () => void report.run() : me.retry;
  return (
    <Stopped title={closed ? "This account is closed" : "Your account cannot be shown"} actions={<Button onClick={signOut}>Sign out</Button>}>
      <ProblemNote problem={problem} retry={closed ? undefined : again} />
    </Stopped>
  );
}
