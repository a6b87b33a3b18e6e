/** The filters above a list: a choice acts at once, a text when Enter is pressed or the field is left. */

import { useClusters } from "back-office-client";
import { type FormEvent, type ReactNode, useEffect, useState } from "react";

import { Button, Field, SelectField } from "../ui";

export interface FilterBarProps {
  /** What is filtered; screen readers say it. */
  readonly label: string;
  readonly children: ReactNode;
  /** Removes all filters; undefined while there are none. */
  readonly onClear: (() => void) | undefined;
}

export function FilterBar({ label, children, onClear }: FilterBarProps) {
  return (
    <div className="filters" role="search" aria-label={label}>
      {children}
      {onClear && (
        <Button kind="quiet" onClick={onClear}>
          Clear
        </Button>
      )}
    </div>
  );
}

export interface FilterProps {
  readonly label: string;
  readonly value: string | undefined;
  readonly onChange: (value: string) => void;
}

export interface TextFilterProps extends FilterProps {
  readonly placeholder?: string;
  /** Values to choose from; others can be typed. */
  readonly known?: readonly string[];
}

export function TextFilter({ label, value = "", onChange, placeholder, known }: TextFilterProps) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  const apply = () => {
    if (text.trim() !== value) onChange(text.trim());
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    apply();
  };
  const list = known && `known-${label.toLowerCase().replaceAll(" ", "-")}`;
  return (
    <form className="filter filter-wide" onSubmit={submit}>
      <Field
        label={label}
        value={text}
        placeholder={placeholder}
        list={list}
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        enterKeyHint="search"
        onChange={(event) => setText(event.target.value)}
        onBlur={apply}
      />
      {known && (
        <datalist id={list}>
          {known.map((value) => (
            <option key={value} value={value} />
          ))}
        </datalist>
      )}
    </form>
  );
}

export interface ChoiceFilterProps extends FilterProps {
  /** What stands for no filter. */
  readonly any: string;
  readonly options: readonly (readonly [value: string, text: string])[];
}

export function ChoiceFilter({ label, value = "", onChange, any, options }: ChoiceFilterProps) {
  const known = value === "" || options.some(([option]) => option === value);
  return (
    <div className="filter">
      <SelectField label={label} value={value} onChange={(event) => onChange(event.target.value)}>
        <option value="">{any}</option>
        {options.map(([option, text]) => (
          <option key={option} value={option}>
            {text}
          </option>
        ))}
        {!known && <option value={value}>{value}</option>}
      </SelectField>
    </div>
  );
}

export function ClusterFilter(props: Omit<FilterProps, "label">) {
  const { items } = useClusters();
  return <ChoiceFilter label="Cluster" any="All clusters" options={items.map(({ id, name }) => [id, name])} {...props} />;
}

export function DayFilter({ label, value = "", onChange }: FilterProps) {
  return (
    <div className="filter">
      <Field label={label} type="date" value={value} onChange={(event) => onChange(event.target.value)} />
    </div>
  );
}
