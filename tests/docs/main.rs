//! The documents, compared with the program and the source: links, commands, flags, tests, paths, the map of the source,
//! and the places of unsafe code.

mod commands;
mod document;
mod links;
mod source;
