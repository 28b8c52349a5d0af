//! The program `steer2reg`: [`steer2reg::cli`] with the arguments of the process.

use std::process::ExitCode;

fn main() -> ExitCode {
    steer2reg::cli::main(std::env::args_os())
}
