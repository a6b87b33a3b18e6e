/** Payments that a person must decide about: what Stripe told of, and the ledger does not have. */

import { type ParkedPayment, type PaymentFilters, useParkedPayments } from "back-office-client";
import { useState } from "react";

import { minor } from "../format";
import { Badge, Button, type Column, Empty, ListStates, Page, Section, Table, Time } from "../ui";
import { UserLink } from "./cells";
import { ChoiceFilter, FilterBar, TextFilter } from "./filter-bar";
import { useFilters } from "./filters";
import { PaymentDialog } from "./payment-dialog";

import "./admin.css";

const FILTERS = ["state", "kind", "reason"] as const;

const STATES = [
  ["waiting", "Waiting for their payment"],
  ["recorded", "Recorded"],
  ["undone", "Undone"],
  ["returned", "Returned"],
] as const;

const KINDS = [
  ["payment", "Payments"],
  ["refund", "Refunds"],
  ["dispute", "Disputes"],
] as const;

export default function Payments() {
  const [filters, setFilters] = useFilters(FILTERS);
  const payments = useParkedPayments(filters as PaymentFilters);
  const [deciding, setDeciding] = useState<ParkedPayment>();
  const { state, kind, reason } = filters;
  const clear = () => setFilters({ state: "", kind: "", reason: "" });
  return (
    <Page title="Payments" lead="What Stripe has told of and the ledger cannot take by itself. A person says whose it is.">
      <FilterBar label="Filter payments" onClear={Object.keys(filters).length > 0 ? clear : undefined}>
        <ChoiceFilter label="State" any="Parked" options={STATES} value={state} onChange={(state) => setFilters({ state })} />
        <ChoiceFilter label="Kind" any="Any kind" options={KINDS} value={kind} onChange={(kind) => setFilters({ kind })} />
        <TextFilter label="Reason" placeholder="user_unknown" value={reason} onChange={(reason) => setFilters({ reason })} />
      </FilterBar>
      <Section title={STATES.find(([known]) => known === state)?.[1] ?? "Parked"} flush>
        <ListStates list={payments} empty={<Empty>{state === undefined ? "Nothing is to be decided." : "None."}</Empty>}>
          {(items) => <Table caption="Payments" columns={columns(setDeciding)} rows={items} rowKey={({ id }) => id} />}
        </ListStates>
      </Section>
      {deciding && <PaymentDialog payment={deciding} onClose={() => setDeciding(undefined)} />}
    </Page>
  );
}

function columns(decide: (payment: ParkedPayment) => void): readonly Column<ParkedPayment>[] {
  return [
    { head: "Stripe", cell: (payment) => <InStripe payment={payment} /> },
    { head: "Amount", end: true, cell: ({ amount_minor: amount, currency }) => <span className="number">{minor(amount, currency)}</span> },
    {
      head: "Why",
      cell: ({ reason, state }) =>
        reason === null ? (
          <Badge>{state}</Badge>
        ) : (
          <span className="two">
            <code>{reason}</code>
            {state !== "parked" && <span className="hint">{state}</span>}
          </span>
        ),
    },
    { head: "For", cell: (payment) => <For payment={payment} /> },
    { head: "When", cell: ({ happened_at: at }) => <Time at={at} relative /> },
    {
      head: "Actions",
      unnamed: true,
      cell: (payment) =>
        payment.state === "parked" && (
          <div className="actions">
            <Button small aria-label={`Decide: ${payment.stripe_id}`} onClick={() => decide(payment)}>
              Decide
            </Button>
          </div>
        ),
    },
  ];
}

function InStripe({ payment: { kind, stripe_id: id, payment_intent: intent } }: { readonly payment: ParkedPayment }) {
  return (
    <span className="roomy">
      <code>{id}</code>
      <span className="hint">{kind === "payment" || intent === null ? kind : `${kind} of ${intent}`}</span>
    </span>
  );
}

/** Whose it is, or whom the checkout named. */
function For({ payment: { user_id: user, reference } }: { readonly payment: ParkedPayment }) {
  if (user !== null) return <UserLink id={user} />;
  return reference === null ? <span className="hint">nobody named</span> : <>“{reference}”</>;
}
