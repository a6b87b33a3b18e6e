//! `make secrets` as an operator runs it, against Secrets Manager's emulator; a function says whether it worked.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

use std::fs;

use ops::app_secret::{self, CURRENT, PREVIOUS};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use shared::{
    cipher::{Cipher, EncryptionKeys, Location},
    signing::SigningSecret,
};
use testkit::{Function, TestRequest, World, process::Port};
use tokio::process::Command;
use uuid::Uuid;

/// One secret in the emulator, and the command that looks after it.
struct Operator {
    world: World,
    secret: String,
    secrets_url: String,
}

impl Operator {
    async fn new() -> Self {
        let world = World::new().await;
        let secrets_url = world.stack.secrets_url();
        Self { world, secret: format!("test/{}", Uuid::new_v4().simple()), secrets_url }
    }

    /// With the secret already created; the webhook secret that was shown.
    async fn with_secret() -> (Self, String) {
        let operator = Self::new().await;
        let (stdout, _) = operator.make_secrets(&["--database-url", &operator.database_url()]).await.unwrap();
        (operator, stdout.trim().to_owned())
    }

    fn database_url(&self) -> String {
        self.world.stack.pooled_url(self.world.stack.pgbouncer_port, &self.world.database)
    }

    /// What the command says on stdout and stderr; on stderr alone if it fails. Nobody may see the secret there.
    async fn make_secrets(&self, arguments: &[&str]) -> Result<(String, String), String> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ops"));
        command.args(["secrets", "--secret", &self.secret]).args(arguments);
        command.env("AWS_ENDPOINT_URL_SECRETS_MANAGER", &self.secrets_url);
        let output = command.output().await.unwrap();
        let [stdout, stderr] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
        if !output.status.success() {
            assert_eq!(stdout, "", "{arguments:?}");
            return Err(stderr);
        }
        let secret = self.current().await;
        let keys = secret["encryption_keys"]["keys"].as_object().unwrap();
        for hidden in keys.values().chain([&secret["database_url"], &secret["webhook_secret"]]) {
            assert!(!stderr.contains(hidden.as_str().unwrap()), "{stderr}");
        }
        Ok((stdout, stderr))
    }

    async fn stage(&self, stage: &str) -> Option<Value> {
        let client = app_secret::emulator(&self.secrets_url);
        app_secret::version(&client, &self.secret, stage).await.unwrap().map(|version| version.value)
    }

    async fn current(&self) -> Value {
        self.stage(CURRENT).await.expect("the secret is there")
    }

    /// Whether a function that starts now takes a login that is signed so.
    async fn takes_login_signed_with(&mut self, webhook_secret: &str) -> bool {
        self.world.webhook_secret = SigningSecret::parse(webhook_secret).unwrap();
        let config = Ok(self.world.config(&self.secret));
        let function = Function::start(sync_user::NAME, sync_user::routes(), config, self.world.clock.clone()).await;
        let login = json!({ "user_id": "auth0|ann", "logged_in_at": self.world.clock.now().to_rfc3339() });
        let response = function.send(TestRequest::post("/api/auth/sync-user").json(&login).signed(&self.world)).await;
        assert!([200, 401].contains(&response.status), "{}", response.text);
        response.status == 200
    }
}

fn cipher(secret: &Value) -> Cipher {
    Cipher::new(&EncryptionKeys::from_json(&secret["encryption_keys"]).unwrap()).unwrap()
}

#[tokio::test]
async fn a_created_secret_is_all_that_functions_need_and_shows_only_what_auth0_needs() {
    let mut operator = Operator::new().await;
    let (stdout, stderr) = operator.make_secrets(&["--database-url", &operator.database_url()]).await.unwrap();
    let secret = operator.current().await;
    assert_eq!(stdout, format!("{}\n", secret["webhook_secret"].as_str().unwrap()));
    assert!(stderr.contains("AppSecretArn: arn:aws:secretsmanager:") && stderr.contains("next: "), "{stderr}");
    assert!(operator.takes_login_signed_with(stdout.trim()).await);
    assert_eq!(cipher(&secret).current_key_id(), "k1");
}

#[tokio::test]
async fn a_rotated_webhook_secret_and_the_one_before_are_both_taken() {
    let (mut operator, first) = Operator::with_secret().await;
    let (second, _) = operator.make_secrets(&["--rotate", "webhook"]).await.unwrap();
    assert_ne!(second.trim(), first);
    for webhook_secret in [&first, second.trim()] {
        assert!(operator.takes_login_signed_with(webhook_secret).await);
    }
}

