/** What is left of an account's credits, how long it lasts, and what the month costs. */

import type { AccountCredits } from "back-office-client";
import type { ReactNode } from "react";

import { useConfig } from "../config-context";
import * as format from "../format";
import { Badge, Day, Meter, Money, type Tone } from "../ui";

type State = AccountCredits["state"];

const STATES: Record<State, readonly [tone: Tone, name: string]> = {
  good: ["good", "Good"],
  low: ["warn", "Low"],
  exhausted: ["bad", "Used up"],
  overdue: ["bad", "Overdue"],
};

export function CreditState({ state }: { readonly state: State }) {
  // A later release of the API may know more.
  const [tone, name] = STATES[state] ?? ["plain", state];
  return <Badge tone={tone}>{name}</Badge>;
}

export function Balance({ credits }: { readonly credits: AccountCredits }) {
  return (
    <>
      <div className="beside spread">
        <p className="figure">{format.money(credits.balance)}</p>
        <CreditState state={credits.state} />
      </div>
      <p>{lasting(credits)}</p>
      <Advice credits={credits} />
      <MonthCost credits={credits} />
    </>
  );
}

function lasting({ days_left: left, state }: AccountCredits): ReactNode {
  if (state === "exhausted" || state === "overdue") return "Nothing is left.";
  if (left === null) return "Nothing was used in the last seven days.";
  if (left === 0) return "It is used up today, if the pace of the last seven days goes on.";
  return `Lasts ${format.plural(left, "more day")} at the pace of the last seven days.`;
}

/** What happens next, and what to do. */
function Advice({ credits: { state, grace_days_left: grace, policy } }: { readonly credits: AccountCredits }) {
  const { buy_credits_url: url } = useConfig();
  if (state === "good") return null;
  const buy = url ? <a href={url}>Buy credits</a> : "Buy credits";
  return (
    <p className={state === "low" ? "note note-warn" : "note note-bad"}>
      {state === "low" && (
        <span>
          Less than {format.money(policy.warn_below)} is left. {buy} in time.
        </span>
      )}
      {state === "exhausted" && (
        <span>
          {grace === null || grace === 0 ? "Work stops today" : `Work goes on for ${format.plural(grace, "day")}`}, without
          more projects. {buy} before then.
        </span>
      )}
      {state === "overdue" && <span>The days of grace are over, and the team is suspended. {buy} and all work again by themselves.</span>}
    </p>
  );
}

/** For a bar's width a float will do. */
const width = (amount: string) => Number(amount);

function MonthCost({ credits: { month_cost: cost, cap_level: level, policy } }: { readonly credits: AccountCredits }) {
  const cap = policy.monthly_cap;
  if (cap === null) {
    return (
      <p className="hint">
        This month has cost <Money value={cost} /> so far. There is no cap.
      </p>
    );
  }
  const text = `${format.money(cost)} of ${format.money(cap)}`;
  const tone = level >= 100 ? "bad" : level >= 80 ? "warn" : "good";
  return (
    <div className="field">
      <div className="beside spread">
        <span>This month</span>
        <span className="number">{text}</span>
      </div>
      <Meter label="Cost of this month" value={width(cost)} max={width(cap)} tone={tone} text={text} />
      {level >= 100 && <p className="hint">The cap is reached: nobody in the team can create further projects this month.</p>}
    </div>
  );
}

/** A month's days, and such: `2026-11-01/2026-11-30`. */
export function Days({ days }: { readonly days: string }) {
  const [first, last = first] = days.split("/");
  if (first === undefined || !/^\d{4}-\d\d-\d\d$/.test(first) || last === undefined) return <code>{days}</code>;
  if (first === last) return <Day date={first} />;
  return (
    <>
      <Day date={first} /> to <Day date={last} />
    </>
  );
}
