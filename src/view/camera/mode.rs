//! The four camera modes.

use super::super::named_choice::NamedChoice;

/// A camera mode.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum CameraMode {
    /// Orbits the clusters.
    #[default]
    Orbit,
    /// Looks down from straight above.
    Top,
    /// Follows the agent.
    Follow,
    /// Flies freely.
    Fly,
}

impl NamedChoice for CameraMode {
    const LIST: &'static [Self] = &Self::ALL;

    fn name(self) -> &'static str {
        match self {
            Self::Orbit => "orbit",
            Self::Top => "top",
            Self::Follow => "follow",
            Self::Fly => "fly",
        }
    }
}

impl CameraMode {
    /// All modes, in the order in which a key steps through them.
    pub const ALL: [Self; 4] = [Self::Orbit, Self::Top, Self::Follow, Self::Fly];

    /// Name in the window.
    pub fn title(self) -> &'static str {
        match self {
            Self::Orbit => "Orbit",
            Self::Top => "From above",
            Self::Follow => "Follow the agent",
            Self::Fly => "Fly",
        }
    }
}
