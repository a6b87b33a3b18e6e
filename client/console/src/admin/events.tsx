/** Events as they happen: newest first, asked for again while somebody looks. */

import { type Event, useEvents } from "back-office-client";
import { useEffect, useRef, useState } from "react";

import { plural } from "../format";
import { Button, Empty, ListStates, Page, Section } from "../ui";
import { EventEntries } from "./event-entries";
import { FilterBar, TextFilter } from "./filter-bar";
import { useFilters } from "./filters";

import "./admin.css";

const FILTERS = ["subject", "type"] as const;
const EVERY_MS = 5_000;

const TYPES = [
  "balance.exhausted",
  "balance.grace_over",
  "balance.low",
  "balance.restored",
  "cap.reached",
  "cluster.full",
  "cluster.has_room",
  "credits.adjusted",
  "credits.purchased",
  "credits.refund_undone",
  "credits.refunded",
  "hopsworks_account.ready",
  "hopsworks_account.stuck",
  "invite.accepted",
  "invite.created",
  "invite.expired",
  "invite.withdrawn",
  "member.joined",
  "member.left",
  "rate.set",
  "user.created",
  "user.deleted",
  "user.erased",
  "user.moved",
  "user.reactivated",
  "user.seated",
  "user.suspended",
  "user.unseated",
  "user.waiting",
];

export default function Events() {
  const [filters, setFilters] = useFilters(FILTERS);
  const [paused, setPaused] = useState(false);
  const { subject, type } = filters;
  // Every 0 ms is never.
  const events = useEvents({ subject, type }, { every: paused ? 0 : EVERY_MS });
  const news = useNews(events.items, JSON.stringify(filters));
  const filtered = Object.keys(filters).length > 0;
  const actions = (
    <Button aria-pressed={paused} onClick={() => setPaused(!paused)}>
      {paused ? "Go on" : "Pause"}
    </Button>
  );
  return (
    <Page title="Events" lead="What happened in the last seven days, newest first, and whether the bus has it." actions={actions}>
      <FilterBar label="Filter events" onClear={filtered ? () => setFilters({ subject: "", type: "" }) : undefined}>
        <TextFilter label="Type" known={TYPES} placeholder="user.seated" value={type} onChange={(type) => setFilters({ type })} />
        <TextFilter
          label="About"
          placeholder="user:auth0|ann, account:auth0|ann"
          value={subject}
          onChange={(subject) => setFilters({ subject })}
        />
      </FilterBar>
      <Section
        title={paused ? "Paused" : "As they happen"}
        lead={paused ? "New ones are not asked for." : "New ones come by themselves."}
        flush
      >
        <p className="unseen" role="status">
          {news.length > 0 && `${plural(news.length, "new event")}: ${[...new Set(news.map(({ type }) => type))].join(", ")}`}
        </p>
        <ListStates list={events} empty={<Empty>{filtered ? "No event is like this." : "Nothing has happened yet."}</Empty>}>
          {(items) => <EventEntries events={items} news={news} />}
        </ListStates>
      </Section>
    </Page>
  );
}

/** What has come since the last answer to the same question. */
function useNews(events: readonly Event[], question: string): readonly Event[] {
  const known = useRef<{ readonly question: string; readonly newest: number }>(undefined);
  const [news, setNews] = useState<readonly Event[]>([]);
  useEffect(() => {
    const newest = events[0]?.number ?? 0;
    const before = known.current;
    if (before?.question !== question) setNews([]);
    else if (newest > before.newest) setNews(events.filter(({ number }) => number > before.newest));
    if (events.length > 0) known.current = { question, newest };
  }, [events, question]);
  return news;
}
