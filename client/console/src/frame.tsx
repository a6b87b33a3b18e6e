/** What stands around each page: the navigation, whoever is signed in, and the page itself. */

import { useAdmin, type UserState } from "back-office-client";
import { Suspense, useEffect, useState } from "react";
import { Link, Route, Switch, useLocation } from "wouter";

import { Failure } from "./failure";
import { ADMIN_PAGES, type PageRoute, USER_PAGES } from "./routes";
import { Mark } from "./stopped";
import { ThemeSwitch } from "./theme";
import { Button, Empty, Loading, Page } from "./ui";

interface FrameProps {
  readonly me: UserState;
  readonly signOut: () => void;
}

export function Frame({ me, signOut }: FrameProps) {
  const { isAdmin } = useAdmin();
  const [open, setOpen] = useState(false);
  const [path] = useLocation();
  useEffect(() => setOpen(false), [path]);
  const own = USER_PAGES.filter(({ ownersOnly }) => !ownersOnly || me.account_owner_id === null);
  return (
    <div className="frame">
      <a className="skip" href="#main" onClick={(event) => (event.preventDefault(), document.getElementById("main")?.focus())}>
        Skip to the page
      </a>
      <header className="side">
        <div className="side-stay">
          <div className="side-head">
            <Link href="/" className="brand">
              <Mark />
              Hopsworks
            </Link>
            <Button className="menu" aria-expanded={open} aria-controls="navigation" onClick={() => setOpen(!open)}>
              Menu
            </Button>
          </div>
          <div id="navigation" className={open ? "side-body side-open" : "side-body"}>
            <nav aria-label="Your account">
              <NavLinks pages={own} />
            </nav>
            {isAdmin && (
              <nav aria-label="Administration">
                <p className="nav-head">Administration</p>
                <NavLinks pages={ADMIN_PAGES} />
              </nav>
            )}
            <Who me={me} signOut={signOut} />
          </div>
        </div>
      </header>
      <main id="main" tabIndex={-1}>
        <Pages isAdmin={isAdmin} />
      </main>
    </div>
  );
}

function NavLinks({ pages }: { readonly pages: readonly PageRoute[] }) {
  const [here] = useLocation();
  return (
    <ul className="nav">
      {pages.map(({ path, label }) => {
        if (label === undefined) return null;
        const current = here === path || (path !== "/" && here.startsWith(`${path}/`));
        return (
          <li key={path}>
            <Link href={path} aria-current={current ? "page" : undefined}>
              {label}
            </Link>
          </li>
        );
      })}
    </ul>
  );
}

function Who({ me, signOut }: FrameProps) {
  return (
    <div className="who">
      <p>
        <strong>{me.name ?? me.email ?? me.id}</strong>
        {me.name !== null && me.email !== null && <span className="hint">{me.email}</span>}
      </p>
      <ThemeSwitch />
      <Button small onClick={signOut}>
        Sign out
      </Button>
    </div>
  );
}

function Pages({ isAdmin }: { readonly isAdmin: boolean }) {
  const [path] = useLocation();
  const pages = isAdmin ? [...USER_PAGES, ...ADMIN_PAGES] : USER_PAGES;
  return (
    <Failure key={path}>
      <Suspense fallback={<Loading what="Loading the page" />}>
        <Switch>
          {pages.map(({ path, page }) => (
            <Route key={path} path={path} component={page} />
          ))}
          <Route>
            <Page title="There is no such page">
              <Empty action={<Link href="/">Go to your home page</Link>}>
                {path.startsWith("/admin/") && !isAdmin ? "This page is for administrators." : "The link may be old."}
              </Empty>
            </Page>
          </Route>
        </Switch>
      </Suspense>
    </Failure>
  );
}
