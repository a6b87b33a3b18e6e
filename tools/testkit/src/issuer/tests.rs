//! People sign in to the web app as they do by Auth0, and whoever does it otherwise is refused.

use aws_lc_rs::digest::{SHA256, digest};
use chrono::TimeDelta;
use data_encoding::BASE64URL_NOPAD;
use reqwest::{Client, Method, Response, redirect::Policy};
use serde_json::{Value, json};
use shared::clock::Clock;
use url::Url;

use super::{Issuer, KeySize, Person, SigningKey, WebApp};
use crate::process::Port;

const ORIGIN: &str = "http://127.0.0.1:9010";
const CALLBACK: &str = "http://127.0.0.1:9010/";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

struct Browser {
    http: Client,
    issuer: Issuer,
    clock: Clock,
}

impl Browser {
    async fn start() -> Self {
        let key = SigningKey::generate("first", KeySize::Rsa2048).unwrap();
        let ann = Person {
            sub: "auth0|ann".to_owned(),
            email: "ann@example.com".to_owned(),
            name: Some("Ann <Example>".to_owned()),
        };
        let web_app = WebApp {
            client_id: "console".to_owned(),
            origin: ORIGIN.to_owned(),
            audience: "https://api.test".to_owned(),
            claims_namespace: "https://app.test".to_owned(),
            people: vec![ann],
        };
        let clock = Clock::manual(Clock::System.now());
        let issuer = Issuer::start_for(web_app, Port::reserve(0).unwrap(), &key, clock.clone()).await.unwrap();
        Self { http: Client::builder().redirect(Policy::none()).build().unwrap(), issuer, clock }
    }

    /// The address of the login page, with some parameters changed.
    fn login(&self, changes: &[(&str, &str)]) -> Url {
        let challenge = BASE64URL_NOPAD.encode(digest(&SHA256, VERIFIER.as_bytes()).as_ref());
        let usual = [
            ("client_id", "console"),
            ("redirect_uri", CALLBACK),
            ("response_type", "code"),
            ("response_mode", "query"),
            ("audience", "https://api.test"),
            ("scope", "openid profile email"),
            ("state", "of the web app"),
            ("nonce", "once"),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
            ("auth0Client", "e30="),
        ];
        let changed = |name| changes.iter().find(|(other, _)| *other == name).map(|(_, value)| *value);
        let kept = usual.into_iter().map(|(name, value)| (name, changed(name).unwrap_or(value)));
        let added = changes.iter().copied().filter(|(name, _)| usual.iter().all(|(other, _)| other != name));
        let parameters: Vec<(&str, &str)> = kept.chain(added).collect();
        Url::parse_with_params(&format!("{}authorize", self.issuer.url()), parameters).unwrap()
    }

    async fn get(&self, url: Url) -> Response {
        self.http.get(url).send().await.unwrap()
    }

    /// Sends the form of the login page.
    async fn sign_in(&self, url: Url, email: &str) -> Response {
        let form = url::form_urlencoded::Serializer::new(String::new()).append_pair("email", email).finish();
        let asked = self.http.post(url).header("content-type", "application/x-www-form-urlencoded");
        asked.body(form).send().await.unwrap()
    }

    async fn code_of(&self, email: &str) -> String {
        sent_back(&self.sign_in(self.login(&[]), email).await, "code").unwrap()
    }

    /// Asks for tokens, with some fields changed: status and body.
    async fn exchange(&self, code: &str, changes: &[(&str, &str)]) -> (u16, Value) {
        let mut body = json!({
            "grant_type": "authorization_code",
            "client_id": "console",
            "code": code,
            "code_verifier": VERIFIER,
            "redirect_uri": CALLBACK,
        });
        for (name, value) in changes {
            body[name] = json!(value);
        }
        let asked = self.http.post(format!("{}oauth/token", self.issuer.url()));
        let answer = asked.header("content-type", "application/json").body(body.to_string()).send().await.unwrap();
        (answer.status().as_u16(), serde_json::from_str(&answer.text().await.unwrap()).unwrap())
    }
}

/// What stands in the address that an answer leads to, which must be the web app's.
fn sent_back(answer: &Response, name: &str) -> Option<String> {
    assert_eq!(answer.status(), 302);
    let url = Url::parse(answer.headers()["location"].to_str().unwrap()).unwrap();
    assert_eq!(url.origin().ascii_serialization(), ORIGIN);
    url.query_pairs().find(|(other, _)| other == name).map(|(_, value)| value.into_owned())
}

