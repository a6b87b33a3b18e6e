/** Amounts, quantities, times and states. */

import type { ReactNode } from "react";

import * as format from "../format";

/** US dollars, to the cent. */
export function Money({ value }: { readonly value: string }) {
  return <span className="number">{format.money(value)}</span>;
}

/** A price in US dollars, to its last decimal. */
export function Price({ value }: { readonly value: string }) {
  return <span className="number">{format.price(value)}</span>;
}

export function Quantity({ value, unit }: { readonly value: string; readonly unit?: string }) {
  return (
    <span className="number" title={value}>
      {format.quantity(value)}
      {unit && <span className="unit"> {unit}</span>}
    </span>
  );
}

export interface TimeProps {
  readonly at: string;
  /** Such as "3 days ago". */
  readonly relative?: boolean;
  readonly seconds?: boolean;
}

export function Time({ at, relative = false, seconds = false }: TimeProps) {
  const text = relative ? format.ago(at) : seconds ? format.timeWithSeconds(at) : format.time(at);
  return (
    <time dateTime={at} title={at}>
      {text}
    </time>
  );
}

/** A day (UTC). */
export function Day({ date }: { readonly date: string }) {
  return <time dateTime={date}>{format.day(date)}</time>;
}

export type Tone = "good" | "warn" | "bad" | "info" | "plain";

/** A state in a word. */
export function Badge({ tone = "plain", children }: { readonly tone?: Tone; readonly children: ReactNode }) {
  return <span className={`badge badge-${tone}`}>{children}</span>;
}

export interface MeterProps {
  readonly label: string;
  readonly value: number;
  readonly max: number;
  readonly tone?: Tone;
  /** What it says in words; a screen reader says this. */
  readonly text: string;
}

/** A bar that is full so far. */
export function Meter({ label, value, max, tone = "good", text }: MeterProps) {
  const part = max > 0 ? Math.min(1, Math.max(0, value / max)) : 0;
  return (
    <div
      className={`meter meter-${tone}`}
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={max}
      aria-valuenow={Math.min(Math.max(0, value), max)}
      aria-valuetext={text}
    >
      <div style={{ inlineSize: `${part * 100}%` }} />
    </div>
  );
}
