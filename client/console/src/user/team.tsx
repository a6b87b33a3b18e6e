/** The account's team: its members with what they used, and its invites. Members see whose account they are on. */

import { type Member, useMe, useRemoveMember, type UserState, useTeam, useUsage } from "back-office-client";
import { useMemo, useState } from "react";
import { useLocation } from "wouter";

import * as format from "../format";
import { Badge, Button, type Column, Confirm, Facts, ListStates, Page, ProblemNote, QueryStates, Section, Table, Time, useSay } from "../ui";
import { Invites } from "./invites";
import { said } from "./usage-chart";
import { type Sums } from "./usage-data";

export function Team() {
  const me = useMe();
  return (
    <QueryStates query={me}>
      {(me) => (me.account_owner_id === null ? <OwnTeam /> : <Membership me={me} />)}
    </QueryStates>
  );
}

function OwnTeam() {
  return (
    <Page title="Team" lead="Members sit on your cluster, and your account pays for what they use.">
      <Members />
      <Invites />
    </Page>
  );
}

/** Undefined while it is asked for. */
type Used = ReadonlyMap<string, Sums> | undefined;

function Members() {
  const team = useTeam();
  const range = useMemo(() => format.lastDays(30), []);
  const usage = useUsage(range, "user", { scope: "account" });
  const used: Used = usage.data && new Map(usage.data.groups.map((group) => [group.user_id, group]));
  const [removing, setRemoving] = useState<Member>();
  return (
    <Section title="Members" lead="What they used is of the last 30 days." flush>
      <ListStates list={team} empty="Nobody is in your team yet. Invite somebody below.">
        {(members) => (
          <Table
            caption="Members of the team"
            columns={columnsOf(used, setRemoving)}
            rows={members}
            rowKey={({ id }) => id}
          />
        )}
      </ListStates>
      {usage.problem && <ProblemNote problem={usage.problem} retry={usage.retry} />}
      {removing && <Remove member={removing} onClose={() => setRemoving(undefined)} />}
    </Section>
  );
}

const nameOf = ({ name, email, id }: { readonly name: string | null; readonly email: string | null; readonly id: string }) =>
  name ?? email ?? id;

function columnsOf(used: Used, remove: (member: Member) => void): Column<Member>[] {
  const measured = (id: string, measure: keyof Sums) => {
    if (used === undefined) return <span className="hint">…</span>;
    const sums = used.get(id);
    return sums === undefined ? <span className="hint">None</span> : said(sums, measure);
  };
  return [
    {
      head: "Member",
      cell: (member) => (
        <span className="two">
          {nameOf(member)}
          {member.name !== null && <span className="hint">{member.email}</span>}
        </span>
      ),
    },
    { head: "State", cell: (member) => <MemberState member={member} /> },
    { head: "CPU hours", end: true, cell: ({ id }) => measured(id, "cpu_hours") },
    { head: "GPU hours", end: true, cell: ({ id }) => measured(id, "gpu_hours") },
    { head: "Cost", end: true, cell: ({ id }) => measured(id, "cost_usd") },
    { head: "Last login", cell: ({ last_login_at: at }) => (at === null ? "Never" : <Time at={at} relative />) },
    {
      head: "Actions",
      unnamed: true,
      cell: (member) => (
        <div className="actions">
          <Button small onClick={() => remove(member)} aria-label={`Remove ${nameOf(member)}`}>
            Remove
          </Button>
        </div>
      ),
    },
  ];
}

function MemberState({ member: { status, cluster_name: cluster } }: { readonly member: Member }) {
  if (status === "suspended") return <Badge tone="bad">Suspended</Badge>;
  return cluster === null ? <Badge tone="warn">Waiting</Badge> : <Badge tone="good">{cluster}</Badge>;
}

function Remove({ member, onClose }: { readonly member: Member; readonly onClose: () => void }) {
  const { run, running, problem } = useRemoveMember();
  const say = useSay();
  const remove = async () => {
    if ((await run(member.id)) === undefined) return;
    say(`${nameOf(member)} is not in your team any more.`);
    onClose();
  };
  const props = { busy: running, problem, onClose, onConfirm: () => void remove() };
  return (
    <Confirm title={`Remove ${nameOf(member)}?`} act="Remove" danger {...props}>
      <p>They get an account of their own, and pay for themselves from then on. What they used until now stays on your bill.</p>
    </Confirm>
  );
}

function Membership({ me }: { readonly me: UserState }) {
  const [leaving, setLeaving] = useState(false);
  const owner = me.owner?.name ?? me.owner?.email ?? "The owner";
  return (
    <Page title="Team" lead={`You are a member of ${owner}’s team.`}>
      <Section title="Whose account you are on" actions={<Button onClick={() => setLeaving(true)}>Leave the team</Button>}>
        <p>{owner} pays for what you use, invites members, and sees what each one used.</p>
        <Facts
          facts={[
            ["Owner", me.owner?.name ?? "Unknown"],
            ["Address", me.owner?.email ?? "None"],
          ]}
        />
      </Section>
      {leaving && <Leave me={me} onClose={() => setLeaving(false)} />}
    </Page>
  );
}

function Leave({ me, onClose }: { readonly me: UserState; readonly onClose: () => void }) {
  const { run, running, problem } = useRemoveMember();
  const [, navigate] = useLocation();
  const say = useSay();
  const leave = async () => {
    if ((await run(me.id)) === undefined) return;
    say("You have left the team.");
    navigate("/");
  };
  const props = { busy: running, problem, onClose, onConfirm: () => void leave() };
  return (
    <Confirm title="Leave the team?" act="Leave" danger {...props}>
      <p>You get an account of your own, and pay for yourself from then on. Your seat may change.</p>
    </Confirm>
  );
}
