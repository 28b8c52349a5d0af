//! Refuses a run in which one file has two roles, such as input and output, before any of them is opened for writing.

use std::{
    fs::{self, Metadata},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use crate::{
    config::{Config, OnError},
    error::Error,
    input::InputFile,
    output::{directory_of, stdout_metadata, target_of},
    outputs::Target,
};

/// Checks the files of a run. One input may be given several times.
pub(crate) fn check(config: &Config, inputs: &[InputFile], targets: &[Target]) -> Result<(), Error> {
    let rejects = match &config.on_error {
        OnError::Skip { rejects, .. } => rejects.as_deref(),
        OnError::Fail => None,
    };
    let outputs = targets.iter().map(|target| match target {
        Target::Stdout => Role { name: "<stdout>".to_owned(), file: stdout_metadata(), place: None },
        Target::Path(path) => Role::path(path),
    });
    let others = [rejects, config.stats.as_deref(), config.report.as_deref()].into_iter().flatten().map(Role::path);
    let mut roles: Vec<_> = inputs
        .iter()
        .map(|input| Role { name: input.name.clone(), file: Some(input.metadata.clone()), place: None })
        .collect();
    roles.extend(config.template_file.as_deref().map(Role::path));
    for role in outputs.chain(others) {
        if let Some(other) = roles.iter().find(|other| other.is_same(&role)) {
            return Err(Error::SameFile { first: other.name.clone(), second: role.name });
        }
        roles.push(role);
    }
    Ok(())
}

/// A file with a role in a run.
struct Role {
    /// As it was given.
    name: String,
    /// If the file exists.
    file: Option<Metadata>,
    /// Where it will be if it does not.
    place: Option<PathBuf>,
}

impl Role {
    fn path(path: &Path) -> Self {
        let target = target_of(path).unwrap_or_else(|_| path.to_owned());
        let place = fs::canonicalize(directory_of(&target)).ok().zip(target.file_name());
        Self {
            name: path.display().to_string(),
            file: fs::metadata(path).ok(),
            place: place.map(|(directory, name)| directory.join(name)),
        }
    }

    /// Several roles for one device, such as /dev/null, do no harm.
    fn is_same(&self, other: &Self) -> bool {
        match (&self.file, &other.file) {
            (Some(a), Some(b)) => a.is_file() && (a.dev(), a.ino()) == (b.dev(), b.ino()),
            (None, None) => self.place.is_some() && self.place == other.place,
            _ => false,
        }
    }
}
