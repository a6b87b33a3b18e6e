//! Seats as a simple program would keep them: one decision after the other, no SQL, no concurrency.
//!
//! Newcomers are placed at the same time, so which cluster each of them takes is the database's choice. The model proves
//! of it that there was a free seat, and of who queues that there was none, and that nobody was overtaken. All else it
//! decides by itself.

use std::collections::BTreeMap;

use serde_json::Value;

use proof::storm::{decision_log::Decision, values::text};

pub struct Cluster {
    max_users: usize,
    created_at_us: i64,
    is_active: bool,
}

impl Cluster {
    pub fn new(max_users: usize, created_at_us: i64) -> Self {
        Self { max_users, created_at_us, is_active: true }
    }
}

#[derive(Default)]
struct User {
    status: String,
    suspended_with_owner: bool,
    owner: Option<String>,
    seat: Option<String>,
    waiting_since_us: Option<i64>,
}

impl User {
    fn active() -> Self {
        Self { status: "active".to_owned(), ..Self::default() }
    }
}

pub struct Model {
    users: BTreeMap<String, User>,
    clusters: BTreeMap<String, Cluster>,
    /// Who sent each invite, by the token's hash.
    invites: BTreeMap<String, String>,
    /// How many who wait one decision seats.
    seats_at_most: usize,
}

impl Model {
    pub fn new(clusters: BTreeMap<String, Cluster>, invites: BTreeMap<String, String>, seats_at_most: usize) -> Self {
        Self { users: BTreeMap::new(), clusters, invites, seats_at_most }
    }

    /// Where everybody is: `status owner seat waits`.
    pub fn places(&self) -> BTreeMap<String, String> {
        let place = |(id, user): (&String, &User)| {
            let [owner, seat] = [&user.owner, &user.seat].map(|id| id.as_deref().unwrap_or("-"));
            (id.clone(), format!("{} {owner} {seat} {}", user.status, user.waiting_since_us.is_some()))
        };
        self.users.iter().map(place).collect()
    }

    /// Applies what the database did not refuse.
    pub fn apply(&mut self, decision: &Decision) {
        let Decision { function, args, at_us, outcome } = decision;
        let (caller, input) = (&args["caller"]["sub"], &args["input"]);
        if let Some(cluster) = outcome {
            return self.take_newcomer(text(&input["user_id"]), cluster, *at_us);
        }
        match function.as_str() {
            "sync_user" => self.log_in(text(&input["user_id"]), *at_us),
            "assign_user" => {
                let id = text(if input["user_id"].is_null() { caller } else { &input["user_id"] });
                match input["cluster_id"].as_str() {
                    None => self.place(id, *at_us),
                    Some(cluster) => self.move_account(id, cluster),
                }
            }
            "unassign_user" => {
                if !self.unassign(text(&input["user_id"]["id"])) {
                    return;
                }
            }
            "create_hopsworks_cluster" => {
                let cluster = Cluster::new(input["max_users"].as_u64().unwrap() as usize, *at_us);
                self.clusters.insert(text(&input["id"]).to_owned(), cluster);
            }
            "update_hopsworks_cluster" => self.change_cluster(input),
            "accept_invite" => self.join(text(caller), text(&input["token_sha256"]), *at_us),
            "remove_member" => {
                if !self.leave(text(&input["user_id"]["id"]), *at_us) {
                    return;
                }
            }
            "update_user" => {
                let (id, status) = (text(&input["id"]["id"]), text(&input["changes"]["status"]));
                let user = &self.users[id];
                if user.status == status && !(status == "suspended" && user.suspended_with_owner) {
                    return;
                }
                self.set_status(id, status, *at_us);
            }
            "close_account" => {
                let id = text(caller);
                if self.users[id].status == "deleted" {
                    return;
                }
                self.set_status(id, "deleted", *at_us);
            }
            other => panic!("the model does not know {other}"),
        }
        self.place_waiting();
    }

    fn log_in(&mut self, id: &str, at_us: i64) {
        self.users.entry(id.to_owned()).or_insert_with(User::active);
        self.place(id, at_us);
    }

    /// Takes over what the database chose for a newcomer: the cluster, or nothing for a place in the queue.
    fn take_newcomer(&mut self, id: &str, cluster: &str, at_us: i64) {
        assert_eq!(self.next_in_queue(), None, "{id} overtook somebody who waits");
        let before = self.users.insert(id.to_owned(), User::active());
        assert!(before.is_none(), "{id} was no newcomer");
        if cluster.is_empty() {
            assert_eq!(self.seat_for(id), None, "{id} waits, and there is room");
            self.place(id, at_us);
        } else {
            assert!(self.takes_users(cluster), "{id} sits on {cluster}, which has no room");
            self.user(id).seat = Some(cluster.to_owned());
        }
    }

    fn user(&mut self, id: &str) -> &mut User {
        self.users.get_mut(id).unwrap()
    }

