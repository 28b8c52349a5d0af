//! The groups that chunks leave open, joined in the order of the chunks.
//!
//! A worker sees one chunk, and does not know whether its first and last group go on in the neighbours. The writer takes the
//! chunks in order, so it is the first place that knows. It holds one group, of two responses, and the workers have compared
//! all others: a group of any number of records costs the writer one comparison for each chunk.

use std::sync::Arc;

use crate::{
    converter::Sink,
    rows::{
        compiled::CompiledFormat,
        groups::{Group, OpenGroups},
    },
};

/// Joins the open groups of chunks.
#[derive(Default)]
pub(super) struct GroupJoiner {
    open: Option<Open>,
}

/// The group of the last record so far.
struct Open {
    group: Group,
    format: Arc<CompiledFormat>,
    /// The file of its first record.
    file: usize,
}

impl GroupJoiner {
    /// The file of the first record of the open group.
    pub(super) fn file(&self) -> Option<usize> {
        self.open.as_ref().map(|open| open.file)
    }

    /// Adds the open groups of the next chunk. `sink` receives the rows of the groups that have ended, which stand before
    /// those of the chunk.
    pub(super) fn add(&mut self, groups: OpenGroups, format: &Arc<CompiledFormat>, file: usize, sink: &mut Sink<'_>) {
        let OpenGroups { first, last, .. } = groups;
        if let Some(first) = first {
            self.join(first, format, file, sink);
            // Another one follows in its chunk.
            self.end(sink);
        }
        if let Some(last) = last {
            self.join(last, format, file, sink);
        }
    }

    /// Adds the group that follows the open one, or goes on with it.
    fn join(&mut self, group: Group, format: &Arc<CompiledFormat>, file: usize, sink: &mut Sink<'_>) {
        let next = match &mut self.open {
            Some(open) => open.group.join(group),
            None => Some(group),
        };
        if let Some(group) = next {
            self.end(sink);
            self.open = Some(Open { group, format: Arc::clone(format), file });
        }
    }

    /// Ends the open group. `sink` receives its row.
    pub(super) fn end(&mut self, sink: &mut Sink<'_>) {
        if let Some(Open { group, format, .. }) = self.open.take() {
            sink.append_pair(&group, &format);
        }
    }
}
