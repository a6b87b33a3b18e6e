/** The cap of a month and the warning, for the account's owner to set. */

import { type AccountPolicy, useCreditPolicy, useSetCreditPolicy } from "back-office-client";
import type { FormEvent } from "react";

import * as format from "../format";
import { Button, Field, fieldError, ProblemNote, QueryStates, useSay } from "../ui";

export function CreditLimits({ disabled }: { readonly disabled: boolean }) {
  const policy = useCreditPolicy();
  return (
    <QueryStates query={policy}>
      {/* What was saved is what the form shows next. */}
      {(policy) => <Limits key={JSON.stringify(policy.own)} policy={policy} disabled={disabled} />}
    </QueryStates>
  );
}

const FIELDS = ["monthly_cap", "warn_below"] as const;

function Limits({ policy: { own, in_force }, disabled }: { readonly policy: AccountPolicy; readonly disabled: boolean }) {
  const { run, running, problem } = useSetCreditPolicy();
  const say = useSay();
  const save = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const [monthly_cap, warn_below] = FIELDS.map((field) => String(form.get(field) ?? "").trim() || null);
    const saved = await run({ monthly_cap: monthly_cap ?? null, warn_below: warn_below ?? null });
    if (saved !== undefined) say("The cap and the warning are saved.");
  };
  const inFields = FIELDS.some((field) => fieldError(problem, field) !== undefined);
  return (
    <form className="form" onSubmit={(event) => void save(event)} noValidate>
      <Field
        label="Cap of a month"
        name="monthly_cap"
        before="$"
        inputMode="decimal"
        autoComplete="off"
        placeholder="No cap"
        defaultValue={own.monthly_cap ?? ""}
        disabled={disabled}
        error={fieldError(problem, "monthly_cap")}
        hint="When a month has cost this much, nobody in the team can create further projects. What runs goes on. Empty: no cap."
      />
      <Field
        label="Warn below"
        name="warn_below"
        before="$"
        inputMode="decimal"
        autoComplete="off"
        placeholder={in_force.warn_below}
        defaultValue={own.warn_below ?? ""}
        disabled={disabled}
        error={fieldError(problem, "warn_below")}
        hint={own.warn_below === null ? `Empty: the default, ${format.money(in_force.warn_below)}.` : "Empty: the default."}
      />
      {problem && !inFields && <ProblemNote problem={problem} />}
      <div>
        <Button type="submit" busy={running} disabled={disabled}>
          Save
        </Button>
      </div>
      {disabled && <p className="hint">While the account is suspended, they cannot be changed.</p>}
    </form>
  );
}
