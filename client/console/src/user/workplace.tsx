/** Where the user works: their seat, and the account that is set up on it. */

import { useAssignSeat, type UserState } from "back-office-client";
import { type ReactNode } from "react";

import { useConfig } from "../config-context";
import * as format from "../format";
import { Badge, Button, Facts, ProblemNote, Section, Time, type Tone } from "../ui";

interface Told {
  readonly tone: Tone;
  readonly state: string;
  readonly text: ReactNode;
}

export function Workplace({ me }: { readonly me: UserState }) {
  const { tone, state, text } = tell(me);
  const url = worksOn(me) ? me.instance?.hopsworks_url : undefined;
  return (
    <Section title="Where you work" actions={<Badge tone={tone}>{state}</Badge>}>
      <div className="says" role="status">
        {text}
      </div>
      {url && (
        <div>
          <a className="button button-primary" href={url} target="_blank" rel="noreferrer">
            Open Hopsworks
          </a>
        </div>
      )}
      {me.status === "active" && me.assignment === null && me.waiting_since === null && <AskForSeat />}
      {me.assignment && (
        <Facts
          facts={[
            ["Cluster", me.assignment.cluster_name],
            ["Seat since", <Time key="since" at={me.assignment.assigned_at} />],
          ]}
        />
      )}
    </Section>
  );
}

/** Also while something of it is being changed. */
const worksOn = (me: UserState) => me.status === "active" && me.assignment !== null && me.instance?.status === "active";

function AskForSeat() {
  const { run, running, problem } = useAssignSeat();
  return (
    <>
      <div>
        <Button kind="primary" busy={running} onClick={() => void run()}>
          Get a seat
        </Button>
      </div>
      {problem && <ProblemNote problem={problem} />}
    </>
  );
}

function tell(me: UserState): Told {
  if (me.status === "suspended") return { tone: "bad", state: "Suspended", text: <Suspended me={me} /> };
  if (me.assignment === null) return tellOfNoSeat(me);
  if (me.assignment.cluster_status === "maintenance" || me.assignment.cluster_status === "inactive") {
    return { tone: "warn", state: "Maintenance", text: "Your cluster is being maintained. Your work is still there when it is back." };
  }
  const works = worksOn(me);
  switch (me.hopsworks_account?.state) {
    case "pending":
      return works
        ? { tone: "info", state: "Being changed", text: "You can work. A change of your account is on its way to the cluster." }
        : { tone: "info", state: "Being set up", text: "Your account on the cluster is being set up. This takes about a minute." };
    case "failing":
      return {
        tone: "warn",
        state: "Delayed",
        text: `${works ? "You can work. A change of" : "Setting up"} your account takes longer than usual. It is tried again by itself: you need not do anything.`,
      };
    case "stuck":
      return { tone: "bad", state: "Needs help", text: <Stuck works={works} code={me.hopsworks_account.code} /> };
    case "off":
      return { tone: "good", state: "Ready", text: "You have a seat. Your administrator makes the accounts on this cluster." };
    default:
      return { tone: "good", state: "Ready", text: "Your account is set up." };
  }
}

function tellOfNoSeat(me: UserState): Told {
  if (me.waiting_since === null) return { tone: "plain", state: "No seat", text: "You have no seat on a cluster yet." };
  const since = <Time at={me.waiting_since} relative />;
  if (me.place_in_queue === null) {
    const owner = me.owner?.name ?? me.owner?.email ?? "the owner of your account";
    const text = <p>Your team sits together, and {owner} has no seat yet. You get yours right after. You began to wait {since}.</p>;
    return { tone: "warn", state: "Waiting", text };
  }
  const text = (
    <>
      <p>
        <span className="figure">Place {me.place_in_queue >= 100 ? "100 or later" : format.count(me.place_in_queue)}</span>{" "}
        <span className="hint">in the queue</span>
      </p>
      <p>All seats are taken. You get the next one that is free for you, by itself. You began to wait {since}.</p>
    </>
  );
  return { tone: "warn", state: "Waiting", text };
}

/** Each reason ends by itself alone, so each is told. */
function Suspended({ me }: { readonly me: UserState }) {
  const { buy_credits_url: buy } = useConfig();
  return (
    <ul className="reasons">
      {me.suspended_for.map((reason) => (
        <li key={reason}>
          {reason === "money" && (
            <>
              The account&rsquo;s credits are used up, and its days of grace are over.{" "}
              {buy ? <a href={buy}>Buy credits</a> : "Buy credits"} and it works again by itself.
            </>
          )}
          {reason === "owner" && (
            <>
              Your team is suspended. Ask {me.owner?.name ?? me.owner?.email ?? "the owner of your account"}: when they may work
              again, so may you.
            </>
          )}
          {reason === "administrator" && (
            <>
              An administrator has suspended you. <Write />
            </>
          )}
        </li>
      ))}
    </ul>
  );
}

function Stuck({ works, code }: { readonly works: boolean; readonly code: string | null | undefined }) {
  return (
    <>
      <p>
        {works ? "You can work, but a change of your account waits" : "Your account on the cluster cannot be set up, and waits"} for
        an administrator to mend something. They see it in their list. <Write />
      </p>
      {code && (
        <p className="hint">
          Name this: <code>{code}</code>
        </p>
      )}
    </>
  );
}

/** Whom to write to. */
function Write() {
  const { contact } = useConfig();
  if (contact === undefined) return <>Write to them if you have questions.</>;
  return (
    <>
      Write to <a href={`mailto:${contact}`}>{contact}</a> if you have questions.
    </>
  );
}
