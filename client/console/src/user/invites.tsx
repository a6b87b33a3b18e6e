/** Invites into the team. Their links are shown once. */

import { type Invite, type SentInvite, useInvite, useInvites, useWithdrawInvite } from "back-office-client";
import { type FormEvent, useState } from "react";

import { inPagePath } from "../location";
import { home } from "../sign-in";
import { Badge, Button, type Column, Confirm, CopyLink, Field, fieldError, ListStates, ProblemNote, Section, Table, Time, type Tone, useSay } from "../ui";

export function Invites() {
  const invites = useInvites();
  const [sent, setSent] = useState<SentInvite>();
  const [withdrawing, setWithdrawing] = useState<Invite>();
  return (
    <>
      <Section title="Invite somebody" lead="They sign in with this address, which must be verified. An invite holds for seven days.">
        <NewInvite onSent={setSent} />
        {sent && <Sent key={sent.id} invite={sent} />}
      </Section>
      <Section title="Invites" flush>
        <ListStates list={invites} empty="You have invited nobody yet.">
          {(items) => <Table caption="Invites, newest first" columns={columnsOf(setWithdrawing)} rows={items} rowKey={({ id }) => id} />}
        </ListStates>
        {withdrawing && <Withdraw invite={withdrawing} onClose={() => setWithdrawing(undefined)} />}
      </Section>
    </>
  );
}

function NewInvite({ onSent }: { readonly onSent: (invite: SentInvite) => void }) {
  const { run, running, problem } = useInvite();
  const send = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const sent = await run(String(new FormData(form).get("email")).trim());
    if (sent === undefined) return;
    form.reset();
    onSent(sent);
  };
  const wrong = fieldError(problem, "email");
  return (
    <form className="form" onSubmit={(event) => void send(event)} noValidate>
      <div className="form-line">
        <Field label="E-mail address" name="email" type="email" autoComplete="off" error={wrong} placeholder="name@example.com" />
        <Button type="submit" kind="primary" busy={running}>
          Invite
        </Button>
      </div>
      {problem && wrong === undefined && <ProblemNote problem={problem} />}
    </form>
  );
}

function Sent({ invite: { email, token } }: { readonly invite: SentInvite }) {
  return (
    <div className="note note-good" role="status">
      <div className="form">
        <p>
          <strong>{email} is invited.</strong> Send them this link: it is shown here and never again.
        </p>
        <CopyLink label={`Invite link for ${email}`} href={`${home()}#/invite/${inPagePath(token)}`} />
      </div>
    </div>
  );
}

const STATES: Record<Invite["status"], readonly [tone: Tone, name: string]> = {
  open: ["info", "Open"],
  accepted: ["good", "Accepted"],
  expired: ["plain", "Expired"],
  withdrawn: ["plain", "Withdrawn"],
};

function columnsOf(withdraw: (invite: Invite) => void): Column<Invite>[] {
  return [
    { head: "Address", cell: ({ email }) => email },
    {
      head: "State",
      cell: ({ status }) => {
        const [tone, name] = STATES[status] ?? ["plain", status];
        return <Badge tone={tone}>{name}</Badge>;
      },
    },
    { head: "Sent", cell: ({ created_at }) => <Time at={created_at} /> },
    { head: "Ends", cell: ({ status, expires_at }) => (status === "open" ? <Time at={expires_at} relative /> : null) },
    {
      head: "Actions",
      unnamed: true,
      cell: (invite) =>
        invite.status === "open" ? (
          <div className="actions">
            <Button small onClick={() => withdraw(invite)} aria-label={`Withdraw the invite of ${invite.email}`}>
              Withdraw
            </Button>
          </div>
        ) : null,
    },
  ];
}

function Withdraw({ invite: { id, email }, onClose }: { readonly invite: Invite; readonly onClose: () => void }) {
  const { run, running, problem } = useWithdrawInvite();
  const say = useSay();
  const withdraw = async () => {
    if ((await run(id)) === undefined) return;
    say(`The invite of ${email} is withdrawn.`);
    onClose();
  };
  const props = { busy: running, problem, onClose, onConfirm: () => void withdraw() };
  return (
    <Confirm title={`Withdraw the invite of ${email}?`} act="Withdraw" danger {...props}>
      <p>Its link does not work any more. You can invite them again.</p>
    </Confirm>
  );
}
