/** Who waits for a seat, longest first. */

import { type ManagedUser, useAdminUsers } from "back-office-client";
import { useEffect, useState } from "react";

import { plural } from "../format";
import { Button, type Column, Empty, ListStates, Section, Table, Time } from "../ui";
import { nameOf, UserLink } from "./cells";
import { type Act, UserDialog } from "./user-dialogs";

/** So many are looked at before somebody asks for more. */
const LOOKED_AT = 1_000;

export interface WaitingProps {
  /** How many wait, as the API counts them. */
  readonly waitingUsers: number;
}

/** The API has no list of those who wait: they are picked out of the active users, page by page. */
export function Waiting({ waitingUsers }: WaitingProps) {
  const users = useAdminUsers({ status: "active", limit: 200 });
  const [act, setAct] = useState<Act>();
  const { items, loadMore, loadingMore, problem } = users;
  const waiting = items.filter(({ waiting_since: since }) => since !== null).sort(longestFirst);
  const goesOn = waiting.length < waitingUsers && loadMore && !loadingMore && !problem && items.length < LOOKED_AT;
  useEffect(() => {
    if (goesOn) loadMore();
  }, [goesOn, loadMore]);
  const found = waiting.length < waitingUsers ? `${waiting.length} of ${plural(waitingUsers, "user")} found so far.` : undefined;
  const list = { ...users, items: waiting, loading: users.loading || Boolean(goesOn), loadMore: found ? loadMore : undefined };
  return (
    <Section title="Who waits" lead={found ?? "Longest first."} flush>
      {waitingUsers === 0 ? (
        <Empty>Nobody waits for a seat.</Empty>
      ) : (
        <ListStates list={list} empty={<NotFound more={loadMore} />}>
          {(items) => <Table caption="Users who wait for a seat" columns={columns(setAct)} rows={items} rowKey={({ id }) => id} />}
        </ListStates>
      )}
      {act && <UserDialog act={act} onClose={() => setAct(undefined)} />}
    </Section>
  );
}

function NotFound({ more }: { readonly more: (() => void) | undefined }) {
  return <Empty action={more && <Button onClick={more}>Look further</Button>}>None of the newest users waits.</Empty>;
}

const since = (user: ManagedUser) => Date.parse(user.waiting_since ?? "");
const longestFirst = (one: ManagedUser, other: ManagedUser) => since(one) - since(other);

function columns(setAct: (act: Act) => void): readonly Column<ManagedUser>[] {
  return [
    { head: "User", cell: (user) => <UserLink id={user.id} name={nameOf(user)} /> },
    { head: "Waits since", cell: ({ waiting_since: since }) => since !== null && <Time at={since} relative /> },
    { head: "Place", cell: (user) => <Place user={user} /> },
    {
      head: "Actions",
      unnamed: true,
      cell: (user) => (
        <div className="actions">
          <Button small aria-label={`Give a seat: ${nameOf(user)}`} onClick={() => setAct({ kind: "seat", user })}>
            Give a seat
          </Button>
        </div>
      ),
    },
  ];
}

function Place({ user: { place_in_queue: place, owner } }: { readonly user: ManagedUser }) {
  if (place != null) return <>{place === 100 ? "100 or later" : place}</>;
  return owner ? <span className="hint">for a seat beside {nameOf(owner)}</span> : null;
}
