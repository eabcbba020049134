//! The command: everything it does is in [`gradus::cli`].

fn main() -> std::process::ExitCode {
    gradus::cli::run()
}
