//! What a Hopsworks server keeps, and its rules for new users and new projects.

use std::collections::BTreeMap;

use super::{
    answer::{ILLEGAL_STATE, INVALID_EMAIL, NAME_NOT_SET, Refusal, USER_EXISTS},
    project::HopsworksProject,
    user::{ADMINISTRATOR, HopsworksUser, Status},
};

const USERNAME_LENGTH: usize = 8;
/// Of user names that share their first letters.
const MOST_NUMBERED_NAMES: usize = 1_000;
/// The limit of a user for whom nobody asks for another.
const USUAL_PROJECTS: i32 = 10;

/// In what servers differ.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// Every new user starts with no project, whatever was asked for.
    pub is_saas_managed: bool,
    /// A project counts while it lives. Otherwise it counts for ever: to delete it makes no room.
    pub counts_living_only: bool,
    /// Since 4.6 a project says in which namespace it runs.
    pub tells_namespaces: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self { is_saas_managed: true, counts_living_only: false, tells_namespaces: true }
    }
}

/// What somebody asks for a new user. Their identity is client id and subject; a local user has none.
pub struct NewUser {
    pub identity: Option<(String, String)>,
    pub email: String,
    pub given_name: String,
    pub surname: String,
    pub max_projects: i32,
    pub status: Status,
    pub roles: Vec<String>,
}

pub struct State {
    pub rules: Rules,
    pub key: String,
    pub is_key_revoked: bool,
    pub scopes: Vec<String>,
    pub projects: BTreeMap<i32, HopsworksProject>,
    users: BTreeMap<i32, HopsworksUser>,
    /// Numbers of users by address (lower case), identity and user name: thousands of accounts are made at once.
    known: BTreeMap<String, i32>,
    next_number: i32,
}

impl State {
    /// A server with its administrator, and a key of theirs.
    pub fn new(key: String) -> Self {
        let scopes = ["ADMIN", "ADMINISTER_USERS"].map(str::to_owned).to_vec();
        let mut state = Self {
            rules: Rules::default(),
            key,
            is_key_revoked: false,
            scopes,
            projects: BTreeMap::new(),
            users: BTreeMap::new(),
            known: BTreeMap::new(),
            next_number: ADMINISTRATOR,
        };
        let administrator = NewUser {
            identity: None,
            email: "admin@hopsworks.ai".to_owned(),
            given_name: "Admin".to_owned(),
            surname: "Admin".to_owned(),
            max_projects: 0,
            status: Status::Activated,
            roles: vec!["HOPS_ADMIN".to_owned()],
        };
        state.register(administrator).expect("nobody is there yet");
        state.change(ADMINISTRATOR, |user| user.max_projects = -1);
        state
    }

    pub fn users(&self) -> impl Iterator<Item = &HopsworksUser> {
        self.users.values()
    }

    pub fn user(&self, number: i32) -> Option<&HopsworksUser> {
        self.users.get(&number)
    }

    /// Whose addresses begin so, be it in capitals or not.
    pub fn users_at(&self, beginning: &str) -> impl Iterator<Item = &HopsworksUser> {
        let beginning = by_email(beginning);
        let named = self.known.range(beginning.clone()..).take_while(move |(name, _)| name.starts_with(&beginning));
        named.filter_map(|(_, number)| self.user(*number))
    }

    pub fn user_of(&self, uuid: &str) -> Option<&HopsworksUser> {
        self.known.get(&by_uuid(uuid)).and_then(|number| self.user(*number))
    }

    pub fn user_named(&self, username: &str) -> Option<&HopsworksUser> {
        self.known.get(&by_username(username)).and_then(|number| self.user(*number))
    }

    /// Adds a user, or puts them in the place of what they were.
    fn put(&mut self, user: HopsworksUser) {
        self.known.extend(names(&user).map(|name| (name, user.number)));
        self.users.insert(user.number, user);
    }

    pub fn remove(&mut self, number: i32) -> Option<HopsworksUser> {
        let user = self.users.remove(&number)?;
        for name in names(&user) {
            self.known.remove(&name);
        }
        Some(user)
    }

    /// Removes a user with all that they had.
    pub fn forget(&mut self, number: i32) {
        self.remove(number);
        self.projects.retain(|_, project| project.owner != number);
        for project in self.projects.values_mut() {
            project.members.remove(&number);
        }
    }

