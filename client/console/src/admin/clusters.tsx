/** Clusters as bars of seats, what is wrong with them, and who waits for a seat. */

import { type List, type ManagedHopsworksAccount, useAccounts, useClusters } from "back-office-client";

import { count, plural } from "../format";
import { Empty, ListStates, Page } from "../ui";
import { ClusterCard } from "./cluster-card";
import { Waiting } from "./waiting";

import "./admin.css";

export default function Clusters() {
  const clusters = useClusters();
  const stuck = useAccounts({ state: "stuck", limit: 200 });
  const failing = useAccounts({ state: "failing", limit: 200 });
  const { items, waitingUsers } = clusters;
  const free = items.reduce((sum, { status, free_seats: free }) => sum + (status === "active" ? free : 0), 0);
  const lead =
    waitingUsers !== undefined &&
    `${plural(free, "free seat")} on active clusters. ${waits(waitingUsers)}.`;
  return (
    <Page title="Clusters" lead={lead}>
      <ListStates list={clusters} empty={<Empty>There is no cluster yet. Users wait until there is one.</Empty>}>
        {(items) => (
          <div className="clusters">
            {items.map((cluster) => (
              <ClusterCard
                key={cluster.id}
                cluster={cluster}
                stuck={countOf(stuck, cluster.id)}
                failing={countOf(failing, cluster.id)}
                askAgain={clusters.retry}
              />
            ))}
          </div>
        )}
      </ListStates>
      {waitingUsers !== undefined && <Waiting waitingUsers={waitingUsers} />}
    </Page>
  );
}

const waits = (users: number) => (users === 0 ? "Nobody waits" : users === 1 ? "1 user waits" : `${count(users)} users wait`);

/** How many of the accounts are there; undefined until that is known. */
function countOf({ items, loading, problem, loadMore }: List<ManagedHopsworksAccount>, clusterId: string): string | undefined {
  if (loading || (problem && items.length === 0)) return undefined;
  return count(items.filter(({ cluster_id: id }) => id === clusterId).length) + (loadMore ? " or more" : "");
}
