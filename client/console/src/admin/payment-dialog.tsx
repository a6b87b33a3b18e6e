/** Says whose a payment is, or that nothing is to be credited. */

import { type ParkedPayment, type Resolution, useResolveParkedPayment } from "back-office-client";
import { type FormEvent, useId, useState } from "react";

import { minor } from "../format";
import { Button, Choice, Dialog, Field, fieldError, ProblemNote, useSay } from "../ui";

export interface PaymentDialogProps {
  readonly payment: ParkedPayment;
  readonly onClose: () => void;
}

type Decision = "credit" | "returned";

const DECISIONS = [
  ["credit", "Credit it to an account"],
  ["returned", "Nothing is to be credited"],
] as const;

const FOLLOWS: Record<Decision, string> = {
  credit: "The account gets the credits at once, as if it had been paid so.",
  returned: "The money was given back, or what had to be done has been done. Nothing is booked.",
};

export function PaymentDialog({ payment, onClose }: PaymentDialogProps) {
  const resolve = useResolveParkedPayment();
  const say = useSay();
  const form = useId();
  const [decision, setDecision] = useState<Decision>(payment.kind === "payment" ? "credit" : "returned");
  const [{ userId, credits, reason }, setSaid] = useState({ userId: payment.user_id ?? payment.reference ?? "", credits: "", reason: "" });
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const credit = { user_id: userId.trim(), reason, ...(credits === "" ? {} : { credits }) };
    const resolution: Resolution = decision === "credit" ? credit : { returned: true, reason };
    if ((await resolve.run({ id: payment.id, resolution })) === undefined) return;
    say(decision === "credit" ? `The payment is credited to ${userId.trim()}.` : "The payment is done with.");
    onClose();
  };
  const field = (name: keyof Resolution) => ({ error: fieldError(resolve.problem, name) });
  const actions = (
    <>
      <Button onClick={onClose}>Cancel</Button>
      <Button kind="primary" type="submit" form={form} busy={resolve.running}>
        {decision === "credit" ? "Credit it" : "Be done with it"}
      </Button>
    </>
  );
  return (
    <Dialog title={`A ${payment.kind} of ${minor(payment.amount_minor, payment.currency)}`} onClose={onClose} actions={actions}>
      {payment.kind === "payment" && <Choice label="What is to be done" options={DECISIONS} value={decision} onChange={setDecision} />}
      <p>{FOLLOWS[decision]}</p>
      <form id={form} className="form" onSubmit={(event) => void submit(event)}>
        {decision === "credit" && (
          <>
            <Field
              label="The owner of the account"
              placeholder="auth0|ann"
              required
              value={userId}
              {...field("user_id")}
              onChange={(event) => setSaid({ userId: event.target.value, credits, reason })}
            />
            <Field
              label="Credits"
              before="$"
              inputMode="decimal"
              pattern="0*([0-9]{1,7}(\.[0-9]{1,2}0*)?|10000000(\.0+)?)"
              title="An amount in US dollars, with two decimals at most"
              required={payment.currency !== "usd"}
              hint={payment.currency === "usd" ? "If it is empty: the payment less its tax." : undefined}
              value={credits}
              {...field("credits")}
              onChange={(event) => setSaid({ userId, credits: event.target.value.trim(), reason })}
            />
          </>
        )}
        <Field
          label="Reason"
          required
          maxLength={500}
          hint="For the ledger and the audit log."
          value={reason}
          {...field("reason")}
          onChange={(event) => setSaid({ userId, credits, reason: event.target.value })}
        />
        {resolve.problem && <ProblemNote problem={resolve.problem} />}
      </form>
    </Dialog>
  );
}
