/** What usage costs: the prices of today, those that are announced, and those of the past. */

import { type Rate, useRates } from "back-office-client";
import { useState } from "react";

import { lastDays } from "../format";
import { Badge, Button, type Column, Day, Empty, ListStates, Page, Price, Section, Table, Time } from "../ui";
import { UserLink } from "./cells";
import { RateDialog } from "./rate-dialog";

import "./admin.css";

export default function Rates() {
  const rates = useRates();
  const [setting, setSetting] = useState(false);
  const today = lastDays(1).end;
  // They come latest first.
  const present = rates.items.find(({ effective_on: from }) => from <= today);
  const actions = (
    <Button kind="primary" disabled={rates.loading} onClick={() => setSetting(true)}>
      Set prices
    </Button>
  );
  return (
    <Page title="Rates" lead="In US dollars, by days in UTC. What has been charged is never priced again." actions={actions}>
      <Section title="Prices" flush>
        <ListStates list={rates} empty={<Empty>There are no prices yet. Usage cannot be charged until there are.</Empty>}>
          {(items) => <Table caption="Prices" columns={columns(present, today)} rows={items} rowKey={({ effective_on }) => effective_on} />}
        </ListStates>
      </Section>
      {setting && <RateDialog present={present} onClose={() => setSetting(false)} />}
    </Page>
  );
}

function columns(present: Rate | undefined, today: string): readonly Column<Rate>[] {
  return [
    {
      head: "From",
      cell: ({ effective_on: from }) => (
        <span className="beside">
          <Day date={from} />
          {from === present?.effective_on && <Badge tone="good">in force</Badge>}
          {from > today && <Badge tone="info">announced</Badge>}
        </span>
      ),
    },
    { head: "CPU hour", end: true, cell: ({ cpu_hour_usd: price }) => <Price value={price} /> },
    { head: "GPU hour", end: true, cell: ({ gpu_hour_usd: price }) => <Price value={price} /> },
    { head: "GB and month", end: true, cell: ({ storage_gb_month_usd: price }) => <Price value={price} /> },
    {
      head: "Set by",
      cell: ({ created_by: by, created_at: at }) => (
        <span className="two">
          <Actor id={by} />
          <span className="hint">
            <Time at={at} />
          </span>
        </span>
      ),
    },
  ];
}

/** Who did something: a user, an operator at the command line, Stripe, or a machine. */
export function Actor({ id }: { readonly id: string }) {
  return ["operator", "stripe"].includes(id) || id.endsWith("@clients") ? <>{id}</> : <UserLink id={id} />;
}
