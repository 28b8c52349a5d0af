//! `--report`: figures of the rows, and the page that shows them.

pub(crate) mod figures;
pub(crate) mod page;