#[tokio::test]
async fn nothing_pushes_out_a_webhook_secret_that_the_action_may_still_use() {
    let (mut operator, first) = Operator::with_secret().await;
    operator.make_secrets(&["--rotate", "webhook"]).await.unwrap();
    let before = (operator.stage(CURRENT).await, operator.stage(PREVIOUS).await);
    let url = operator.database_url();
    for change in [["--rotate", "webhook"], ["--rotate", "encryption"], ["--database-url", &url]] {
        let refusal = operator.make_secrets(&change).await.unwrap_err();
        assert!(refusal.contains("ACTION_UPDATED=yes"), "{change:?}: {refusal}");
        assert_eq!((operator.stage(CURRENT).await, operator.stage(PREVIOUS).await), before, "{change:?}");
    }
    operator.make_secrets(&["--rotate", "encryption", "--action-updated", "yes"]).await.unwrap();
    assert!(!operator.takes_login_signed_with(&first).await);
}

#[tokio::test]
async fn a_new_encryption_key_encrypts_and_the_one_before_still_decrypts() {
    let (operator, webhook_secret) = Operator::with_secret().await;
    let before = operator.current().await;
    let place = Location { column: "hopsworks_clusters.api_key", row: Uuid::new_v4() };
    let sealed = cipher(&before).encrypt(place, &SecretString::from("key"));
    for expected in ["k2", "k3"] {
        let (stdout, stderr) = operator.make_secrets(&["--rotate", "encryption"]).await.unwrap();
        assert!(stdout.is_empty() && stderr.contains("make rotate-keys"), "{stdout} {stderr}");
        let after = operator.current().await;
        assert_eq!(cipher(&after).current_key_id(), expected);
        assert_eq!(cipher(&after).decrypt(place, sealed.as_str()).unwrap().expose_secret(), "key");
        assert_eq!(after["webhook_secret"], webhook_secret);
    }
}

#[tokio::test]
async fn a_new_key_takes_no_name_that_is_taken() {
    let keys = app_secret::with_another_key(&json!({ "current": "k2", "keys": { "k2": "kept" } }));
    assert_eq!((&keys["current"], &keys["keys"]["k2"]), (&json!("k3"), &json!("kept")));
}

#[tokio::test]
async fn database_address_and_certificate_are_replaced_and_the_rest_stays() {
    let (operator, _) = Operator::with_secret().await;
    let mut expected = operator.current().await;
    let file = format!("{}/{}.crt", env!("CARGO_TARGET_TMPDIR"), Uuid::new_v4().simple());
    let pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    fs::write(&file, pem).unwrap();
    let url = "postgresql://api.project:new-password@pooler.example.com:6543/postgres";
    let (stdout, stderr) = operator.make_secrets(&["--database-url", url, "--ca", &file]).await.unwrap();
    assert!(stdout.is_empty() && !stderr.contains("new-password"), "{stdout} {stderr}");
    expected["database_url"] = json!(url);
    expected["database_ca_pem"] = json!(pem);
    assert_eq!(operator.current().await, expected);
}

#[tokio::test]
async fn each_login_role_has_a_password_of_its_own_and_nothing_else_changes_with_it() {
    let (operator, _) = Operator::with_secret().await;
    let mut expected = operator.current().await;
    for (option, role, password) in [
        ("--provisioner-password", "provisioner", "hidden-1"),
        ("--collector-password", "collector", "hidden-2"),
        ("--publisher-password", "publisher", "hidden-3"),
        ("--provisioner-password", "provisioner", "hidden-4"),
    ] {
        let (stdout, stderr) = operator.make_secrets(&[option, password]).await.unwrap();
        assert!(stdout.is_empty() && stderr.contains(role) && !stderr.contains(password), "{stdout} {stderr}");
        expected["passwords"][role] = json!(password);
        assert_eq!(operator.current().await, expected);
    }
}

