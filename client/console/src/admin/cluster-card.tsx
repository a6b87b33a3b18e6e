/** A cluster: its seats, how accounts are made there, and what is wrong with it. */

import { type HopsworksCluster, useCheckCluster } from "back-office-client";
import { type ReactNode, useState } from "react";
import { Link } from "wouter";

import { count, plural } from "../format";
import { Badge, Button, Facts, Meter, ProblemNote, Section, Time, useSay } from "../ui";
import { ClusterBadge } from "./cells";
import { ClusterDialog } from "./cluster-dialog";
import { linkTo } from "./filters";
import { useEvery } from "./use-every";

export interface ClusterCardProps {
  readonly cluster: HopsworksCluster;
  /** How many accounts there are in this state; undefined until it is known. */
  readonly stuck: string | undefined;
  readonly failing: string | undefined;
  readonly askAgain: () => void;
}

const WHILE_CHECKED_MS = 3_000;

export function ClusterCard({ cluster, stuck, failing, askAgain }: ClusterCardProps) {
  const [changing, setChanging] = useState(false);
  const check = useCheck(cluster, askAgain);
  const { id, name, api_url: url, provisioning, status } = cluster;
  const actions = (
    <>
      {provisioning && (
        <Button small busy={check.running} onClick={() => void check.run(false)}>
          {check.running ? "Checking" : "Check"} <span className="unseen">{name}</span>
        </Button>
      )}
      <Button small aria-label={`Change ${name}`} onClick={() => setChanging(true)}>
        Change
      </Button>
    </>
  );
  return (
    <Section title={name} lead={url} actions={actions}>
      <Seats cluster={cluster} />
      <Facts
        facts={[
          ["Status", <ClusterBadge key="status" status={status} />],
          ["Accounts", <Accounts key="accounts" cluster={cluster} />],
          ["Stuck", <Count key="stuck" clusterId={id} state="stuck" value={stuck} />],
          ["Failing", <Count key="failing" clusterId={id} state="failing" value={failing} />],
          ["Members who wait here", count(cluster.waiting_members)],
        ]}
      />
      {provisioning?.failure && (
        <Trouble>
          <p>
            No account here can be looked after: <code>{provisioning.failure.code}</code>
          </p>
          <p className="hint">
            {provisioning.failure.detail} <Time at={provisioning.failure.since} relative />
          </p>
        </Trouble>
      )}
      <Swept cluster={cluster} running={check.running} onAccept={() => void check.run(true)} />
      {check.problem && <ProblemNote problem={check.problem} />}
      {changing && <ClusterDialog cluster={cluster} onClose={() => setChanging(false)} />}
    </Section>
  );
}

/** A check is made a moment later, by the function that looks after accounts. Until then it is asked for. */
function useCheck(cluster: HopsworksCluster, askAgain: () => void) {
  const action = useCheckCluster();
  const say = useSay();
  const [since, setSince] = useState<{ readonly sweptAt: string | undefined }>();
  const sweptAt = cluster.provisioning?.sweep?.at;
  const waits = since !== undefined && since.sweptAt === sweptAt;
  useEvery(waits ? WHILE_CHECKED_MS : undefined, askAgain);
  const run = async (accept: boolean) => {
    setSince(undefined);
    const checked = await action.run({ id: cluster.id, accept });
    if (checked === undefined) return;
    say(`${cluster.name} is being checked.`);
    setSince({ sweptAt });
  };
  return { run, running: action.running || waits, problem: action.problem };
}

function Seats({ cluster: { name, current_users: taken, max_users: max, free_seats: free } }: { readonly cluster: HopsworksCluster }) {
  const text = `${count(taken)} of ${plural(max, "seat")} taken`;
  return (
    <div className="seats">
      <p className="beside spread">
        <span>{text}</span>
        <strong>{free === 0 ? "full" : `${count(free)} free`}</strong>
      </p>
      <Meter label={`Seats of ${name}`} value={taken} max={max} tone={free === 0 ? "warn" : "good"} text={text} />
    </div>
  );
}

function Accounts({ cluster: { provisioning, has_api_key: hasKey } }: { readonly cluster: HopsworksCluster }) {
  if (!provisioning) return <Badge>by hand</Badge>;
  if (!hasKey) return <Badge tone="warn">no key</Badge>;
  if (!provisioning.provisions) return <Badge tone="info">paused</Badge>;
  return provisioning.failure ? <Badge tone="bad">failing</Badge> : <Badge tone="good">automatic</Badge>;
}

interface CountProps {
  readonly clusterId: string;
  readonly state: "stuck" | "failing";
  readonly value: string | undefined;
}

function Count({ clusterId, state, value }: CountProps) {
  if (value === undefined) return <span className="hint">not known yet</span>;
  if (value === "0") return <>none</>;
  return <Link href={linkTo("/admin/accounts", { state, cluster_id: clusterId })}>{value}</Link>;
}

interface SweptProps {
  readonly cluster: HopsworksCluster;
  readonly running: boolean;
  readonly onAccept: () => void;
}

function Swept({ cluster: { provisioning }, running, onAccept }: SweptProps) {
  const sweep = provisioning?.sweep;
  if (!sweep) return null;
  const { at, users, differing, refused, strangers } = sweep;
  const found = [
    `${plural(users, "user")} looked at`,
    differing === 0 ? "all as they should be" : `${count(differing)} not as they should be`,
    ...(strangers > 0 ? [`${plural(strangers, "active user")} without a seat`] : []),
  ];
  return (
    <div className="stack" role="status">
      <p className="hint">
        Last check <Time at={at} relative />: {found.join(", ")}.
      </p>
      {refused && (
        <Trouble>
          <p>Nothing was done about them, because it would change more than a tenth.</p>
          <Button small busy={running} onClick={onAccept}>
            Put it right
          </Button>
        </Trouble>
      )}
    </div>
  );
}

function Trouble({ children }: { readonly children: ReactNode }) {
  return <div className="note note-warn">{children}</div>;
}
