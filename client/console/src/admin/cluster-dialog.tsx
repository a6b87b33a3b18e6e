/** Changes how many seats a cluster has, and whether it takes users. */

import { type HopsworksCluster, type HopsworksClusterChanges, useUpdateCluster } from "back-office-client";
import { type FormEvent, useId, useState } from "react";

import { plural } from "../format";
import { Button, Dialog, Field, fieldError, ProblemNote, SelectField, useSay } from "../ui";

export interface ClusterDialogProps {
  readonly cluster: HopsworksCluster;
  readonly onClose: () => void;
}

const STATUSES = [
  ["active", "Active: takes users"],
  ["maintenance", "Maintenance: takes nobody, those who sit there stay"],
  ["inactive", "Inactive: nobody sits there"],
] as const;

type Settable = (typeof STATUSES)[number][0];

export function ClusterDialog({ cluster, onClose }: ClusterDialogProps) {
  // `full` is an active one: it comes and goes by itself.
  const present: Settable = cluster.status === "full" ? "active" : cluster.status;
  const [status, setStatus] = useState(present);
  const [seats, setSeats] = useState(String(cluster.max_users));
  const update = useUpdateCluster();
  const say = useSay();
  const form = useId();
  const save = async (event: FormEvent) => {
    event.preventDefault();
    const changes: HopsworksClusterChanges = {
      ...(status === present ? {} : { status }),
      ...(Number(seats) === cluster.max_users ? {} : { max_users: Number(seats) }),
    };
    if (Object.keys(changes).length > 0 && (await update.run({ id: cluster.id, changes })) === undefined) return;
    say(`${cluster.name} is changed.`);
    onClose();
  };
  const actions = (
    <>
      <Button onClick={onClose}>Cancel</Button>
      <Button kind="primary" type="submit" form={form} busy={update.running}>
        Save
      </Button>
    </>
  );
  return (
    <Dialog title={`Change ${cluster.name}`} onClose={onClose} actions={actions}>
      <form id={form} className="form" onSubmit={(event) => void save(event)}>
        <Field
          label="Seats"
          type="number"
          min={0}
          max={1_000_000}
          step={1}
          required
          value={seats}
          hint={`${plural(cluster.current_users, "user")} sit there. Those who wait get new seats at once.`}
          error={fieldError(update.problem, "max_users")}
          onChange={(event) => setSeats(event.target.value)}
        />
        <SelectField label="Status" value={status} onChange={(event) => setStatus(event.target.value as Settable)}>
          {STATUSES.map(([value, text]) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </SelectField>
        {update.problem && <ProblemNote problem={update.problem} />}
      </form>
    </Dialog>
  );
}
