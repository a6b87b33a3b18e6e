/** The account's credits: what is left, the cap, each movement, and the statements of months. */

import { type AccountCredits, type Entry, useCredits, useMe, useTransactions } from "back-office-client";
import { Link } from "wouter";

import * as decimal from "../decimal";
import * as format from "../format";
import { type Column, Empty, Facts, ListStates, Money, Page, Quantity, QueryStates, Section, Table, Time } from "../ui";
import { Balance, Days } from "./balance";
import { CreditLimits } from "./credit-limits";
import { Statements } from "./statements";

export function Credits() {
  const me = useMe();
  if (me.data && me.data.account_owner_id !== null) {
    return (
      <Page title="Credits">
        <Empty action={<Link href="/usage">See what you used</Link>}>
          {me.data.owner?.name ?? me.data.owner?.email ?? "The owner of your account"} pays for what you use, and sees the bill.
        </Empty>
      </Page>
    );
  }
  return <AccountPage suspended={me.data?.status === "suspended"} />;
}

function AccountPage({ suspended }: { readonly suspended: boolean }) {
  const credits = useCredits();
  return (
    <Page title="Credits" lead="What your account has, and what it costs, in US dollars.">
      <div className="columns">
        <Section title="Balance">
          <QueryStates query={credits}>
            {(credits) => (
              <>
                <Balance credits={credits} />
                <Totals credits={credits} />
              </>
            )}
          </QueryStates>
        </Section>
        <Section title="Cap and warning" lead="They hold for you and your team.">
          <CreditLimits disabled={suspended} />
        </Section>
      </div>
      <Statements />
      <Transactions />
    </Page>
  );
}

function Totals({ credits }: { readonly credits: AccountCredits }) {
  return (
    <Facts
      facts={[
        ["Bought", <Money key="bought" value={credits.total_purchased} />],
        ...(decimal.sign(credits.total_adjusted) === 0
          ? []
          : [["Adjusted", <Money key="adjusted" value={credits.total_adjusted} />] as const]),
        ["Used", <Money key="used" value={credits.total_used} />],
        ["CPU hours", <Quantity key="cpu" value={credits.cpu_hours_used} />],
        ["GPU hours", <Quantity key="gpu" value={credits.gpu_hours_used} />],
        ["Storage (GB months)", <Quantity key="storage" value={credits.storage_gb_months} />],
      ]}
    />
  );
}

const KINDS: Record<Entry["kind"], string> = {
  purchase: "Purchase",
  usage: "Usage",
  adjustment: "Adjustment",
  refund: "Refund",
  opening: "Opening balance",
};

const COLUMNS: readonly Column<Entry>[] = [
  { head: "When", cell: ({ created_at }) => <Time at={created_at} /> },
  { head: "What", cell: ({ kind }) => KINDS[kind] },
  { head: "For", cell: (entry) => <For entry={entry} /> },
  { head: "Amount", end: true, cell: ({ amount }) => <Amount value={amount} /> },
  { head: "Balance", end: true, cell: ({ balance_after }) => <Money value={balance_after} /> },
];

function For({ entry: { kind, reference, reason } }: { readonly entry: Entry }) {
  return (
    <span className="two">
      {reference !== null && <span>{kind === "usage" ? <Days days={reference} /> : <code>{reference}</code>}</span>}
      {reason !== null && <span className="hint">{reason}</span>}
    </span>
  );
}

/** With its sign, since some are added and some taken. */
function Amount({ value }: { readonly value: string }) {
  return (
    <span className="number">
      {decimal.sign(value) > 0 && "+"}
      {format.money(value)}
    </span>
  );
}

function Transactions() {
  const transactions = useTransactions();
  return (
    <Section title="Transactions" flush>
      <ListStates list={transactions} empty="Nothing was bought or used yet.">
        {(entries) => <Table caption="Transactions, newest first" columns={COLUMNS} rows={entries} rowKey={({ id }) => id} />}
      </ListStates>
    </Section>
  );
}
