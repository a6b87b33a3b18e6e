/** One user: who they are, where they sit, what they owe and use, and what has been done about them. */

import { type ManagedUser, useAdminUser, useAuditLog, useEvents } from "back-office-client";
import { useState } from "react";
import { Link, useParams } from "wouter";

import { outOfPagePath } from "../location";
import { Empty, ListStates, Page, QueryStates, Section } from "../ui";
import { AuditEntries } from "./audit-entries";
import { nameOf, StatusBadge } from "./cells";
import { EventEntries } from "./event-entries";
import { linkTo } from "./filters";
import { UserActions } from "./user-actions";
import { type Act, UserDialog } from "./user-dialogs";
import { UserCredits, UserProfile, UserSeat, UserUsage } from "./user-parts";

import "./admin.css";

export default function User() {
  const id = outOfPagePath(useParams<{ id: string }>().id);
  return <OneUser key={id} id={id} />;
}

function OneUser({ id }: { readonly id: string }) {
  const user = useAdminUser(id);
  const [act, setAct] = useState<Act>();
  const { data, etag } = user;
  return (
    <Page
      title={data ? nameOf(data) : id}
      lead={data && <StatusBadge user={data} />}
      actions={data && <UserActions user={data} etag={etag} onAct={setAct} />}
    >
      <QueryStates query={user}>{(user) => <Parts key={user.id} user={user} />}</QueryStates>
      {act && <UserDialog act={act} onClose={() => setAct(undefined)} />}
    </Page>
  );
}

function Parts({ user }: { readonly user: ManagedUser }) {
  const owns = user.account_owner_id === null;
  return (
    <>
      <div className="parts">
        <UserProfile user={user} />
        <UserSeat user={user} />
        {owns && user.credits && <UserCredits userId={user.id} />}
      </div>
      <UserUsage userId={user.id} account={owns} />
      <AboutUser userId={user.id} />
      <EventsOf title="Events of the user" subject={`user:${user.id}`} />
      {owns && <EventsOf title="Events of the account" subject={`account:${user.id}`} />}
    </>
  );
}

const SHORT = 5;

function AboutUser({ userId }: { readonly userId: string }) {
  const entries = useAuditLog({ target: userId, limit: SHORT });
  const all = <Link href={linkTo("/admin/audit-log", { target: userId })}>All entries</Link>;
  return (
    <Section title="Audit log" lead="What was changed about the user." actions={all} flush>
      <ListStates list={{ ...entries, loadMore: undefined }} empty={<Empty>Nobody has changed anything about them.</Empty>}>
        {(items) => <AuditEntries entries={items} />}
      </ListStates>
    </Section>
  );
}

interface EventsOfProps {
  readonly title: string;
  readonly subject: string;
}

function EventsOf({ title, subject }: EventsOfProps) {
  const events = useEvents({ subject, limit: SHORT }, { every: 0 });
  const all = <Link href={linkTo("/admin/events", { subject })}>All events</Link>;
  return (
    <Section title={title} actions={all} flush>
      <ListStates list={{ ...events, loadMore: undefined }} empty={<Empty>Nothing in the last seven days.</Empty>}>
        {(items) => <EventEntries events={items} />}
      </ListStates>
    </Section>
  );
}
