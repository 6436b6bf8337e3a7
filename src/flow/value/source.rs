//! What requests go through, and what they and clients are made of.

use super::slots::Slots;
use super::{ClientId, SiteKey};
use crate::flow::facts::FamilyId;
use crate::resolve::def::BodyId;

/// Where a request's client comes from.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum ClientSrc {
    /// A construction in sight.
    Client(ClientId),
    /// A parameter (or capture) of a body.
    Param(BodyId, u16),
    /// The request that code in a parameter (or capture) of a body makes.
    Made(BodyId, u16),
    /// None at all: the request is one-shot.
    OneShot(SiteKey),
    /// We cannot see.
    Unknown,
}

/// A builder of a client.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Builder {
    /// Where it was made.
    pub site: SiteKey,
    /// Whose settings.
    pub family: FamilyId,
    /// Settings so far.
    pub slots: Slots,
}

/// A request before it is sent.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Request {
    /// Where it was made.
    pub site: SiteKey,
    /// Whose settings.
    pub family: Option<FamilyId>,
    /// What it will go through.
    pub clients: Vec<ClientSrc>,
    /// Its own settings.
    pub slots: Slots,
    /// No body will come back (`head`).
    pub empty: bool,
    /// Parameters that may say so: a method passed in.
    pub empty_if: Vec<(BodyId, u16)>,
}

impl Request {
    /// Where it was made, if no client is behind it.
    pub fn one_shot(&self) -> Option<SiteKey> {
        self.clients.iter().find_map(|client| match client {
            ClientSrc::OneShot(site) => Some(*site),
            _ => None,
        })
    }

    /// The parameters whose code made it.
    pub fn made(&self) -> impl Iterator<Item = (BodyId, u16)> {
        self.clients.iter().filter_map(|client| match client {
            ClientSrc::Made(body, index) => Some((*body, *index)),
            _ => None,
        })
    }
}
