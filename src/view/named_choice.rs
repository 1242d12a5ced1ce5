//! Options with names: chosen by name on the command line, or stepped through with a key.

/// An enum whose values have names.
pub trait NamedChoice: Copy + PartialEq + 'static {
    /// All values, in the order in which a key steps through them.
    const LIST: &'static [Self];

    /// Name on the command line and in files.
    fn name(self) -> &'static str;

    /// The value with this name.
    ///
    /// # Errors
    ///
    /// A sentence that lists the valid names.
    fn named(name: &str) -> Result<Self, String> {
        let found = Self::LIST.iter().copied().find(|choice| choice.name() == name);
        let names = || Self::LIST.iter().map(|choice| choice.name()).collect::<Vec<_>>().join(", ");
        found.ok_or_else(|| format!("expected one of {}", names()))
    }

    /// The value `steps` further on, wrapping around.
    fn further(self, steps: isize) -> Self {
        let index = Self::LIST.iter().position(|choice| *choice == self).unwrap_or(0) as isize;
        Self::LIST[(index + steps).rem_euclid(Self::LIST.len() as isize) as usize]
    }
}
