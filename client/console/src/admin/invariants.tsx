/** What breaks a rule that must always hold. */

import { useInvariants, type Violation } from "back-office-client";
import { useEffect } from "react";

import { type Column, ListStates, Page, Section, Table } from "../ui";
import { UserLink } from "./cells";

import "./admin.css";

export default function Invariants() {
  const violations = useInvariants();
  const { items, loading, loadMore, loadingMore, problem } = violations;
  // Among many users a page may hold nothing and not be the last: only the last one says that nothing is wrong.
  const looksOn = items.length === 0 && loadMore !== undefined && !problem;
  useEffect(() => {
    if (looksOn && !loadingMore) loadMore?.();
  }, [looksOn, loadingMore, loadMore]);
  const list = { ...violations, loading: loading || looksOn };
  return (
    <Page title="Invariants" lead="Rules that must hold at any time: of seats, accounts, money and events.">
      <Section title="What does not hold" flush>
        <ListStates list={list} empty={<Well />}>
          {(items) => (
            <Table
              caption="What does not hold"
              columns={COLUMNS}
              rows={items}
              rowKey={({ kind, id, detail }) => `${kind} ${id} ${detail}`}
            />
          )}
        </ListStates>
      </Section>
    </Page>
  );
}

function Well() {
  return (
    <div className="empty well">
      <svg viewBox="0 0 32 32" aria-hidden="true">
        <circle cx="16" cy="16" r="15" />
        <path d="M9.5 16.5l4.5 4.5 8.5-9.5" />
      </svg>
      <p>
        <strong>Nothing is wrong.</strong>
      </p>
      <p>Every rule holds for every user, account and cluster.</p>
    </div>
  );
}

const COLUMNS: readonly Column<Violation>[] = [
  { head: "Rule", cell: ({ kind }) => <code>{kind}</code> },
  { head: "Of", cell: ({ id }) => (id.includes("|") ? <UserLink id={id} /> : <code>{id}</code>) },
  { head: "What is wrong", cell: ({ detail }) => detail },
];