    fn taken(&self, cluster: &str) -> usize {
        let taken = self.users.values().filter(|user| user.seat.as_deref() == Some(cluster)).count();
        let max_users = self.clusters[cluster].max_users;
        assert!(taken <= max_users, "{taken} of {max_users}");
        taken
    }

    fn takes_users(&self, cluster: &str) -> bool {
        self.clusters[cluster].is_active && self.taken(cluster) < self.clusters[cluster].max_users
    }

    /// Where a user may sit down now.
    fn seat_for(&self, id: &str) -> Option<String> {
        if let Some(owner) = &self.users[id].owner {
            return self.users[owner].seat.clone().filter(|cluster| self.takes_users(cluster));
        }
        let candidates = self.clusters.iter().filter(|(id, _)| self.takes_users(id));
        let best = candidates.min_by_key(|(id, cluster)| (self.taken(id), cluster.created_at_us, *id));
        best.map(|(id, _)| id.clone())
    }

    /// Into the queue: nobody sits down past it.
    fn place(&mut self, id: &str, at_us: i64) {
        let user = self.user(id);
        if user.status == "active" && user.seat.is_none() {
            user.waiting_since_us = user.waiting_since_us.or(Some(at_us));
        }
    }

    /// Who waits longest of those who could sit.
    fn next_in_queue(&self) -> Option<String> {
        let waiting = self.users.iter().filter_map(|(id, user)| Some((user.waiting_since_us?, id)));
        waiting.filter(|(_, id)| self.seat_for(id).is_some()).min().map(|(_, id)| id.clone())
    }

    fn place_waiting(&mut self) {
        for _ in 0..self.seats_at_most {
            let Some(id) = self.next_in_queue() else { return };
            let seat = self.seat_for(&id);
            let user = self.user(&id);
            (user.seat, user.waiting_since_us) = (seat, None);
        }
    }

    fn team(&self, id: &str) -> Vec<String> {
        let of_team = |(other, user): &(&String, &User)| *other == id || user.owner.as_deref() == Some(id);
        self.users.iter().filter(of_team).map(|(other, _)| other.clone()).collect()
    }

    fn move_account(&mut self, id: &str, cluster: &str) {
        if self.users[id].seat.as_deref() == Some(cluster) {
            return;
        }
        for member in self.team(id) {
            let user = self.user(&member);
            if member == id || user.seat.is_some() || user.waiting_since_us.is_some() {
                (user.seat, user.waiting_since_us) = (Some(cluster.to_owned()), None);
            }
        }
        assert!(self.clusters[cluster].is_active, "the database moves nobody there");
        self.taken(cluster);
    }

    /// Whether that freed any seat.
    fn unassign(&mut self, id: &str) -> bool {
        self.team(id).iter().filter(|member| self.user(member).seat.take().is_some()).count() > 0
    }

    fn change_cluster(&mut self, input: &Value) {
        let cluster = self.clusters.get_mut(input["id"].as_str().unwrap()).unwrap();
        if let Some(max_users) = input["changes"]["max_users"].as_u64() {
            cluster.max_users = max_users as usize;
        }
        if let Some(status) = input["changes"]["status"].as_str() {
            cluster.is_active = status == "active";
        }
    }

    fn join(&mut self, id: &str, token_hash: &str, at_us: i64) {
        let owner = self.invites[token_hash].clone();
        let beside = self.users[id].seat.is_some() && self.users[id].seat == self.users[&owner].seat;
        let user = self.user(id);
        user.owner = Some(owner);
        if !beside {
            user.seat = None;
            user.waiting_since_us = user.waiting_since_us.or((user.status == "active").then_some(at_us));
        }
    }

    /// Whether the former member has to find another seat.
    fn leave(&mut self, id: &str, at_us: i64) -> bool {
        let user = self.user(id);
        (user.owner, user.suspended_with_owner) = (None, false);
        if user.status == "active" {
            (user.seat, user.waiting_since_us) = (None, Some(at_us));
        }
        user.status == "active"
    }

    fn set_status(&mut self, id: &str, status: &str, at_us: i64) {
        for member in self.team(id) {
            let user = self.user(&member);
            let is_target = member == id;
            match status {
                "deleted" if is_target => *user = User { status: status.to_owned(), ..User::default() },
                "active" if user.status == "deleted" && is_target => {
                    *user = User { waiting_since_us: Some(at_us), ..User::active() };
                }
                "suspended" if user.status == "active" => {
                    user.status = status.to_owned();
                    (user.waiting_since_us, user.suspended_with_owner) = (None, !is_target);
                }
                // Now for themselves: they do not come back with the owner.
                "suspended" if is_target => user.suspended_with_owner = false,
                "active" if user.status == "suspended" && (is_target || user.suspended_with_owner) => {
                    user.status = status.to_owned();
                    user.suspended_with_owner = false;
                    if user.seat.is_none() {
                        user.waiting_since_us = Some(at_us);
                    }
                }
                _ => {}
            }
        }
    }
}
