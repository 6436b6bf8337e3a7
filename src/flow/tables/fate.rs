//! What can become of something that is owed for.

/// What can become of something owed for. A set, since ways may differ.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default)]
pub struct Fate(pub u16);

impl Fate {
    /// Still owed for.
    pub const LIVE: Fate = Fate(1);
    /// The body was read.
    pub const READ: Fate = Fate(2);
    /// The task was joined.
    pub const JOINED: Fate = Fate(4);
    /// The task was stopped, or will be when its handle is dropped.
    pub const ABORTED: Fate = Fate(8);
    /// It went where we do not see.
    pub const ESCAPED: Fate = Fate(16);
    /// It is kept in a field or static.
    pub const STORED: Fate = Fate(32);
    /// Dropped unpaid.
    pub const DROPPED: Fate = Fate(64);
    /// Dropped, written out.
    pub const PURPOSE: Fate = Fate(128);
    /// Returned.
    pub const RETURNED: Fate = Fate(256);
    /// It does not exist on this way (the `Err` arm).
    pub const ABSENT: Fate = Fate(512);
    /// Lost in a `select!` that took it by value.
    pub const SELECT: Fate = Fate(1024);
    /// A set, scope or tracker owns it.
    pub const TRACKED: Fate = Fate(2048);
    /// Nothing is owed for it: the body is empty by protocol, the task is seen to be over.
    pub const EMPTY: Fate = Fate(4096);
    /// Forgotten: neither dropped nor reachable.
    pub const FORGOTTEN: Fate = Fate(8192);
    /// Given by value to a bound: whoever waits for it lets it go when the time is up.
    pub const TIMED: Fate = Fate(16384);

    /// Everything that pays for it or takes it out of our hands.
    pub const SETTLED: Fate = Fate(2 | 4 | 8 | 16 | 128 | 2048 | 4096);

    /// Whether any of `other` is in it.
    pub fn any(self, other: Fate) -> bool {
        self.0 & other.0 != 0
    }

    /// Both.
    #[must_use]
    pub fn with(self, other: Fate) -> Fate {
        Fate(self.0 | other.0)
    }

    /// Without `other`.
    #[must_use]
    pub fn without(self, other: Fate) -> Fate {
        Fate(self.0 & !other.0)
    }
}
