/** A page without navigation: before the sign-in, and where nothing goes on. */

import type { ReactNode } from "react";

export interface StoppedProps {
  readonly title: string;
  readonly children: ReactNode;
  readonly actions?: ReactNode;
}

export function Stopped({ title, children, actions }: StoppedProps) {
  return (
    <main className="stopped">
      <div className="stopped-box">
        <Mark />
        <h1>{title}</h1>
        {children}
        {actions && <div className="actions">{actions}</div>}
      </div>
    </main>
  );
}

/** The console's sign. */
export function Mark() {
  return (
    <svg className="mark" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" />
      <path d="M8 22v-7M13.3 22V10M18.7 22v-9M24 22V8" />
    </svg>
  );
}