/// The claims of a token.
fn said(token: &Value) -> Value {
    let claims = token.as_str().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&BASE64URL_NOPAD.decode(claims.as_bytes()).unwrap()).unwrap()
}

#[tokio::test]
async fn somebody_known_signs_in_by_a_button_and_the_web_app_gets_its_tokens() {
    let browser = Browser::start().await;
    let page = browser.get(browser.login(&[])).await;
    assert_eq!(page.status(), 200);
    let page = page.text().await.unwrap();
    assert!(page.contains(r#"<button name="email" value="ann@example.com">Ann &lt;Example&gt;</button>"#), "{page}");
    let answer = browser.sign_in(browser.login(&[]), "ann@example.com").await;
    assert_eq!(sent_back(&answer, "state").as_deref(), Some("of the web app"));
    let (status, tokens) = browser.exchange(&sent_back(&answer, "code").unwrap(), &[]).await;
    assert_eq!((status, &tokens["token_type"], &tokens["expires_in"]), (200, &json!("Bearer"), &json!(3600)));
    let (access, id) = (said(&tokens["access_token"]), said(&tokens["id_token"]));
    assert_eq!((&access["sub"], &id["sub"]), (&json!("auth0|ann"), &json!("auth0|ann")));
    assert_eq!((&access["aud"][0], &id["aud"]), (&json!("https://api.test"), &json!("console")));
    assert_eq!((&access["iss"], &id["iss"]), (&json!(browser.issuer.url()), &json!(browser.issuer.url())));
    assert_eq!((&access["https://app.test/email"], &id["nonce"]), (&json!("ann@example.com"), &json!("once")));
    assert_eq!((&access["https://app.test/name"], &id["name"]), (&json!("Ann <Example>"), &json!("Ann <Example>")));
}

#[tokio::test]
async fn anybody_signs_in_by_an_address() {
    let browser = Browser::start().await;
    for (email, sub) in [("Eve.Fox@example.com", "auth0|eve.fox"), ("eve@x.io", "auth0|eve-x.io")] {
        let (_, tokens) = browser.exchange(&browser.code_of(email).await, &[]).await;
        let access = said(&tokens["access_token"]);
        assert_eq!((&access["sub"], &access["https://app.test/email"]), (&json!(sub), &json!(email)));
    }
    assert_eq!(browser.sign_in(browser.login(&[]), "nobody").await.status(), 400);
}

#[tokio::test]
async fn nobody_is_sent_elsewhere() {
    let browser = Browser::start().await;
    for wrong in [
        ("redirect_uri", "http://127.0.0.1:9011/"),
        ("redirect_uri", "http://127.0.0.1:9010//"),
        ("redirect_uri", ORIGIN),
        ("redirect_uri", "http://127.0.0.1:9010.example.com/"),
        ("redirect_uri", "http://127.0.0.1:9010/other"),
        ("redirect_uri", ""),
        ("client_id", "another"),
    ] {
        for answer in [
            browser.get(browser.login(&[wrong])).await,
            browser.get(browser.login(&[wrong, ("prompt", "none")])).await,
            browser.sign_in(browser.login(&[wrong]), "ann@example.com").await,
        ] {
            assert_eq!((answer.status().as_u16(), answer.headers().get("location")), (403, None), "{wrong:?}");
        }
    }
}

#[tokio::test]
async fn what_the_web_app_asks_wrongly_it_is_told() {
    let browser = Browser::start().await;
    for (wrong, error) in [
        (("response_type", "token"), "unsupported_response_type"),
        (("audience", "https://another.test"), "access_denied"),
        (("code_challenge", ""), "invalid_request"),
        (("code_challenge_method", "plain"), "invalid_request"),
        (("response_mode", "form_post"), "invalid_request"),
        (("prompt", "none"), "login_required"),
    ] {
        let answer = browser.get(browser.login(&[wrong])).await;
        assert_eq!(sent_back(&answer, "error").as_deref(), Some(error), "{wrong:?}");
        assert_eq!(sent_back(&answer, "state").as_deref(), Some("of the web app"));
    }
    let hidden = browser.get(browser.login(&[("prompt", "none"), ("response_mode", "web_message")])).await;
    assert_eq!(hidden.status(), 200);
    let page = hidden.text().await.unwrap();
    assert!(page.contains(r#""error":"login_required""#) && page.contains(r#", "http://127.0.0.1:9010")"#), "{page}");
    let attack = browser.login(&[("prompt", "none"), ("response_mode", "web_message"), ("state", "</script>")]);
    let page = browser.get(attack).await.text().await.unwrap();
    assert_eq!(page.matches("</script>").count(), 1, "{page}");
}

#[tokio::test]
async fn a_code_is_good_once_for_a_minute_and_for_whoever_asked_for_it() {
    let browser = Browser::start().await;
    for (wrong, error, status) in [
        (("code_verifier", "another"), "invalid_grant", 403),
        (("redirect_uri", ORIGIN), "invalid_grant", 403),
        (("code", "another"), "invalid_grant", 403),
        (("client_id", "another"), "invalid_client", 401),
        (("grant_type", "password"), "unsupported_grant_type", 403),
    ] {
        let code = browser.code_of("ann@example.com").await;
        let (got, body) = browser.exchange(&code, &[wrong]).await;
        assert_eq!((got, &body["error"]), (status, &json!(error)), "{wrong:?}");
        assert_eq!(body["access_token"], Value::Null);
    }
    let code = browser.code_of("ann@example.com").await;
    assert_eq!(browser.exchange(&code, &[("code_verifier", "guessed")]).await.0, 403);
    assert_eq!(browser.exchange(&code, &[]).await.0, 403, "it was used up by a wrong try");
    let code = browser.code_of("ann@example.com").await;
    assert_eq!(browser.exchange(&code, &[]).await.0, 200);
    assert_eq!(browser.exchange(&code, &[]).await.0, 403, "it was used");
    let code = browser.code_of("ann@example.com").await;
    browser.clock.advance(TimeDelta::seconds(60));
    assert_eq!(browser.exchange(&code, &[]).await.0, 403, "it is too old");
}

#[tokio::test]
async fn the_web_app_alone_reads_tokens_in_a_browser_and_may_send_them_as_a_form() {
    let browser = Browser::start().await;
    let url = format!("{}oauth/token", browser.issuer.url());
    for (origin, may_read) in [(ORIGIN, true), ("http://127.0.0.1:9011", false)] {
        let asked = browser.http.request(Method::OPTIONS, &url).header("origin", origin);
        let asked = asked.header("access-control-request-method", "POST").send().await.unwrap();
        assert_eq!(asked.headers().contains_key("access-control-allow-origin"), may_read);
        let body = format!(
            "grant_type=authorization_code&client_id=console&code_verifier={VERIFIER}&code={}&redirect_uri={CALLBACK}",
            browser.code_of("ann@example.com").await
        );
        let sent = browser.http.post(&url).header("origin", origin);
        let sent = sent.header("content-type", "application/x-www-form-urlencoded").body(body).send().await.unwrap();
        assert_eq!(sent.status(), 200);
        assert_eq!(sent.headers().contains_key("access-control-allow-origin"), may_read);
    }
}

#[tokio::test]
async fn whoever_signs_out_is_sent_back_to_the_web_app_or_nowhere() {
    let browser = Browser::start().await;
    let log_out = |to: &str| Url::parse(&format!("{}v2/logout?client_id=console{to}", browser.issuer.url())).unwrap();
    assert_eq!(sent_back(&browser.get(log_out("&returnTo=http://127.0.0.1:9010/")).await, "code"), None);
    assert_eq!(browser.get(log_out("&returnTo=http://127.0.0.1:9010")).await.status(), 400);
    assert_eq!(browser.get(log_out("")).await.status(), 200);
}

#[tokio::test]
async fn the_issuer_says_where_everything_is() {
    let browser = Browser::start().await;
    let url = browser.issuer.url();
    let answer = browser.get(Url::parse(&format!("{url}.well-known/openid-configuration")).unwrap()).await;
    let said: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    assert_eq!(said["issuer"], json!(url));
    assert_eq!(said["token_endpoint"], json!(format!("{url}oauth/token")));
    let keys = browser.get(Url::parse(said["jwks_uri"].as_str().unwrap()).unwrap()).await;
    assert!(keys.text().await.unwrap().contains(r#""kid":"first""#));
}
