/** Fields of forms, with what is wrong with them. */

import type { ApiProblem } from "back-office-client";
import { type ComponentProps, type ReactNode, useId } from "react";

interface Said {
  readonly label: string;
  readonly hint?: ReactNode;
  /** What is wrong, in a sentence. */
  readonly error?: string | undefined;
}

export interface FieldProps extends Said, Omit<ComponentProps<"input">, "id"> {
  /** Stands before the value, such as `$`. */
  readonly before?: string;
}

export function Field({ label, hint, error, before, ...input }: FieldProps) {
  const id = useId();
  return (
    <Around id={id} {...{ label, hint, error }}>
      <span className="input-box">
        {before && <span aria-hidden="true">{before}</span>}
        <input className="input" id={id} {...said(id, hint, error)} {...input} />
      </span>
    </Around>
  );
}

export interface SelectFieldProps extends Said, Omit<ComponentProps<"select">, "id"> {}

export function SelectField({ label, hint, error, ...select }: SelectFieldProps) {
  const id = useId();
  return (
    <Around id={id} {...{ label, hint, error }}>
      <select className="input" id={id} {...said(id, hint, error)} {...select} />
    </Around>
  );
}

const said = (id: string, hint: ReactNode, error: string | undefined) => ({
  "aria-invalid": error !== undefined,
  "aria-describedby": error !== undefined || hint ? `${id}-said` : undefined,
});

function Around({ id, label, hint, error, children }: Said & { readonly id: string; readonly children: ReactNode }) {
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children}
      {(error !== undefined || hint) && (
        <p
          key={error}
          id={`${id}-said`}
          className={error !== undefined ? "field-error" : "hint"}
          role={error !== undefined ? "alert" : undefined}
        >
          {error ?? hint}
        </p>
      )}
    </div>
  );
}

/** What the API says is wrong with a field. */
export function fieldError(problem: ApiProblem | undefined, field: string): string | undefined {
  return problem?.problem.errors?.find((error) => error.field === field)?.reason;
}
