/** The parts of a user's page: profile, seat, credits, usage. */

import { type ManagedUser, useAccounts, useCredits, useUsage } from "back-office-client";
import { type ReactNode, useState } from "react";
import { Link } from "wouter";

import { count, lastDays, plural } from "../format";
import { Badge, Empty, Facts, Money, Quantity, QueryStates, Section, Time } from "../ui";
import { CreditState } from "../user/balance";
import { Chart } from "../user/usage-chart";
import { Retry } from "./accounts";
import { AccountBadge, nameOf, Seat, UserLink } from "./cells";
import { linkTo } from "./filters";

type Fact = readonly [name: string, value: ReactNode];

/** Facts that are known. */
const known = (facts: readonly (Fact | false | null | undefined)[]) => facts.filter((fact): fact is Fact => Boolean(fact));

export function UserProfile({ user }: { readonly user: ManagedUser }) {
  const { id, email, email_verified: verified, owner, team_size: size, metadata, last_login_at: last } = user;
  return (
    <Section title="Profile">
      <Facts
        facts={known([
          ["Id", <code key="id">{id}</code>],
          ["Address", email === null ? "none" : `${email}${verified ? "" : " (not verified)"}`],
          user.is_admin && ["Rights", <Badge key="rights" tone="info">administrator</Badge>],
          owner ? ["Team of", <UserLink key="owner" id={owner.id} name={nameOf(owner)} />] : ["Team", <Team key="team" id={id} size={size} />],
          ["Logins", last === null ? "none" : <>{count(user.login_count)}, last <Time at={last} relative /></>],
          ["Since", <Time key="since" at={user.created_at} />],
          user.deleted_at !== null && ["Deleted", <Time key="deleted" at={user.deleted_at} />],
          user.erased_at !== null && ["Erased", <Time key="erased" at={user.erased_at} />],
        ])}
      />
      {Object.keys(metadata).length > 0 && (
        <details className="folded">
          <summary>Metadata</summary>
          <pre className="json">{JSON.stringify(metadata, null, 2)}</pre>
        </details>
      )}
    </Section>
  );
}

function Team({ id, size }: { readonly id: string; readonly size: number }) {
  if (size === 0) return <>none</>;
  return <Link href={linkTo("/admin/users", { account_owner_id: id })}>{plural(size, "member")}</Link>;
}

export function UserSeat({ user }: { readonly user: ManagedUser }) {
  const { assignment, instance, hopsworks_account: account } = user;
  return (
    <Section title="Seat">
      <Facts
        facts={known([
          ["Cluster", <Seat key="seat" user={user} />],
          assignment && ["Sits there since", <Time key="since" at={assignment.assigned_at} />],
          instance && ["Instance", <Instance key="instance" url={instance.hopsworks_url} status={instance.status} />],
          account && ["Account there", <AccountBadge key="account" state={account.state} />],
          account && ["In this state since", <Time key="in" at={account.since} relative />],
        ])}
      />
      {(account?.state === "stuck" || account?.state === "failing") && <Trouble userId={user.id} />}
    </Section>
  );
}

function Instance({ url, status }: { readonly url: string | null; readonly status: string }) {
  return url === null ? <>{status}</> : <a href={url}>{url}</a>;
}

/** What is wrong with the user's accounts on clusters. */
function Trouble({ userId }: { readonly userId: string }) {
  const { items } = useAccounts({ user_id: userId });
  const troubled = items.filter(({ state }) => state === "stuck" || state === "failing");
  return troubled.map((account) => (
    <div key={account.id} className="note note-warn">
      <div>
        <p>
          On {account.cluster_name}: <code>{account.code}</code>
        </p>
        <p className="hint">{account.detail}</p>
      </div>
      <Retry account={account} />
    </div>
  ));
}

export function UserCredits({ userId }: { readonly userId: string }) {
  const credits = useCredits({ userId });
  return (
    <Section title="Credits">
      <QueryStates query={credits}>
        {({ balance, state, days_left: days, grace_days_left: grace, month_cost: cost, policy, ...totals }) => (
          <>
            <div className="beside">
              <span className="figure">
                <Money value={balance} />
              </span>
              <CreditState state={state} />
            </div>
            <Facts
              facts={known([
                ["Lasts", days === null ? "nothing used lately" : plural(days, "day")],
                grace != null && ["Days of grace left", count(grace)],
                ["This month", <Money key="month" value={cost} />],
                ["Monthly cap", policy.monthly_cap === null ? "none" : <Money key="cap" value={policy.monthly_cap} />],
                ["Bought", <Money key="bought" value={totals.total_purchased} />],
                ["Used", <Money key="used" value={totals.total_used} />],
              ])}
            />
          </>
        )}
      </QueryStates>
    </Section>
  );
}

interface UserUsageProps {
  readonly userId: string;
  /** All that the account pays for. */
  readonly account: boolean;
}

export function UserUsage({ userId, account }: UserUsageProps) {
  const [range] = useState(() => lastDays(30));
  const usage = useUsage(range, "day,project", { userId, scope: account ? "account" : "own" });
  return (
    <Section title="Usage of 30 days" lead={account ? "All that the account pays for, by project." : "By project."}>
      <QueryStates query={usage}>
        {({ groups, totals }) =>
          groups.length === 0 ? (
            <Empty>Nothing was used in these days.</Empty>
          ) : (
            <>
              <Chart groups={groups} totals={totals} range={range} measure={totals.cost_usd === null ? "cpu_hours" : "cost_usd"} />
              <p className="hint">
                In all <Quantity value={totals.cpu_hours} unit="CPU hours" />,{" "}
                <Quantity value={totals.gpu_hours} unit="GPU hours" />,{" "}
                <Quantity value={totals.storage_gb_months} unit="GB months" />.
              </p>
            </>
          )
        }
      </QueryStates>
    </Section>
  );
}
