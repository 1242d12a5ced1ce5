//! What people choose from a short list: by name on the command line, one after the other by a key.

/// A choice among a few that have names.
pub trait NamedChoice: Copy + PartialEq + 'static {
    /// All of them, in the order in which a key goes through them.
    const LIST: &'static [Self];

    /// Name on the command line and in files.
    fn name(self) -> &'static str;

    /// The one of this name.
    ///
    /// # Errors
    /// A sentence with the names there are.
    fn named(name: &str) -> Result<Self, String> {
        let found = Self::LIST.iter().copied().find(|choice| choice.name() == name);
        let names = || Self::LIST.iter().map(|choice| choice.name()).collect::<Vec<_>>().join(", ");
        found.ok_or_else(|| format!("expected one of {}", names()))
    }

    /// The one `steps` further on, around.
    fn further(self, steps: isize) -> Self {
        let at = Self::LIST.iter().position(|choice| *choice == self).unwrap_or(0) as isize;
        Self::LIST[(at + steps).rem_euclid(Self::LIST.len() as isize) as usize]
    }
}
