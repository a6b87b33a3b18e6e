/** All users: who they are, where they sit, what they have left; and what an administrator does about them. */

import { type ManagedUser, useAdminUsers, type UserFilters } from "back-office-client";
import { useState } from "react";
import { useLocation } from "wouter";

import { sign } from "../decimal";
import { type Column, Empty, ListStates, Money, Page, Section, Table, Time } from "../ui";
import { nameOf, Seat, StatusBadge, UserLink, userPage } from "./cells";
import { ChoiceFilter, ClusterFilter, FilterBar, TextFilter } from "./filter-bar";
import { useFilters } from "./filters";
import { UserActions } from "./user-actions";
import { type Act, UserDialog } from "./user-dialogs";

import "./admin.css";

const FILTERS = ["email", "status", "cluster_id", "account_owner_id"] as const;

export const STATUSES = [
  ["active", "Active"],
  ["suspended", "Suspended"],
  ["deleted", "Deleted"],
] as const;

export default function Users() {
  const [filters, setFilters] = useFilters(FILTERS);
  const [, navigate] = useLocation();
  const users = useAdminUsers(filters as UserFilters);
  const [act, setAct] = useState<Act>();
  // Identity providers write ids with a bar, and no address has one.
  const find = (text: string) => (text.includes("|") ? navigate(userPage(text)) : setFilters({ email: text }));
  const filtered = Object.keys(filters).length > 0;
  const clear = () => setFilters({ email: "", status: "", cluster_id: "", account_owner_id: "" });
  return (
    <Page title="Users" lead="Newest first. Those who wait for a seat are on the page of the clusters, too.">
      <FilterBar label="Filter users" onClear={filtered ? clear : undefined}>
        <TextFilter label="Address or id" value={filters.email} onChange={find} placeholder="ann@example.com, auth0|ann" />
        <ChoiceFilter
          label="Status"
          any="Any status"
          options={STATUSES}
          value={filters.status}
          onChange={(status) => setFilters({ status })}
        />
        <ClusterFilter value={filters.cluster_id} onChange={(cluster_id) => setFilters({ cluster_id })} />
        <TextFilter
          label="Team of"
          value={filters.account_owner_id}
          onChange={(account_owner_id) => setFilters({ account_owner_id })}
          placeholder="The owner's id"
        />
      </FilterBar>
      <Section title={filtered ? "Those who are like this" : "All users"} flush>
        <ListStates list={users} empty={<Empty>{filtered ? "No user is like this." : "Nobody has signed in yet."}</Empty>}>
          {(items) => <Table caption="Users" columns={columns(setAct)} rows={items} rowKey={({ id }) => id} />}
        </ListStates>
      </Section>
      {act && <UserDialog act={act} onClose={() => setAct(undefined)} />}
    </Page>
  );
}

function columns(setAct: (act: Act) => void): readonly Column<ManagedUser>[] {
  return [
    { head: "User", cell: (user) => <Who user={user} /> },
    { head: "Status", cell: (user) => <StatusBadge user={user} /> },
    { head: "Seat", cell: (user) => <Seat user={user} /> },
    { head: "Balance", end: true, cell: (user) => <Balance user={user} /> },
    { head: "Last login", cell: ({ last_login_at: at }) => (at === null ? <span className="hint">never</span> : <Time at={at} relative />) },
    { head: "Actions", unnamed: true, cell: (user) => <UserActions user={user} onAct={setAct} small /> },
  ];
}

function Who({ user }: { readonly user: ManagedUser }) {
  const name = nameOf(user);
  const second = user.email === name || user.email === null ? user.id : user.email;
  return (
    <span className="two">
      <span>
        <UserLink id={user.id} name={name} />
        {user.is_admin && <span className="hint"> · administrator</span>}
      </span>
      {second !== name && <span className="hint">{second}</span>}
    </span>
  );
}

function Balance({ user: { credits, owner } }: { readonly user: ManagedUser }) {
  if (owner) {
    return (
      <span className="hint">
        <UserLink id={owner.id} name={nameOf(owner)} /> pays
      </span>
    );
  }
  if (!credits) return <span className="hint">none</span>;
  return (
    <span className={sign(credits.balance) < 0 ? "owes" : undefined}>
      <Money value={credits.balance} />
    </span>
  );
}
