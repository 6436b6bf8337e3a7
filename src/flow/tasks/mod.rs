//! How a spawned task ends, and what stands around its spawn.

mod around;
mod ends;
mod foreign;
mod graph;
mod limits;
mod remote;
mod shape;
mod trace;
mod waited;

use super::cx::Cx;
use super::resource::{TaskEnds, TaskSetting};
use super::tables::ResRec;
use super::value::SiteKey;
use crate::catalog::schema::Role;
use crate::resolve::def::BodyId;
pub(super) use around::{Around, Unbounded};
use ends::Stop;
pub(super) use ends::{End, end_of, runs, spawned_by};
use graph::block_of;

/// What stands around the spawn of the task that `rec` describes, which stands at `spawned_at` itself, and is handed out to
/// the site of `rec`.
pub(super) fn setting(
    around: &Around<'_, '_, '_, '_>,
    rec: &ResRec,
    spawned_at: SiteKey,
    end: &End,
) -> TaskSetting {
    // The closure that spawns once is not the one the handle is lost in; both say something.
    let (cx, site) = (around.cx, rec.site);
    let spawn = around.spawn(site, spawned_at);
    let queue = end.signal.filter(|s| s.stop == Stop::Queue);
    TaskSetting {
        repeated: around.repeated(&spawn),
        unlisted: around.unlisted(&spawn),
        at_startup: around.at_startup(&spawn),
        spawner_stays: cx.body(site.0).stays(block_of(cx.body(site.0), site.1)),
        in_drop: in_drop(cx, site.0),
        drives_connection: rec.spawned.driver
            || ends::own_bodies(rec)
                .iter()
                .any(|b| drives_connection(cx, *b))
            // A loop that is seen to go on whatever comes does not end with the other half.
            || end.ends != TaskEnds::Never && shape::drives_by_shape(cx, spawned_at),
        reports_back: shape::reports_back(cx, spawned_at)
            || site != spawned_at && shape::reports_back(cx, site),
        watches: waited::watches(cx, spawned_at),
        ends_with_channel: queue.is_some(),
        ends_untaken: end.signal.is_some_and(|s| s.sends),
        waits_inside: queue.is_some_and(|s| s.waits_inside),
        runs_callers_future: rec.spawned.unseen && around.is_entry(spawned_at.0),
        foreign_signature: around.for_foreign_trait(spawned_at.0),
        in_library: around.in_library(site.0),
        outlives: ends::stop_of_loop(cx, around.tables, spawned_at),
        parks: end.parks,
        answers_system: end.answers_system,
        looks_between: end.signal.is_some_and(|s| s.waits_inside && !s.watched),
    }
}

/// Whether a body is of `impl Drop`.
fn in_drop(cx: &Cx<'_, '_, '_>, id: BodyId) -> bool {
    let owner = cx.program.def(cx.program.body(id).owner);
    owner.parent.is_some_and(|p| {
        let of = cx.types.trait_of_impl(p);
        of.is_some_and(|t| Some(t.trait_def) == cx.types.known.drop)
    })
}

/// Whether what is spawned is, or awaits, the driver of a connection.
fn drives_connection(cx: &Cx<'_, '_, '_>, id: BodyId) -> bool {
    let is_driver = |ty: &crate::resolve::ty::Ty| cx.role(ty, Role::Driver).is_some();
    cx.bodies
        .get(&id)
        .is_some_and(|t| t.locals.iter().any(is_driver))
}