#[tokio::test]
async fn stripe_is_connected_by_its_secrets_and_disconnected_and_nothing_else_changes_with_it() {
    let (operator, _) = Operator::with_secret().await;
    let mut expected = operator.current().await;
    let (first, second) = ("whsec_hiddenhiddenhiddenhidden11", "whsec_hiddenhiddenhiddenhidden22");
    for (arguments, stripe) in [
        (vec!["--stripe", first], json!({ "webhook_secrets": [first], "livemode": true })),
        (
            vec!["--stripe", &format!("{second},{first}"), "--stripe-mode", "test"],
            json!({ "webhook_secrets": [second, first], "livemode": false }),
        ),
        (vec!["--stripe", "none"], json!(null)),
    ] {
        let (stdout, stderr) = operator.make_secrets(&arguments).await.unwrap();
        assert!(stdout.is_empty() && !stderr.contains("hidden"), "{stdout} {stderr}");
        expected["stripe"] = stripe;
        assert_eq!(operator.current().await, expected);
    }
    for wrong in ["sk_live_hiddenhiddenhiddenhidden", "whsec_hidden", "whsec_hiddenhiddenhiddenhidden11 "] {
        let refusal = operator.make_secrets(&["--stripe", wrong]).await.unwrap_err();
        assert!(refusal.contains("STRIPE") && !refusal.contains("hidden"), "{wrong}: {refusal}");
        assert_eq!(operator.current().await, expected);
    }
}

#[tokio::test]
async fn what_would_put_every_function_out_of_order_is_refused_and_not_repeated() {
    let operator = Operator::new().await;
    let not_pem = format!("{}/Cargo.toml", env!("CARGO_MANIFEST_DIR"));
    let good = "postgresql://api.project:hidden@pooler.example.com:6543/postgres";
    for (arguments, reason) in [
        (vec!["--database-url", "mysql://api:hidden@x.example.com:6543/x"], "is not of the form"),
        (vec!["--database-url", "hidden"], "is not of the form"),
        (vec!["--database-url", "postgresql://api@pooler.example.com:6543/postgres"], "no password"),
        (vec!["--database-url", "postgresql://postgres.x:hidden@pooler.example.com:6543/postgres"], "role `api`"),
        (vec!["--database-url", "postgresql://api.x:hidden@pooler.example.com:5432/postgres"], "port 6543"),
        (vec!["--database-url", good, "--ca", &not_pem], "not a certificate"),
        (vec!["--database-url", good], "CA=… is missing"),
        (vec!["--database-url", good, "--ca", "no-such-file"], "reading CA=no-such-file"),
        (vec!["--rotate", "webhook"], "no secret"),
        (vec![], "create it with DATABASE_URL"),
        (vec!["--database-url", ""], "create it with DATABASE_URL"),
    ] {
        let refusal = operator.make_secrets(&arguments).await.unwrap_err();
        assert!(refusal.contains(reason) && !refusal.contains("hidden"), "{arguments:?}: {refusal}");
        assert_eq!(operator.stage(CURRENT).await, None, "{arguments:?}");
    }
}

#[tokio::test]
async fn an_address_that_lambda_cannot_reach_is_warned_of() {
    let (operator, _) = Operator::with_secret().await;
    for (host, warned) in [
        ("db.abcdefghijkl.supabase.co", true),
        ("DB.abcdefghijkl.Supabase.CO", true),
        ("aws-0-eu-north-1.pooler.supabase.com", false),
        ("db.example.com", false),
    ] {
        let url = format!("postgresql://api:hidden@{host}:6543/postgres");
        let (_, stderr) = operator.make_secrets(&["--database-url", &url]).await.unwrap();
        assert_eq!(stderr.contains("IPv6"), warned, "{host}: {stderr}");
    }
    // Before it connects: here it is refused for its port.
    let mut migrate = Command::new(env!("CARGO_BIN_EXE_ops"));
    migrate.args(["migrate", "--direct-url", "postgresql://postgres:hidden@db.abcdefghijkl.supabase.co:6543/postgres"]);
    let stderr = String::from_utf8(migrate.output().await.unwrap().stderr).unwrap();
    assert!(stderr.contains("IPv6") && stderr.contains("port 5432") && !stderr.contains("hidden"), "{stderr}");
}

#[tokio::test]
async fn without_a_wish_it_says_where_the_secret_is_and_changes_nothing() {
    let (operator, _) = Operator::with_secret().await;
    let (stdout, stderr) = operator.make_secrets(&[]).await.unwrap();
    assert!(stdout.is_empty() && stderr.contains("AppSecretArn: arn:aws:"), "{stdout} {stderr}");
    assert_eq!(operator.stage(PREVIOUS).await, None);
}

#[tokio::test]
async fn out_of_reach_of_aws_one_line_says_what_to_look_at() {
    let mut operator = Operator::new().await;
    let nobody = Port::reserve(0).unwrap().release();
    operator.secrets_url = format!("http://127.0.0.1:{nobody}");
    let refusal = operator.make_secrets(&[]).await.unwrap_err();
    assert!(refusal.contains("AWS_REGION") && refusal.lines().count() == 1, "{refusal}");
}
