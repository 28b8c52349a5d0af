//! The flags of settings, in messages of the library.

use crate::Setting;

/// The flag of a setting.
pub(super) fn flag(setting: Setting) -> &'static str {
    match setting {
        Setting::AllowEmpty => "--allow-empty",
        Setting::Attributes => "--attributes",
        Setting::Compression => "--compression",
        Setting::Inputs => "-i",
        Setting::KeepGoing => "--keep-going",
        Setting::Layout => "--to",
        Setting::Mask => "--mask",
        Setting::MaxLine => "--max-line",
        Setting::MaxRejects => "--max-rejects",
        Setting::OnlyAttribute => "--only-attribute",
        Setting::Output => "-o",
        Setting::Rejects => "--rejects",
        Setting::Repeat => "--repeat",
        Setting::Report => "--report",
        Setting::Schema => "--from SCHEMA",
        Setting::Split => "--split",
        Setting::Stats => "--stats",
        Setting::Strict => "--strict",
        Setting::System => "--system",
        Setting::Threads => "--threads",
        Setting::Weights => "--weights",
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::cli::flags::Cli;

    #[test]
    fn messages_name_flags_that_exist() {
        let command = Cli::command();
        for setting in Setting::ALL {
            let named = flag(setting).split(' ').next().unwrap_or_default().trim_start_matches('-');
            let is_it = |argument: &clap::Arg| {
                argument.get_long() == Some(named)
                    || argument.get_short().is_some_and(|short| short.to_string() == named)
            };
            assert!(command.get_arguments().any(is_it), "{setting:?}: there is no {}", flag(setting));
        }
    }
}
