/** Where an invite's link leads: who has signed in joins the team. */

import { useAcceptInvite, useMe } from "back-office-client";
import { Link, useParams } from "wouter";

import { outOfPagePath } from "../location";
import { Button, Page, ProblemNote, QueryStates, Section } from "../ui";

export function AcceptInvite() {
  const { token = "" } = useParams<{ token: string }>();
  const me = useMe();
  const accept = useAcceptInvite();
  return (
    <Page title="Join a team">
      <QueryStates query={me}>
        {(me) =>
          me.account_owner_id === null ? (
            <Section title="You are invited">
              <p>
                You are signed in as <strong>{me.email ?? me.name ?? me.id}</strong>. When you join, the owner of the team pays for
                what you use from today on, and you sit on the cluster of the team.
              </p>
              <p className="hint">Invited under another address? Sign out, sign in with that one, and open the link again.</p>
              <div className="actions">
                <Button kind="primary" busy={accept.running} onClick={() => void accept.run(outOfPagePath(token))}>
                  Join the team
                </Button>
                <Link className="button button-plain" href="/">
                  Not now
                </Link>
              </div>
              {accept.problem && <ProblemNote problem={accept.problem} />}
            </Section>
          ) : (
            <Section title={`You are in ${me.owner?.name ?? me.owner?.email ?? "a"}${me.owner ? "’s" : ""} team`}>
              <p>The owner pays for what you use. To join another team, leave this one first.</p>
              <div>
                <Link className="button button-primary" href="/">
                  See where you work
                </Link>
              </div>
            </Section>
          )
        }
      </QueryStates>
    </Page>
  );
}
