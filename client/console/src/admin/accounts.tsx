/** Accounts on clusters: what they should be, how far they are, and what keeps them from it. */

import { type AccountFilters, type ManagedHopsworksAccount, useAccounts, useRetryAccount } from "back-office-client";

import { plural } from "../format";
import { Button, type Column, Empty, ListStates, Page, ProblemNote, Section, Table, Time, useSay } from "../ui";
import { AccountBadge, type AccountState, UserLink } from "./cells";
import { ChoiceFilter, ClusterFilter, FilterBar, TextFilter } from "./filter-bar";
import { useFilters } from "./filters";

import "./admin.css";

const FILTERS = ["state", "cluster_id", "user_id"] as const;

const STATES: readonly (readonly [AccountState, string])[] = [
  ["stuck", "Stuck"],
  ["failing", "Failing"],
  ["pending", "Pending"],
  ["ready", "Ready"],
  ["off", "By hand"],
];

const MEANINGS: Record<AccountState, string> = {
  stuck: "A person must mend something. Then have them tried again.",
  failing: "They are tried again by themselves.",
  pending: "They are being set up or changed.",
  ready: "They are as they should be.",
  off: "An administrator of the cluster makes them.",
};

export default function Accounts() {
  const [filters, setFilters] = useFilters(FILTERS);
  const { state, cluster_id, user_id } = filters;
  // What is wrong comes first: of the states that need somebody, each is a list of its own.
  const shown = state === undefined ? STATES.map(([state]) => state).filter((state) => state !== "off") : [state as AccountState];
  const clear = () => setFilters({ state: "", cluster_id: "", user_id: "" });
  return (
    <Page title="Accounts on clusters" lead="Each user has one on the cluster of their seat. It is made, changed and deactivated by itself.">
      <FilterBar label="Filter accounts" onClear={Object.keys(filters).length > 0 ? clear : undefined}>
        <ChoiceFilter label="State" any="Any, stuck first" options={STATES} value={state} onChange={(state) => setFilters({ state })} />
        <ClusterFilter value={cluster_id} onChange={(cluster_id) => setFilters({ cluster_id })} />
        <TextFilter label="User" placeholder="auth0|ann" value={user_id} onChange={(user_id) => setFilters({ user_id })} />
      </FilterBar>
      {shown.map((state) => (
        <InState key={state} state={state} filters={{ cluster_id, user_id }} />
      ))}
    </Page>
  );
}

interface InStateProps {
  readonly state: AccountState;
  readonly filters: Pick<AccountFilters, "cluster_id" | "user_id">;
}

function InState({ state, filters }: InStateProps) {
  const accounts = useAccounts({ ...filters, state });
  const name = STATES.find(([known]) => known === state)?.[1] ?? state;
  const columns = state === "ready" ? [...CALM, RETRY] : state === "off" ? CALM : TROUBLED;
  return (
    <Section title={name} lead={MEANINGS[state]} flush>
      <ListStates list={accounts} empty={<Empty>None.</Empty>}>
        {(items) => <Table caption={`${name} accounts`} columns={columns} rows={items} rowKey={({ id }) => id} />}
      </ListStates>
    </Section>
  );
}

type Account = ManagedHopsworksAccount;

const USER: Column<Account> = {
  head: "User",
  cell: ({ user_id: id, email }) => (
    <span className="roomy">
      <UserLink id={id} name={email} />
    </span>
  ),
};
const CLUSTER: Column<Account> = { head: "Cluster", cell: ({ cluster_name: name }) => name };
const SINCE: Column<Account> = { head: "Since", cell: ({ since }) => <Time at={since} relative /> };
const RETRY: Column<Account> = { head: "Actions", unnamed: true, cell: (account) => <Retry account={account} /> };

const CALM: readonly Column<Account>[] = [
  USER,
  CLUSTER,
  { head: "Wanted", cell: ({ wanted }) => wanted },
  { head: "Name there", cell: ({ hopsworks_username: name }) => name },
  SINCE,
];

const TROUBLED: readonly Column<Account>[] = [
  USER,
  CLUSTER,
  { head: "State", cell: ({ state }) => <AccountBadge state={state} /> },
  SINCE,
  { head: "What is wrong", cell: (account) => <Wrong account={account} /> },
  RETRY,
];

function Wrong({ account: { code, detail, attempts, next_attempt_at: next } }: { readonly account: Account }) {
  if (code === null) return <span className="hint">{attempts === 0 ? "nothing so far" : `${plural(attempts, "try", "tries")} in vain`}</span>;
  return (
    <span className="two">
      <code>{code}</code>
      {detail !== null && <span className="hint">{detail}</span>}
      {(attempts > 0 || next !== null) && (
        <span className="hint">
          {attempts > 0 && `${plural(attempts, "try", "tries")} in vain`}
          {attempts > 0 && next !== null && ", "}
          {next !== null && (
            <>
              next <Time at={next} relative />
            </>
          )}
        </span>
      )}
    </span>
  );
}

/** One that is as it should be is looked at. */
export function Retry({ account: { id, user_id: user, email, state } }: { readonly account: Account }) {
  const retry = useRetryAccount();
  const say = useSay();
  const [act, done] = state === "ready" ? ["Check", "looked at"] : ["Try again", "tried again"];
  const run = async () => {
    if ((await retry.run(id)) !== undefined) say(`The account of ${email ?? user} is ${done}.`);
  };
  return (
    <>
      <div className="actions">
        <Button small busy={retry.running} aria-label={`${act}: ${email ?? user}`} onClick={() => void run()}>
          {act}
        </Button>
      </div>
      {retry.problem && <ProblemNote problem={retry.problem} />}
    </>
  );
}