    /// Nothing if nobody has this number.
    pub fn change(&mut self, number: i32, change: impl FnOnce(&mut HopsworksUser)) -> Option<&HopsworksUser> {
        let mut user = self.remove(number)?;
        change(&mut user);
        self.put(user);
        self.user(number)
    }

    /// Numbers have gaps, as those of a server with other tables do.
    pub fn draw_number(&mut self) -> i32 {
        let number = self.next_number;
        self.next_number += 1 + number % 3;
        number
    }

    /// Adds a user as the server does. That an identity may not come twice is assumed.
    pub fn register(&mut self, new: NewUser) -> Result<&HopsworksUser, Refusal> {
        if !is_address(&new.email) {
            return Err(INVALID_EMAIL);
        }
        let uuid = new.identity.as_ref().map(|(client_id, subject)| by_uuid(&format!("{client_id}.{subject}")));
        let is_known = |name: &String| self.known.contains_key(name);
        if is_known(&by_email(&new.email)) || uuid.as_ref().is_some_and(is_known) {
            return Err(USER_EXISTS);
        }
        if new.given_name.is_empty() || new.surname.is_empty() {
            return Err(NAME_NOT_SET.because("User name is required"));
        }
        let username = self.free_username(&new.email)?;
        let is_remote = new.identity.is_some();
        let (client_id, subject) = new.identity.unzip();
        // The addresses of local users alone are put in lower case.
        let email = if is_remote { new.email } else { new.email.to_lowercase() };
        let max_projects = match new.max_projects {
            _ if self.rules.is_saas_managed => 0,
            asked @ 1.. => asked,
            // Nobody can ask for none here: zero is also what a parameter is that was not sent.
            _ => USUAL_PROJECTS,
        };
        let number = self.draw_number();
        self.put(HopsworksUser {
            number,
            client_id,
            subject,
            email,
            given_name: new.given_name,
            surname: new.surname,
            username,
            status: new.status,
            roles: new.roles,
            max_projects,
            created_projects: 0,
        });
        Ok(&self.users[&number])
    }

    /// The first letters and digits of the address, filled up with zeros. If somebody has that name, a number takes the
    /// place of its end.
    fn free_username(&self, email: &str) -> Result<String, Refusal> {
        let local = email.rsplit_once('@').map_or(email, |(local, _)| local).to_lowercase();
        let usable = local.chars().filter(char::is_ascii_alphanumeric);
        let base: String = usable.chain("0".repeat(USERNAME_LENGTH).chars()).take(USERNAME_LENGTH).collect();
        let numbered = (1..MOST_NUMBERED_NAMES).map(|number| {
            let number = number.to_string();
            format!("{}{number}", &base[..USERNAME_LENGTH - number.len()])
        });
        let mut names = [base.clone()].into_iter().chain(numbered);
        let taken = ILLEGAL_STATE.because("You cannot register with this email address. Pick another.");
        names.find(|name| self.user_named(name).is_none()).ok_or(taken)
    }

    pub fn active_projects(&self, user: i32) -> usize {
        self.projects.values().filter(|project| project.owner == user).count()
    }
}

fn by_email(email: &str) -> String {
    format!("email {}", email.to_lowercase())
}

fn by_uuid(uuid: &str) -> String {
    format!("uuid {uuid}")
}

fn by_username(username: &str) -> String {
    format!("username {username}")
}

/// What a user is found by, apart from their number.
fn names(user: &HopsworksUser) -> impl Iterator<Item = String> + use<> {
    [by_email(&user.email), by_username(&user.username)].into_iter().chain(user.uuid().map(|uuid| by_uuid(&uuid)))
}

fn is_address(text: &str) -> bool {
    let has_space = text.chars().any(|char| char.is_whitespace() || char.is_control());
    text.split_once('@').is_some_and(|(local, domain)| {
        let ending = domain.rsplit_once('.').filter(|(host, _)| !host.is_empty()).map(|(_, ending)| ending);
        let is_good = ending.is_some_and(|ending| ending.len() > 1 && ending.chars().all(char::is_alphabetic));
        !has_space && !local.is_empty() && !domain.contains('@') && is_good
    })
}
