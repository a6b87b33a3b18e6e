/** Buttons, and a link that is copied. */

import { type ButtonHTMLAttributes, useState } from "react";

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly kind?: "primary" | "plain" | "quiet" | "danger";
  readonly small?: boolean;
  /** While what it began goes on. */
  readonly busy?: boolean;
}

/** A busy button keeps the focus, and does nothing. */
export function Button({ kind = "plain", small = false, busy = false, className = "", onClick, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      className={`button button-${kind} ${small ? "button-small" : ""} ${className}`}
      aria-busy={busy || undefined}
      aria-disabled={busy || undefined}
      onClick={(event) => (busy ? event.preventDefault() : onClick?.(event))}
    />
  );
}

export interface CopyLinkProps {
  readonly href: string;
  /** What the link is. */
  readonly label: string;
}

/** A link to copy. Where the clipboard is closed, it can be selected. */
export function CopyLink({ href, label }: CopyLinkProps) {
  const [copied, setCopied] = useState<boolean>();
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(href);
      setCopied(true);
    } catch {
      setCopied(false);
    }
  };
  return (
    <div className="copy">
      <input className="input" readOnly aria-label={label} value={href} onFocus={(event) => event.target.select()} />
      <Button kind="primary" onClick={() => void copy()}>
        {copied ? "Copied" : "Copy"}
      </Button>
      <span className="unseen" role="status">
        {copied === true && "The link is copied."}
        {copied === false && "The link cannot be copied: select it and copy it yourself."}
      </span>
    </div>
  );
}

/** One of a few: a choice that acts at once. */
export interface ChoiceProps<Value extends string> {
  readonly label: string;
  readonly options: readonly (readonly [value: Value, text: string])[];
  readonly value: Value;
  readonly onChange: (value: Value) => void;
}

export function Choice<Value extends string>({ label, options, value, onChange }: ChoiceProps<Value>) {
  return (
    <div className="choice" role="group" aria-label={label}>
      {options.map(([option, text]) => (
        <button key={option} type="button" aria-pressed={option === value} onClick={() => onChange(option)}>
          {text}
        </button>
      ))}
    </div>
  );
}
