/** Events, each with what it tells and whether the bus has it. */

import type { Event } from "back-office-client";
import { Link } from "wouter";

import { Badge, Time } from "../ui";
import { userPage } from "./cells";
import { linkTo } from "./filters";
import { useClusterNames } from "./use-cluster-names";

export interface EventEntriesProps {
  readonly events: readonly Event[];
  /** Those that have just come. */
  readonly news?: readonly Event[];
}

export function EventEntries({ events, news = [] }: EventEntriesProps) {
  const named = useClusterNames();
  return (
    <ol className="entries">
      {events.map((event) => (
        <li key={event.number} className={news.includes(event) ? "entry-new" : undefined}>
          <div className="entry-head">
            <span>
              <Link href={linkTo("/admin/events", { type: event.type })} className="entry-kind">
                <code>{event.type}</code>
              </Link>{" "}
              <Link href={linkTo("/admin/events", { subject: event.subject })} title={event.subject}>
                {named(event.subject)}
              </Link>
            </span>
            <span className="hint">
              <Time at={event.occurred_at} seconds />
            </span>
          </div>
          <Data event={event} named={named} />
          <Sent event={event} />
        </li>
      ))}
    </ol>
  );
}

/** What the subject says already, and ids that have a name beside them, are left out. */
function Data({ event: { data, subject }, named }: { readonly event: Event; readonly named: (text: string) => string }) {
  const members = typeof data === "object" && data !== null ? Object.entries(data) : [];
  const told = members.filter(([name, value]) => value !== null && !subject.endsWith(`:${String(value)}`) && !isNamed(name, members));
  if (told.length === 0) return null;
  return (
    <dl className="told">
      {told.map(([name, value]) => (
        <div key={name}>
          <dt>{name.replaceAll("_", " ").replace(/ usd$/, " (USD)")}</dt>
          <dd>{name === "user_id" ? <Link href={userPage(String(value))}>{String(value)}</Link> : named(shown(value))}</dd>
        </div>
      ))}
    </dl>
  );
}

const isNamed = (name: string, members: readonly [string, unknown][]) =>
  name.endsWith("_id") && members.some(([other]) => other === name.replace(/_id$/, "_name"));

const shown = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));

function Sent({ event: { state, attempts, code, detail } }: { readonly event: Event }) {
  if (state === "published") return null;
  return (
    <p className="beside">
      <Badge tone={state === "parked" ? "bad" : "info"}>{state === "parked" ? "parked" : "not sent yet"}</Badge>
      {code != null && (
        <span className="hint">
          <code>{code}</code> {detail} {attempts > 0 && `(tried ${attempts} times)`}
        </span>
      )}
    </p>
  );
}
