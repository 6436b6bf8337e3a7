//! Follows values through bodies: resources with bounds and outcomes.

pub mod resource;
