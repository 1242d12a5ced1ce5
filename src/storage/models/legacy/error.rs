//! Sentences that refuse a `.pt` file.

use thiserror::Error;

/// Why a `.pt` file was refused. Nothing of it was run, whatever it asked for.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LegacyError {
    /// A pickle without an archive around it.
    #[error(
        "it is a bare pickle, which is a program and not data: nothing of it was run; of Python's files only the zip \
         archives that torch.save writes are read"
    )]
    BarePickle,
    /// A file that is larger than any such checkpoint.
    #[error("it is larger than {} MiB", super::LARGEST >> 20)]
    TooLarge,
    /// An archive that is broken or holds something else.
    #[error("its zip archive {problem}")]
    Archive {
        /// What is wrong with it.
        problem: String,
    },
    /// A part of the archive that cannot be used.
    #[error("the part {name} of its archive {problem}")]
    Part {
        /// The part.
        name: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A name that the pickle would call.
    #[error(
        "its pickle names {name}, which no checkpoint of the older program needs and which may be harmful: nothing of \
         it was run"
    )]
    Forbidden {
        /// Module and name.
        name: String,
    },
    /// A pickle that is broken or does something that such checkpoints do not.
    #[error("byte {at} of its pickle {problem}: it is damaged, or no checkpoint of the older program")]
    Pickle {
        /// Place of the opcode.
        at: usize,
        /// What is wrong with it.
        problem: String,
    },
    /// More than any such checkpoint holds.
    #[error("its pickle has more than {limit} {what}, more than any checkpoint of the older program")]
    TooMuch {
        /// What there is too much of.
        what: &'static str,
        /// How much is allowed.
        limit: usize,
    },
    /// Something that is missing or of another kind.
    #[error("its {what} {problem}")]
    Content {
        /// Which part.
        what: String,
        /// What is wrong with it.
        problem: String,
    },
}
