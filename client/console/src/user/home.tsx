/** The first page: where the user works, what is left, and what was used lately. */

import { useCredits, useMe, type UserState } from "back-office-client";
import { useMemo, useState } from "react";
import { Link } from "wouter";

import * as format from "../format";
import { Facts, Page, QueryStates, Section } from "../ui";
import { Balance } from "./balance";
import { UsageChart } from "./usage-chart";
import { Workplace } from "./workplace";

/** While something is about to change by itself. */
const SOON_MS = 5_000;
const LATER_MS = 30_000;

function changesIn(me: UserState | undefined): number | undefined {
  if (me?.hopsworks_account?.state === "pending") return SOON_MS;
  return me?.waiting_since || me?.hopsworks_account?.state === "failing" ? LATER_MS : undefined;
}

export function Home() {
  const [every, setEvery] = useState<number>();
  const me = useMe({ every });
  const wanted = changesIn(me.data);
  if (wanted !== every) setEvery(wanted);
  return (
    <QueryStates query={me}>
      {(me) => (
        <Page title={me.name ? `Hello, ${me.name}` : "Hello"}>
          <div className="columns">
            <Workplace me={me} />
            {me.account_owner_id === null ? <OwnCredits /> : <OwnersAccount me={me} />}
          </div>
          <LatestUsage me={me} />
        </Page>
      )}
    </QueryStates>
  );
}

function OwnCredits() {
  const credits = useCredits();
  return (
    <Section title="Credits" actions={<Link href="/credits">Details</Link>}>
      <QueryStates query={credits}>{(credits) => <Balance credits={credits} />}</QueryStates>
    </Section>
  );
}

/** Members see who pays, and nothing of the bill. */
function OwnersAccount({ me: { owner } }: { readonly me: UserState }) {
  return (
    <Section title="Your account" actions={<Link href="/team">Team</Link>}>
      <p>You are a member of a team. Its owner pays for what you use.</p>
      <Facts
        facts={[
          ["Owner", owner?.name ?? owner?.email ?? "Unknown"],
          ["Address", owner?.email ?? "None"],
        ]}
      />
    </Section>
  );
}

function LatestUsage({ me }: { readonly me: UserState }) {
  const owner = me.account_owner_id === null;
  const range = useMemo(() => format.lastDays(30), []);
  // A suspended member may see nothing of it.
  if (me.status !== "active" && !owner) return null;
  return (
    <Section
      title="Usage of the last 30 days"
      lead={owner ? "What your account used, by project" : "What you used, by project"}
      actions={<Link href="/usage">More</Link>}
    >
      <UsageChart range={range} scope={owner ? "account" : "own"} measure={owner ? "cost_usd" : "cpu_hours"} />
    </Section>
  );
}
