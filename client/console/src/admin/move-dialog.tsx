/** Gives a user a seat on a cluster of one's choice; an owner's team comes along. */

import { type HopsworksCluster, type ManagedUser, useClusters, useMoveUser } from "back-office-client";
import { useState } from "react";

import { plural } from "../format";
import { Button, Dialog, ListStates, ProblemNote, useSay } from "../ui";
import { ClusterBadge, nameOf, UserLink } from "./cells";

export interface MoveDialogProps {
  readonly user: ManagedUser;
  readonly onClose: () => void;
}

export function MoveDialog({ user, onClose }: MoveDialogProps) {
  const clusters = useClusters();
  const move = useMoveUser();
  const say = useSay();
  const [chosen, setChosen] = useState<HopsworksCluster>();
  const name = nameOf(user);
  const confirm = async () => {
    if (chosen === undefined || (await move.run({ userId: user.id, clusterId: chosen.id })) === undefined) return;
    say(`${name} sits on ${chosen.name}.`);
    onClose();
  };
  const actions = (
    <>
      <Button onClick={onClose}>Cancel</Button>
      <Button kind="primary" disabled={chosen === undefined} busy={move.running} onClick={() => void confirm()}>
        {user.assignment === null ? "Give the seat" : "Move"}
      </Button>
    </>
  );
  return (
    <Dialog title={user.assignment === null ? `A seat for ${name}` : `Move ${name}`} onClose={onClose} actions={actions}>
      <Follows user={user} />
      <fieldset className="options">
        <legend className="unseen">Cluster</legend>
        <ListStates list={clusters} empty="There is no cluster yet.">
          {(items) => items.map((cluster) => <Option key={cluster.id} {...{ cluster, user, chosen }} onChoose={setChosen} />)}
        </ListStates>
      </fieldset>
      {move.problem && <ProblemNote problem={move.problem} />}
    </Dialog>
  );
}

function Follows({ user: { owner, team_size: size, assignment } }: { readonly user: ManagedUser }) {
  if (owner) {
    return (
      <p>
        A member sits where the owner sits. To move the team, move <UserLink id={owner.id} name={nameOf(owner)} />.
      </p>
    );
  }
  const team = size > 0 ? `Their team (${plural(size, "member")}) comes along, or nobody moves. ` : "";
  const projects = assignment === null ? "Whoever waits longer is passed over." : "Their projects stay on the old cluster.";
  return <p>{team + projects}</p>;
}

interface OptionProps {
  readonly cluster: HopsworksCluster;
  readonly user: ManagedUser;
  readonly chosen: HopsworksCluster | undefined;
  readonly onChoose: (cluster: HopsworksCluster) => void;
}

function Option({ cluster, user, chosen, onChoose }: OptionProps) {
  const { id, name, status, free_seats: free } = cluster;
  const here = user.assignment?.cluster_id === id;
  const open = status === "active" && free > 0 && !here;
  return (
    <label className={open ? "option" : "option option-closed"}>
      <input
        type="radio"
        name="cluster"
        value={id}
        checked={chosen?.id === id}
        disabled={!open}
        onChange={() => onChoose(cluster)}
      />
      <span className="option-name">{name}</span>
      <span className="hint">{here ? "sits here" : plural(free, "free seat")}</span>
      <ClusterBadge status={status} />
    </label>
  );
}
