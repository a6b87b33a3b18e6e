/** Signing in at the identity provider. Its tokens live as long as the tab. */

import { Auth0Client, GenericError, type ICache } from "@auth0/auth0-spa-js";

import type { Config } from "./config";
import { navigate } from "./location";

const KEY = "sign-in:";

const inThisTab: ICache = {
  get: <T>(key: string) => {
    const stored = sessionStorage.getItem(KEY + key);
    return stored === null ? undefined : (JSON.parse(stored) as T);
  },
  set: (key, entry) => sessionStorage.setItem(KEY + key, JSON.stringify(entry)),
  remove: (key) => sessionStorage.removeItem(KEY + key),
  allKeys: () => {
    const keys = Object.keys(sessionStorage).filter((key) => key.startsWith(KEY));
    return keys.map((key) => key.slice(KEY.length));
  },
};

export interface SignIn {
  /** Of whoever signed in; undefined for nobody. */
  readonly subject: string | undefined;
  /** Why it failed, in the provider's words. */
  readonly failure: string | undefined;
  token(): Promise<string>;
  begin(): Promise<void>;
  end(): Promise<void>;
}

const ENDED = ["login_required", "consent_required", "interaction_required", "mfa_required", "invalid_grant", "access_denied"];

/** Whether only signing in again mends what `token` failed with, and not time, as after a slow answer. */
export const isSignedOut = (error: unknown) => error instanceof GenericError && ENDED.includes(error.error);

/** The console's address, without a page of it. */
export const home = () => window.location.origin + window.location.pathname;

export async function startSignIn({ auth0: { domain, client_id: clientId, audience } }: Config): Promise<SignIn> {
  const auth0 = new Auth0Client({
    domain,
    clientId,
    cache: inThisTab,
    authorizeTimeoutInSeconds: 10,
    authorizationParams: { redirect_uri: home(), audience, scope: "openid profile email" },
  });
  const failure = await comeBack(auth0);
  const user = await auth0.getUser();
  return {
    subject: user?.sub,
    failure,
    token: async () => {
      const token = await auth0.getTokenSilently();
      // The provider's session may be somebody else's by now.
      if (token === undefined || (await auth0.getUser())?.sub !== user?.sub) {
        throw new GenericError("login_required", "Whoever signed in here is signed in no longer.");
      }
      return token;
    },
    begin: () => auth0.loginWithRedirect({ appState: { page: window.location.hash.slice(1) } }),
    end: () => auth0.logout({ logoutParams: { returnTo: home() } }),
  };
}

/** Takes what the provider has put into the address out of it, and goes to the page that was asked for. */
async function comeBack(auth0: Auth0Client): Promise<string | undefined> {
  const query = new URLSearchParams(window.location.search);
  if (!query.has("state") || !(query.has("code") || query.has("error"))) return undefined;
  try {
    const { appState } = await auth0.handleRedirectCallback<{ page?: string }>();
    history.replaceState(null, "", window.location.pathname);
    navigate(appState?.page || "/", { replace: true });
    return undefined;
  } catch (error) {
    history.replaceState(null, "", window.location.pathname + window.location.hash);
    return error instanceof Error ? error.message : String(error);
  }
}
