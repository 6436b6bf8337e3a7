//! Blocking calls that run on a thread which async code shares.

use super::Builder;
use crate::flow::context::Often;
use crate::flow::facts::FamilyInfo;
use crate::flow::resource::AsyncUse;
use crate::flow::tables::{ClientRec, RequestRec, Waits};
use crate::flow::value::SiteKey;

impl Builder<'_, '_, '_, '_> {
    /// How a sending call that waits on its thread comes into async code.
    pub(super) fn blocks_async(&self, rec: &RequestRec) -> Option<AsyncUse> {
        if rec.waits != Waits::Call {
            return None;
        }
        let family = rec.request.family.and_then(|f| self.cx.facts.family(f))?;
        if !family.fact.blocking {
            return None;
        }
        self.async_use(rec.site, family.fact.panics_in_async)
    }

    /// How a blocking client comes to be built in async code, where that alone does harm.
    pub(super) fn built_in_async(
        &self,
        rec: &ClientRec,
        family: &FamilyInfo<'_>,
    ) -> Option<AsyncUse> {
        if !family.fact.blocking || !family.fact.panics_in_async {
            return None;
        }
        self.async_use(rec.site, true)
    }

    fn async_use(&self, site: SiteKey, panics: bool) -> Option<AsyncUse> {
        let found = self.contexts.use_in_async(site.0);
        // A runtime of its own on a thread made for blocking stalls nobody; the panic is the same there.
        let itself = found.itself && (panics || !found.on_own_thread);
        if !itself && found.calls.is_empty() {
            return None;
        }
        let calls: Vec<SiteKey> = if itself { Vec::new() } else { found.calls };
        let once =
            |at: SiteKey| matches!(self.contexts.often(self.cx, at), Often::Once | Often::Never);
        let at_start = if itself {
            once(site)
        } else {
            calls.iter().all(|c| once(*c))
        };
        Some(AsyncUse {
            calls: calls
                .into_iter()
                .map(|c| self.site(c, self.cx.callee(c)))
                .collect(),
            also_elsewhere: found.also_elsewhere,
            panics,
            at_start,
        })
    }
}
