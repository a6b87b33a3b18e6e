/** Who changed what, and when. */

import { useAuditLog } from "back-office-client";

import { Empty, ListStates, Page, Section } from "../ui";
import { AuditEntries } from "./audit-entries";
import { DayFilter, FilterBar, TextFilter } from "./filter-bar";
import { timesOf, useFilters } from "./filters";

import "./admin.css";

const FILTERS = ["actor", "target", "action", "from", "to"] as const;

const ACTIONS = [
  "credits.adjustment",
  "credits.default_policy",
  "credits.policy",
  "credits.purchase",
  "credits.refund",
  "hopsworks_accounts.retry",
  "hopsworks_clusters.check",
  "hopsworks_clusters.create",
  "hopsworks_clusters.update",
  "namespaces.attribute",
  "payments.return",
  "rates.set",
  "usage_coverage.accept",
  "usage_coverage.recollect",
  "usage_sources.move",
  "users.assign",
  "users.close",
  "users.erase",
  "users.remove_from_team",
  "users.unassign",
  "users.update",
];

export default function AuditLog() {
  const [filters, setFilters] = useFilters(FILTERS);
  const { actor, target, action, from, to } = filters;
  const entries = useAuditLog({ actor, target, action, ...timesOf(filters) });
  const filtered = Object.keys(filters).length > 0;
  const clear = () => setFilters({ actor: "", target: "", action: "", from: "", to: "" });
  return (
    <Page title="Audit log" lead="What administrators and operators changed, and which purchases were recorded. Newest first.">
      <FilterBar label="Filter the audit log" onClear={filtered ? clear : undefined}>
        <TextFilter label="Who" placeholder="auth0|ada, operator" value={actor} onChange={(actor) => setFilters({ actor })} />
        <TextFilter
          label="Action"
          placeholder="users.update"
          known={ACTIONS}
          value={action}
          onChange={(action) => setFilters({ action })}
        />
        <TextFilter label="To whom or what" placeholder="An id, a day" value={target} onChange={(target) => setFilters({ target })} />
        <DayFilter label="From (UTC)" value={from} onChange={(from) => setFilters({ from })} />
        <DayFilter label="To (UTC)" value={to} onChange={(to) => setFilters({ to })} />
      </FilterBar>
      <Section title="Entries" flush>
        <ListStates
          list={entries}
          empty={<Empty>{filtered ? "No entry is like this." : "Nobody has changed anything yet."}</Empty>}
        >
          {(items) => <AuditEntries entries={items} />}
        </ListStates>
      </Section>
    </Page>
  );
}
