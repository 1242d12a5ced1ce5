//! Files: written, read back, and refused where they are broken or hostile.

mod black_box;
#[cfg(target_os = "linux")]
mod hostile;
mod inspect;
mod old_checkpoints;
#[path = "../support/older_program.rs"]
mod older_program;
mod safetensors;
mod settings;
#[path = "../support/mod.rs"]
mod support;
mod traces;
