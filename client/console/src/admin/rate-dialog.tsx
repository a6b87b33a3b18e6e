/** Sets the prices from a day on: first what they are, then whether that is meant. */

import { type NewRate, type Rate, useSetRate } from "back-office-client";
import { type FormEvent, useId, useState } from "react";

import { day, lastDays, price } from "../format";
import { Button, Dialog, Field, fieldError, ProblemNote, useSay } from "../ui";

export interface RateDialogProps {
  readonly present: Rate | undefined;
  readonly onClose: () => void;
}

const PRICES = [
  ["cpu_hour_usd", "CPU hour"],
  ["gpu_hour_usd", "GPU hour"],
  ["storage_gb_month_usd", "GB (10⁹ bytes) and month (720 hours)"],
] as const;

const PATTERN = "0*([0-9]{1,3}(\\.[0-9]{1,6}0*)?|1000(\\.0+)?)";

const tomorrow = () => lastDays(1, Date.now() + 86_400_000).end;

export function RateDialog({ present, onClose }: RateDialogProps) {
  const set = useSetRate();
  const say = useSay();
  const form = useId();
  const [sure, setSure] = useState(false);
  const [rate, setRate] = useState<NewRate>({
    effective_on: tomorrow(),
    cpu_hour_usd: present?.cpu_hour_usd ?? "",
    gpu_hour_usd: present?.gpu_hour_usd ?? "",
    storage_gb_month_usd: present?.storage_gb_month_usd ?? "",
  });
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!sure) return setSure(true);
    if ((await set.run(rate)) === undefined) return;
    say(`Prices from ${day(rate.effective_on)} on are set.`);
    onClose();
  };
  const actions = (
    <>
      <Button onClick={sure ? () => setSure(false) : onClose}>{sure ? "Back" : "Cancel"}</Button>
      <Button key={String(sure)} kind="primary" type="submit" form={form} busy={set.running} autoFocus={sure}>
        {sure ? "Set them" : "Go on"}
      </Button>
    </>
  );
  return (
    <Dialog title={sure ? `Set prices from ${day(rate.effective_on)} on?` : "Set prices"} onClose={onClose} actions={actions}>
      <form id={form} className="form" onSubmit={(event) => void submit(event)}>
        {sure ? <Sure rate={rate} present={present} /> : <Fields rate={rate} setRate={setRate} problem={set.problem} />}
        {set.problem && <ProblemNote problem={set.problem} />}
      </form>
    </Dialog>
  );
}

interface FieldsProps {
  readonly rate: NewRate;
  readonly setRate: (rate: NewRate) => void;
  readonly problem: ReturnType<typeof useSetRate>["problem"];
}

function Fields({ rate, setRate, problem }: FieldsProps) {
  return (
    <>
      <Field
        label="From (UTC)"
        type="date"
        required
        value={rate.effective_on}
        hint="A day that lies ahead, or one whose prices nothing has been charged by."
        error={fieldError(problem, "effective_on")}
        onChange={(event) => setRate({ ...rate, effective_on: event.target.value })}
      />
      {PRICES.map(([name, label]) => (
        <Field
          key={name}
          label={label}
          before="$"
          required
          inputMode="decimal"
          pattern={PATTERN}
          title="From 0 to 1000, with six decimals at most"
          value={rate[name]}
          error={fieldError(problem, name)}
          onChange={(event) => setRate({ ...rate, [name]: event.target.value.trim() })}
        />
      ))}
    </>
  );
}

function Sure({ rate, present }: { readonly rate: NewRate; readonly present: Rate | undefined }) {
  return (
    <>
      <p>They apply to what is used from that day on, for every account, until the next prices.</p>
      <ul className="changes">
        {PRICES.map(([name, label]) => (
          <li key={name}>
            <span className="change-name">{label}</span>
            {present?.[name] === rate[name] ? (
              <span>{price(rate[name])}, as today</span>
            ) : (
              <>
                {present && <del>{price(present[name])}</del>}
                <ins>{price(rate[name])}</ins>
              </>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}
